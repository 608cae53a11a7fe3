// What the rename has written down: how many rows it renamed and superseded, and which they are.
import { bytes, type Execute, textOrNull, whole } from '../../database/client.ts';
import { SQLSTATE, sqlStateOf } from '../../database/failures.ts';
import type { StoredModel } from '../../database/workspace-model.ts';

/** Longer values cannot be a model id (256 characters and 28 bytes of encryption), so they need not be transferred. */
const LONGEST_VALUE = 256 + 28;
/** Pages of journal a call: some 120 rows a page, of 640 bytes at the most, stay under the Data API's 1 MiB. */
const PAGES = 12;

export interface RenameCounts {
  renamed: number;
  superseded: number;
}

/** Counted from the journal, so that each row counts once, however often the run was cut. */
export const countRenames = async (execute: Execute): Promise<RenameCounts> => {
  const sql = `
    SELECT count(*) FILTER (WHERE kind = 'renamed'), count(*) FILTER (WHERE kind = 'superseded')
    FROM workspace_model_rename_journal`;
  try {
    const { rows } = await execute({ sql });
    return { renamed: whole(rows[0]?.[0]), superseded: whole(rows[0]?.[1]) };
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.undefinedTable) {
      return { renamed: 0, superseded: 0 };
    }
    throw error;
  }
};

/** A renamed row as it stands now; no `stored` where its value is too long for any model id. */
export interface RenamedModel {
  workspaceId: string | null;
  stored: StoredModel | undefined;
}

/** All renamed rows that still exist, a bounded part of the journal at a time. */
export async function* readRenamed(execute: Execute): AsyncGenerator<RenamedModel[]> {
  for (let page = 0; ; page += PAGES) {
    const { rows } = await execute({ sql: renamedBetween(page, page + PAGES) });
    const [first] = rows;
    yield rows
      .filter((row) => row[1]?.booleanValue === true)
      .map((row) => ({
        workspaceId: textOrNull(row[2]),
        stored: row[3]?.isNull
          ? undefined
          : { encryptedValue: bytes(row[3]), encryptionVersion: whole(row[4]) },
      }));
    if (whole(first?.[0]) <= page + PAGES) {
      return;
    }
  }
}

/** The first column is the journal's size in pages, so that one row comes back even where no row was renamed. */
const renamedBetween = (firstPage: number, pastPage: number): string => `
  SELECT size.pages, s.id IS NOT NULL, s.workspace_id,
         CASE WHEN octet_length(s.encrypted_value) <= ${LONGEST_VALUE} THEN s.encrypted_value END, s.encryption_version
  FROM (
    SELECT pg_relation_size('workspace_model_rename_journal') / CAST(current_setting('block_size') AS bigint) AS pages
  ) AS size
  LEFT JOIN (
    workspace_model_rename_journal j JOIN workspace_secrets s ON s.id = j.id AND s.key = 'MODEL'
  ) ON j.kind = 'renamed' AND j.ctid >= CAST('(${firstPage},0)' AS tid) AND j.ctid < CAST('(${pastPage},0)' AS tid)`;
