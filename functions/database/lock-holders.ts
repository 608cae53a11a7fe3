// Who holds locks that a migration waits for: sessions and prepared transactions, the longest first.
import * as z from 'zod/mini';
import { lexSql } from '../../sql/lexer.ts';
import { literal } from './atomic-call.ts';
import type { Execute } from './client.ts';
import { queryRows } from './rows.ts';

const MAX_HOLDERS = 3;
const MAX_QUERY_LENGTH = 120;

const Holder = z.object({
  pid: z.nullable(z.number()),
  prepared: z.nullable(z.string()),
  state: z.nullable(z.string()),
  query: z.nullable(z.string()),
  seconds: z.nullable(z.number()),
});

/**
 * Row locks are not in pg_locks, but a session that has one also holds a lock on the table, of a mode for writing. A prepared
 * transaction has no session: what leads to its name is the lock on its own number, which every transaction that writes holds.
 */
const holdersSql = (table: string): string => `
  SELECT a.pid, p.gid AS prepared, a.state, a.query,
         CAST(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared)) AS int) AS seconds
  FROM (
    SELECT pid, virtualtransaction, bool_and(mode = 'AccessShareLock') AS only_reads FROM pg_locks
    WHERE granted AND relation = to_regclass(${literal(table)}) AND pid IS DISTINCT FROM pg_backend_pid()
    GROUP BY pid, virtualtransaction
  ) AS holder
  LEFT JOIN pg_stat_activity a ON a.pid = holder.pid
  LEFT JOIN pg_locks own ON holder.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid' AND own.granted
    AND own.virtualtransaction = holder.virtualtransaction
  LEFT JOIN pg_prepared_xacts p ON p.transaction = own.transactionid
  ORDER BY only_reads, seconds DESC NULLS LAST LIMIT ${MAX_HOLDERS}`;

/** A sentence for each holder with the statement that ends it. Values in queries are left out: they may be secrets. */
export const describeLockHolders = async (execute: Execute, table: string): Promise<string> => {
  const holders = await queryRows(execute, Holder, { sql: holdersSql(table) }).catch(() => []);
  return holders.map(describe).join(' ');
};

const describe = ({ pid, prepared, state, query, seconds }: z.infer<typeof Holder>): string => {
  const since = seconds === null ? '' : ` for ${seconds} s`;
  if (prepared !== null) {
    return `The prepared transaction ${literal(prepared)} has held it${since}: COMMIT PREPARED or ROLLBACK PREPARED ${literal(prepared)};`;
  }
  return `Session ${pid} (${state ?? 'unknown state'}) has held it${since}, with: ${withoutValues(query ?? '')}. To end it: SELECT pg_terminate_backend(${pid});`;
};

const withoutValues = (query: string): string =>
  [...lexSql(query)]
    .map(({ kind, text }) => (kind === 'quoted' && !text.startsWith('"') ? "'…'" : text))
    .join('')
    .replaceAll(/\s+/g, ' ')
    .slice(0, MAX_QUERY_LENGTH);
