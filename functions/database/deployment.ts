// The note of the deployment that migrates this database: which stack, with which key, and what its creation found.
import * as z from 'zod/mini';
import { atomicCall, literal } from './atomic-call.ts';
import type { Execute } from './client.ts';
import { SQLSTATE, sqlStateOf } from './failures.ts';
import { queryRows } from './rows.ts';

const Deployment = z.object({
  /** The ARN of the CloudFormation stack. */
  stackId: z.string(),
  /** The ARN of the encryption key's secret. */
  encryptionKey: z.string(),
  /** What the stack's creation found, as JSON. */
  found: z.string(),
  /** Whether the creation was completed: everything that depends on the migration stands. */
  isSettled: z.boolean(),
});

export type Deployment = z.infer<typeof Deployment>;

/** At most one row: two stacks on one database would undo each other's migrations. */
export const DEPLOYMENT_SQL = `
  CREATE TABLE IF NOT EXISTS workspace_model_deployment (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    stack_id text NOT NULL,
    encryption_key text NOT NULL,
    found jsonb NOT NULL,
    settled_at timestamptz
  );`;

/** Undefined where no deployment is noted: a database that was never deployed to, or by a release before 1.1. */
export const readDeployment = async (execute: Execute): Promise<Deployment | undefined> => {
  const sql = `
    SELECT stack_id AS "stackId", encryption_key AS "encryptionKey", CAST(found AS text) AS found,
           settled_at IS NOT NULL AS "isSettled"
    FROM workspace_model_deployment`;
  try {
    return (await queryRows(execute, Deployment, { sql }))[0];
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.undefinedTable) {
      return undefined;
    }
    throw error;
  }
};

/** Takes another stack's place. What the same stack's creation has found, and whether it is settled, stays. */
export const noteDeployment = async (
  execute: Execute,
  { stackId, encryptionKey, found, isSettled }: Deployment,
): Promise<void> => {
  const body = `
  INSERT INTO workspace_model_deployment AS noted (stack_id, encryption_key, found, settled_at)
  VALUES (${literal(stackId)}, ${literal(encryptionKey)}, CAST(${literal(found)} AS jsonb),
          ${isSettled ? 'clock_timestamp()' : 'NULL'})
  ON CONFLICT (only_row) DO UPDATE SET
    stack_id = excluded.stack_id,
    encryption_key = excluded.encryption_key,
    found = CASE WHEN noted.stack_id = excluded.stack_id THEN noted.found ELSE excluded.found END,
    settled_at = CASE WHEN noted.stack_id = excluded.stack_id THEN noted.settled_at ELSE excluded.settled_at END;`;
  await execute({ sql: atomicCall(body) });
};

/** Says that a stack's creation is completed, or that it is not. Does nothing where another stack is noted. */
export const settleDeployment = async (
  execute: Execute,
  stackId: string,
  isSettled: boolean,
): Promise<void> => {
  const body = `
  IF to_regclass('workspace_model_deployment') IS NULL THEN RETURN; END IF;
  UPDATE workspace_model_deployment SET settled_at = ${isSettled ? 'coalesce(settled_at, clock_timestamp())' : 'NULL'}
  WHERE stack_id = ${literal(stackId)};`;
  await execute({ sql: atomicCall(body) });
};

/** Does nothing where another stack is noted by now. */
export const forgetDeployment = async (execute: Execute, stackId: string): Promise<void> => {
  const body = `
  IF to_regclass('workspace_model_deployment') IS NULL THEN RETURN; END IF;
  DELETE FROM workspace_model_deployment WHERE stack_id = ${literal(stackId)};`;
  await execute({ sql: atomicCall(body) });
};
