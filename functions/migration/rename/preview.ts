// What the rename would do to the rows as they are, counted without touching them.
import * as z from 'zod/mini';
import type { Execute } from '../../database/client.ts';
import { firstRow } from '../../database/fields.ts';
import { PAGES_A_CALL } from '../../database/pages.ts';
import { queryRows } from '../../database/rows.ts';

const RenamePreview = z.object({
  /** MODEL_PROVIDER rows that would be keyed MODEL. */
  renamed: z.number(),
  /** MODEL_PROVIDER rows that would go into the journal, their workspace having a MODEL row. */
  superseded: z.number(),
  /** MODEL rows, which would be left as they are. */
  left: z.number(),
  /** The table's size. */
  pages: z.number(),
});

export type RenamePreview = z.infer<typeof RenamePreview>;

export const previewRename = async (execute: Execute): Promise<RenamePreview> => {
  const preview = { renamed: 0, superseded: 0, left: 0, pages: 0 };
  for (let page = 0; page <= preview.pages; page += PAGES_A_CALL) {
    const sql = countBetween(page, page + PAGES_A_CALL);
    const part = firstRow(await queryRows(execute, RenamePreview, { sql }));
    preview.renamed += part.renamed;
    preview.superseded += part.superseded;
    preview.left += part.left;
    preview.pages = part.pages;
  }
  return preview;
};

/** As text: an enum may lack a key, and then cannot be compared with it. */
const countBetween = (firstPage: number, pastPage: number): string => `
  SELECT count(*) FILTER (WHERE key = 'MODEL_PROVIDER' AND NOT has_model) AS renamed,
         count(*) FILTER (WHERE key = 'MODEL_PROVIDER' AND has_model) AS superseded,
         count(*) FILTER (WHERE key = 'MODEL') AS "left",
         pg_relation_size('workspace_secrets') / CAST(current_setting('block_size') AS bigint) AS pages
  FROM (
    SELECT CAST(key AS text) AS key, CAST(key AS text) = 'MODEL_PROVIDER' AND EXISTS (
      SELECT FROM workspace_secrets m WHERE m.workspace_id = s.workspace_id AND CAST(m.key AS text) = 'MODEL'
    ) AS has_model
    FROM workspace_secrets s
    WHERE ctid >= CAST('(${firstPage},0)' AS tid) AND ctid < CAST('(${pastPage},0)' AS tid)
      AND CAST(key AS text) IN ('MODEL_PROVIDER', 'MODEL')
  ) AS rows_of_interest`;
