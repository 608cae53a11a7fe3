// What the rename's journal holds: how many rows it renamed and superseded, and which they are; and what of it is left.
import * as z from 'zod/mini';
import type { Execute } from '../../database/client.ts';
import { SQLSTATE, sqlStateOf } from '../../database/failures.ts';
import { LONGEST_NAME } from '../../database/fields.ts';
import { queryRows } from '../../database/rows.ts';
import { LONGEST_VALUE, type StoredValue } from '../../secrets/cipher.ts';

/** Pages of journal a call: some 120 rows a page, of 800 bytes at the most, stay under the Data API's 1 MiB. */
const PAGES = 10;
/** Workspaces that a report names. */
const MAX_NAMED = 5;

const RenameCounts = z.object({ renamed: z.number(), superseded: z.number() });

export type RenameCounts = z.infer<typeof RenameCounts>;

const NONE: RenameCounts = { renamed: 0, superseded: 0 };

/** Counted from the journal, so that each row counts once, however often the run was cut. */
export const countRenames = async (execute: Execute): Promise<RenameCounts> => {
  const sql = `
    SELECT count(*) FILTER (WHERE kind = 'renamed') AS renamed,
           count(*) FILTER (WHERE kind = 'superseded') AS superseded
    FROM workspace_model_rename_journal`;
  try {
    const [counts] = await queryRows(execute, RenameCounts, { sql });
    return counts ?? NONE;
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.undefinedTable) {
      return NONE;
    }
    throw error;
  }
};

const NOT_MADE: ReadonlySet<string> = new Set([SQLSTATE.undefinedTable, SQLSTATE.undefinedColumn]);

const NotGivenBack = z.object({ rows: z.number(), workspaces: z.nullable(z.string()) });

/** The superseded rows that no undo could give back, for a report; undefined where there are none. */
export const describeNotGivenBack = async (execute: Execute): Promise<string | undefined> => {
  const sql = `
    SELECT CAST(count(*) AS int) AS rows,
           string_agg(CAST(workspace_id AS text), ',') FILTER (WHERE number <= ${MAX_NAMED}) AS workspaces
    FROM (
      SELECT workspace_id, row_number() OVER () AS number FROM workspace_model_rename_superseded
      WHERE why_not_given_back IS NOT NULL
    ) AS left_over`;
  try {
    const [found] = await queryRows(execute, NotGivenBack, { sql });
    return found === undefined || found.rows === 0
      ? undefined
      : `${found.rows} in workspace_model_rename_superseded: ${found.workspaces}`;
  } catch (error) {
    // The table has no such column where it was made by a state of main before release 1.1.
    if (NOT_MADE.has(sqlStateOf(error))) {
      return undefined;
    }
    throw error;
  }
};

/** A renamed row as it stands now; no `stored` where its value cannot be a model id. */
export interface RenamedModel {
  workspaceId: string | null;
  /** Of its workspace, where it has one. */
  runtime: string | undefined;
  stored: StoredValue | undefined;
}

const RenamedRow = z.object({
  pages: z.number(),
  exists: z.boolean(),
  workspaceId: z.nullable(z.string()),
  runtime: z.nullable(z.string()),
  encryptedValue: z.nullable(z.string()),
  encryptionVersion: z.nullable(z.number()),
});

/** All renamed rows that still exist, a bounded part of the journal at a time. */
export async function* readRenamed(execute: Execute): AsyncGenerator<RenamedModel[]> {
  for (let page = 0; ; page += PAGES) {
    const rows = await queryRows(execute, RenamedRow, { sql: renamedBetween(page, page + PAGES) });
    yield rows.filter(({ exists }) => exists).map(renamedModel);
    if ((rows[0]?.pages ?? 0) <= page + PAGES) {
      return;
    }
  }
}

const renamedModel = ({
  workspaceId,
  runtime,
  encryptedValue,
  encryptionVersion,
}: z.infer<typeof RenamedRow>): RenamedModel => ({
  workspaceId,
  runtime: runtime ?? undefined,
  stored:
    encryptedValue === null || encryptionVersion === null
      ? undefined
      : { encryptedValue: Buffer.from(encryptedValue, 'base64'), encryptionVersion },
});

/** `pages` is the journal's size, and one row comes back even where no row was renamed. */
const renamedBetween = (firstPage: number, pastPage: number): string => `
  SELECT size.pages, s.id IS NOT NULL AS exists, s.workspace_id AS "workspaceId",
         CASE WHEN octet_length(s.encrypted_value) <= ${LONGEST_VALUE} THEN encode(s.encrypted_value, 'base64') END
           AS "encryptedValue",
         s.encryption_version AS "encryptionVersion", left(CAST(w.runtime AS text), ${LONGEST_NAME}) AS runtime
  FROM (
    SELECT pg_relation_size('workspace_model_rename_journal') / CAST(current_setting('block_size') AS bigint) AS pages
  ) AS size
  LEFT JOIN (
    workspace_model_rename_journal j JOIN workspace_secrets s ON s.id = j.id AND s.key = 'MODEL'
    LEFT JOIN workspaces w ON w.id = s.workspace_id
  ) ON j.kind = 'renamed' AND j.ctid >= CAST('(${firstPage},0)' AS tid) AND j.ctid < CAST('(${pastPage},0)' AS tid)`;
