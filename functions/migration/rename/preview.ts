// What the rename would do to the rows as they are, counted without touching them.
import { type Execute, whole } from '../../database/client.ts';

/** Pages of the table a call: half a gigabyte, far below the Data API's 45 s. */
const PAGES = 65_536;

export interface RenamePreview {
  /** MODEL_PROVIDER rows that would be keyed MODEL. */
  renamed: number;
  /** MODEL_PROVIDER rows that would go into the journal, their workspace having a MODEL row. */
  superseded: number;
  /** MODEL rows, which would be left as they are. */
  left: number;
  /** The table's size. */
  pages: number;
}

export const previewRename = async (execute: Execute): Promise<RenamePreview> => {
  const preview = { renamed: 0, superseded: 0, left: 0, pages: 0 };
  for (let page = 0; page <= preview.pages; page += PAGES) {
    const { rows } = await execute({ sql: countBetween(page, page + PAGES) });
    const [row = []] = rows;
    preview.renamed += whole(row[0]);
    preview.superseded += whole(row[1]);
    preview.left += whole(row[2]);
    preview.pages = whole(row[3]);
  }
  return preview;
};

const countBetween = (firstPage: number, pastPage: number): string => `
  SELECT count(*) FILTER (WHERE key = 'MODEL_PROVIDER' AND NOT has_model),
         count(*) FILTER (WHERE key = 'MODEL_PROVIDER' AND has_model),
         count(*) FILTER (WHERE key = 'MODEL'),
         pg_relation_size('workspace_secrets') / CAST(current_setting('block_size') AS bigint)
  FROM (
    SELECT key, key = 'MODEL_PROVIDER' AND EXISTS (
      SELECT FROM workspace_secrets m WHERE m.workspace_id = s.workspace_id AND m.key = 'MODEL'
    ) AS has_model
    FROM workspace_secrets s
    WHERE ctid >= CAST('(${firstPage},0)' AS tid) AND ctid < CAST('(${pastPage},0)' AS tid)
      AND key IN ('MODEL_PROVIDER', 'MODEL')
  ) AS rows_of_interest`;
