// One statement on one connection, by PostgreSQL's extended protocol, with its result kept as text.
// node-postgres' own query class cannot declare parameter types, count bytes, or send the session's reset along.
import type { Connection, Submittable } from 'pg';
import { AwsError } from '../errors.ts';
import type { BoundStatement } from './parameters.ts';

export interface Column {
  name: string;
  tableID: number;
  columnID: number;
  dataTypeID: number;
  dataTypeModifier: number;
}

export interface StatementResult {
  columns: Column[] | undefined;
  rows: (string | null)[][];
  /** Rows inserted, updated, deleted or merged. */
  changed: number;
}

// AWS's page names 64 KB for a row as well; a row of 500 KiB was read from Aurora PostgreSQL 17.4
// (jeremydaly/data-api-client, "should handle large BYTEA values"), so only this limit stands. A row counts 2 bytes, and 4
// for each column beside its own: 24,800 rows of one uuid are handed over, 25,000 are not (sbalmt/ez4, "data api result size").
const MAX_RESULT_BYTES = 1024 * 1024;
/** Of a message's length, which PostgreSQL counts with it. */
const LENGTH_BYTES = 4;
const BYTEA = 17;

export class StatementRun implements Submittable {
  readonly finished: Promise<StatementResult>;
  readonly #statement: BoundStatement;
  readonly #onTooLarge: () => void;
  readonly #resets: boolean;
  readonly #result: StatementResult = { columns: undefined, rows: [], changed: 0 };
  readonly #settle: { resolve: (result: StatementResult) => void; reject: (error: unknown) => void };
  #bytes = 0;
  /** Why the result is not handed over, however the statement ends. */
  #refused: AwsError | undefined;

  /** `onTooLarge` is called once, as soon as the result exceeds a limit; `resets` has a `SessionReset` come next. */
  constructor(
    statement: BoundStatement,
    { onTooLarge, resets }: { onTooLarge: () => void; resets: boolean },
  ) {
    this.#statement = statement;
    this.#onTooLarge = onTooLarge;
    this.#resets = resets;
    const { promise, ...settle } = Promise.withResolvers<StatementResult>();
    this.finished = promise;
    this.#settle = settle;
  }

  submit(connection: Connection): void {
    const { text, types, values } = this.#statement;
    // node-postgres hands a query no such message.
    connection.once('copyOutResponse', this.#refuseCopyOut);
    connection.stream.cork();
    connection.parse({ name: '', text, types }, true);
    connection.bind({ values }, true);
    connection.describe({ type: 'P' }, true);
    connection.execute(null, true);
    connection.sync();
    // Sent along with the statement, so that the reset costs no round trip of its own.
    if (this.#resets) {
      connection.query('DISCARD ALL');
    }
    connection.stream.uncork();
  }

  handleRowDescription({ fields }: { fields: Column[] }): void {
    this.#result.columns = fields;
  }

  handleDataRow({ fields, length }: { fields: (string | null)[]; length: number }): void {
    if (this.#refused !== undefined) {
      return;
    }
    this.#bytes += length - LENGTH_BYTES - this.#hexDigitsOver(fields);
    if (this.#bytes <= MAX_RESULT_BYTES) {
      this.#result.rows.push(fields);
      return;
    }
    this.#refused = new AwsError('UnsupportedResultException', 'The result exceeds the size limit 1 MB.');
    this.#onTooLarge();
  }

  /** A byte of bytea comes as two hexadecimal digits, and counts once. */
  #hexDigitsOver(fields: (string | null)[]): number {
    return fields.reduce(
      (sum, text, index) =>
        this.#result.columns?.[index]?.dataTypeID === BYTEA ? sum + (text?.length ?? 0) / 2 : sum,
      0,
    );
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#result.changed = Number(/^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleEmptyQuery(): void {}

  handleCopyInResponse(connection: Connection): void {
    // Over HTTP there is nothing to copy from, and the server now ignores what was sent after the statement.
    this.#settle.reject(
      new AwsError('DatabaseErrorException', 'ERROR: COPY from stdin is refused; SQLState: 0A000'),
    );
    connection.stream.destroy();
  }

  readonly #refuseCopyOut = (): void => {
    this.#refused = new AwsError('DatabaseErrorException', 'execute: unexpected message: CopyOutResponse');
  };

  handleCopyData(): void {}

  handleError(error: unknown, connection: Connection): void {
    connection.off('copyOutResponse', this.#refuseCopyOut);
    this.#settle.reject(this.#refused ?? error);
  }

  handleReadyForQuery(connection: Connection): void {
    connection.off('copyOutResponse', this.#refuseCopyOut);
    if (this.#refused !== undefined) {
      this.#settle.reject(this.#refused);
    } else {
      this.#settle.resolve(this.#result);
    }
  }
}
