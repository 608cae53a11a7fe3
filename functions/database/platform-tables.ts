// What a database that is joined lacks of the platform's two tables.
import * as z from 'zod/mini';
import type { Execute } from './client.ts';
import { queryRows } from './rows.ts';

const MISSING = `
  SELECT wanted.place
  FROM (VALUES
    ('workspaces', 'id'), ('workspace_secrets', 'id'), ('workspace_secrets', 'workspace_id'),
    ('workspace_secrets', 'key'), ('workspace_secrets', 'encrypted_value'), ('workspace_secrets', 'encryption_version'),
    ('workspace_secrets', 'created_at'), ('workspace_secrets', 'updated_at')
  ) AS w (tab, col), LATERAL (SELECT w.tab || '.' || w.col AS place) AS wanted
  WHERE NOT EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass(w.tab) AND a.attname = w.col AND NOT a.attisdropped
  )
  UNION ALL
  SELECT 'unique (workspace_id, key)' AS place
  WHERE NOT EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = to_regclass('workspace_secrets') AND i.indisunique AND i.indpred IS NULL AND i.indnatts = 2
      AND (SELECT count(*) FROM pg_attribute a
           WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname IN ('workspace_id', 'key')) = 2
  )`;

/** Columns and the unique constraint that this service needs and the database has not; none where all is there. */
export const missingPlaces = async (execute: Execute): Promise<string[]> => {
  const rows = await queryRows(execute, z.object({ place: z.string() }), { sql: MISSING });
  return rows.map(({ place }) => place);
};
