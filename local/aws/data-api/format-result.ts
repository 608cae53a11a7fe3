// The body of ExecuteStatement's answer.
import type { PoolClient } from 'pg';
import { AwsError } from '../errors.ts';
import { columnMetadata } from './column-metadata.ts';
import { type ColumnFormat, columnFormat } from './fields.ts';
import type { ExecuteRequest } from './requests.ts';
import type { Column, StatementResult } from './statement-run.ts';
import { typesOf } from './types.ts';

/** JSON text. Where rows are returned, numberOfRecordsUpdated is 0 and generatedFields is left out. */
export const formatResult = async (
  { columns, rows, changed }: StatementResult,
  request: ExecuteRequest,
  client: PoolClient,
): Promise<string> => {
  if (columns === undefined) {
    return JSON.stringify({ generatedFields: [], numberOfRecordsUpdated: changed });
  }

  const types = await typesOf(
    columns.map((column) => column.dataTypeID),
    client,
  );
  const formats = types.map((type) => columnFormat(type, request.resultSetOptions));
  if (request.formatRecordsAs === 'JSON') {
    return JSON.stringify({
      formattedRecords: formattedRecords(columns, rows, formats),
      numberOfRecordsUpdated: 0,
    });
  }
  const metadata = request.includeResultMetadata ? await columnMetadata(columns, types, client) : undefined;
  const shown = metadata === undefined ? '' : `"columnMetadata":${JSON.stringify(metadata)},`;
  const records = rows.map((row) => `[${row.map((text, index) => formats[index]?.field(text))}]`);
  return `{${shown}"numberOfRecordsUpdated":0,"records":[${records}]}`;
};

const formattedRecords = (columns: Column[], rows: (string | null)[][], formats: ColumnFormat[]): string => {
  const names = columns.map((column) => JSON.stringify(column.name));
  // Which name and words AWS gives the error is not known; its page says that there is one.
  if (new Set(names).size < names.length) {
    throw new AwsError(
      'BadRequestException',
      'The result has two columns of one name, which JSON cannot tell apart.',
    );
  }
  return `[${rows.map((row) => `{${row.map((text, index) => `${names[index]}:${formats[index]?.json(text)}`)}}`)}]`;
};
