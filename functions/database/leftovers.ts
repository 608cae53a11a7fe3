// Rows that no request sees as they are: picks under the legacy key, and picks that are stored without encryption.
import * as z from 'zod/mini';
import { PLAINTEXT_VERSION } from '../secrets/cipher.ts';
import type { Execute } from './client.ts';
import { firstRow, LONGEST_NAME, uuidParameter } from './fields.ts';
import { queryRows } from './rows.ts';

/** Some 150 bytes each: far below the Data API's 1 MiB. */
const PAGE = 1_000;

const Leftover = z.object({
  workspaceId: z.string(),
  key: z.string(),
  name: z.string(),
  runtime: z.nullable(z.string()),
});

export type Leftover = z.infer<typeof Leftover>;

/** There where nothing is left, so that an answer without rows is not taken for that. */
const None = z.object({ workspaceId: z.null() });

/** @param execute as the owner: the API's user sees no legacy row */
export async function* readLeftovers(execute: Execute): AsyncGenerator<Leftover> {
  let last: Leftover | undefined;
  do {
    const rows = await queryRows(execute, z.union([Leftover, None]), pageBehind(last));
    firstRow(rows);
    const page: Leftover[] = rows.flatMap((row) => (row.workspaceId === null ? [] : [row]));
    yield* page;
    last = page.length < PAGE ? undefined : page.at(-1);
  } while (last !== undefined);
}

/** Of any type that either may have: a key of an enum or of a fixed length, a name that is JSON or lacking. */
const KEY = 'CAST(s.key AS text)';
const NAME = `left(coalesce(CAST(w.name AS text), ''), ${LONGEST_NAME})`;
const RUNTIME = `left(CAST(w.runtime AS text), ${LONGEST_NAME})`;

const pageBehind = (last: Leftover | undefined) => ({
  sql: `
    SELECT CAST(l.workspace_id AS text) AS "workspaceId", l.key, l.name, l.runtime
    FROM (VALUES (1)) AS one (row) LEFT JOIN (
      SELECT s.workspace_id, ${KEY} AS key, ${NAME} AS name, ${RUNTIME} AS runtime
      FROM workspace_secrets s JOIN workspaces w ON w.id = s.workspace_id
      WHERE (s.key = 'MODEL_PROVIDER' OR (s.key = 'MODEL' AND s.encryption_version = ${PLAINTEXT_VERSION}))
        ${last === undefined ? '' : `AND (s.workspace_id, ${KEY}) > (:workspace_id, :key)`}
      ORDER BY s.workspace_id, ${KEY} LIMIT ${PAGE}
    ) AS l ON true
    ORDER BY l.workspace_id, l.key`,
  parameters:
    last === undefined
      ? []
      : [uuidParameter('workspace_id', last.workspaceId), { name: 'key', value: { stringValue: last.key } }],
});
