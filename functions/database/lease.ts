// The lease of the one runner: a row with its token, and a time at which it ends by itself.
import { atomicCall, literal } from './atomic-call.ts';
import type { Execute } from './client.ts';

/** The lease of a killed runner ends by itself after this time; every batch of a running one renews it. */
export const LEASE_MS = 20_000;
const UNTIL = `clock_timestamp() + interval '${LEASE_MS} ms'`;

/** Takes the lease, or renews it. False while another runner holds it. */
export const takeLease = async (execute: Execute, token: string): Promise<boolean> => {
  // The lease is locked while another runner is in the middle of a batch.
  const take = atomicCall(`
  BEGIN
    INSERT INTO workspace_model_migration_lease AS lease (token, until) VALUES (${literal(token)}, ${UNTIL})
    ON CONFLICT (only_row) DO UPDATE SET token = excluded.token, until = excluded.until
    WHERE lease.until < clock_timestamp() OR lease.token = excluded.token;
  EXCEPTION WHEN lock_not_available THEN NULL;
  END;`);
  await execute({ sql: take });
  const sql = `SELECT 1 FROM workspace_model_migration_lease WHERE token = ${literal(token)}`;
  return (await execute({ sql })).rows.length === 1;
};

/** Takes the lease away from its holder, whose next step then fails. */
export const seizeLease = async (execute: Execute, token: string): Promise<void> => {
  const seize = `
  INSERT INTO workspace_model_migration_lease (token, until)
  VALUES (${literal(token)}, ${UNTIL})
  ON CONFLICT (only_row) DO UPDATE SET token = excluded.token, until = excluded.until;`;
  await execute({ sql: atomicCall(seize) });
};

/**
 * Ends the lease. The row stays: CloudFormation may send a request twice, and the other runner of the same token, which
 * may be in the middle of a step, goes on with it.
 */
export const releaseLease = async (execute: Execute, token: string): Promise<void> => {
  const release = `
  UPDATE workspace_model_migration_lease SET until = clock_timestamp() WHERE token = ${literal(token)};`;
  await execute({ sql: atomicCall(release) });
};
