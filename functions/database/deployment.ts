// The note of the deployment that migrates this database: which stack, with which key, and what its creation found.
import * as z from 'zod/mini';
import { atomicCall, literal } from './atomic-call.ts';
import type { Execute } from './client.ts';
import { OWN_SQLSTATE, SQLSTATE, sqlStateOf } from './failures.ts';
import { queryRows } from './rows.ts';

const Deployment = z.object({
  /** The ARN of the CloudFormation stack. */
  stackId: z.string(),
  /** The ARN of the encryption key's secret. */
  encryptionKey: z.string(),
  /** That of the deployment before, while this one is not completed: CloudFormation may go back to it. */
  keyBefore: z.nullable(z.string()),
  /** The request that was done last. */
  doneBy: z.nullable(z.string()),
  /** What the stack's creation found, as JSON. */
  found: z.string(),
  /**
   * Whether the creation is known to be completed: the stack's last resource was made, or is updated, or an Update was the first
   * to note the stack.
   */
  isSettled: z.boolean(),
});

export type Deployment = z.infer<typeof Deployment>;

/** Whether the database is noted as of a stack whose creation is completed. */
export const isSettledBy = (stackId: string, noted: Deployment | undefined): boolean =>
  noted?.stackId === stackId && noted.isSettled;

/** Whether it is the key of that deployment, or the previous one: an Update of its stack is never refused for either. */
export const isKeyOf = (secretArn: string, noted: Deployment | undefined): boolean =>
  noted !== undefined && [noted.encryptionKey, noted.keyBefore].includes(secretArn);

/** Not of a stack that was deleted. With the table's name, since `found` alone is a variable of plpgsql. */
const STANDS = `workspace_model_deployment.found -> 'deleted' IS NULL`;

/**
 * At most one row: two stacks on one database would undo each other's migrations. What `found` holds beside what the creation
 * found: `doneBy`, the request that was done last, `doneStartedAt`, when that began, `deleted`, where a stack was deleted before
 * it noted anything, `isComplete`, which the stack's last resource says, and `keyBefore`.
 */
export const DEPLOYMENT_SQL = `
  CREATE TABLE IF NOT EXISTS workspace_model_deployment (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    stack_id text NOT NULL,
    encryption_key text NOT NULL,
    found jsonb NOT NULL,
    settled_at timestamptz
  );`;

/** Undefined where no deployment is noted: a database that was never deployed to, or by release 1.0 alone. */
export const readDeployment = async (execute: Execute): Promise<Deployment | undefined> => {
  const sql = `
    SELECT stack_id AS "stackId", encryption_key AS "encryptionKey", found ->> 'keyBefore' AS "keyBefore",
           found ->> 'doneBy' AS "doneBy", CAST(found AS text) AS found,
           settled_at IS NOT NULL OR coalesce(found ->> 'isComplete' = 'true', false) AS "isSettled"
    FROM workspace_model_deployment WHERE ${STANDS}`;
  try {
    return (await queryRows(execute, Deployment, { sql }))[0];
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.undefinedTable) {
      return undefined;
    }
    throw error;
  }
};

interface Request {
  requestId: string;
  /** When its invocation began (ms since the epoch): of two of one stack, the later one is what CloudFormation waits for. */
  startedAt: number;
}

/**
 * Takes the place of the stack that was noted when the deploy began. What the same stack's creation has found stays, and so
 * does whether it is settled: with --no-rollback, an Update goes on with a creation that has failed. Where it changes the key,
 * the previous one stays noted, until it comes back or the deployment is completed.
 * Fails with `stackDeleted` where the stack is gone, with `otherStack` where one was noted meanwhile, and with `goneBack` where
 * a later request of the same stack was done meanwhile: CloudFormation does not wait for an update that is cancelled.
 */
export const noteDeployment = async (
  execute: Execute,
  { stackId, encryptionKey, found, isSettled }: Omit<Deployment, 'keyBefore' | 'doneBy'>,
  { before, requestId, startedAt }: Request & { before: Deployment | undefined },
): Promise<void> => {
  const body = `
  IF EXISTS (SELECT FROM workspace_model_deployment WHERE stack_id = ${literal(stackId)} AND NOT (${STANDS})) THEN
    RAISE EXCEPTION USING ERRCODE = '${OWN_SQLSTATE.stackDeleted}';
  END IF;
  IF EXISTS (
    SELECT FROM workspace_model_deployment
    WHERE stack_id NOT IN (${literal(stackId)}, ${literal(before?.stackId ?? '')}) AND ${STANDS}
  ) THEN
    RAISE EXCEPTION USING ERRCODE = '${OWN_SQLSTATE.otherStack}';
  END IF;
  IF EXISTS (
    SELECT FROM workspace_model_deployment WHERE stack_id = ${literal(stackId)}
    AND workspace_model_deployment.found ->> 'doneBy' <> ${literal(requestId)}
    AND CAST(workspace_model_deployment.found ->> 'doneStartedAt' AS bigint) > ${startedAt}
  ) THEN
    RAISE EXCEPTION USING ERRCODE = '${OWN_SQLSTATE.goneBack}';
  END IF;
  INSERT INTO workspace_model_deployment AS noted (stack_id, encryption_key, found, settled_at)
  VALUES (${literal(stackId)}, ${literal(encryptionKey)}, CAST(${literal(found)} AS jsonb),
          ${isSettled ? 'clock_timestamp()' : 'NULL'})
  ON CONFLICT (only_row) DO UPDATE SET
    stack_id = excluded.stack_id,
    encryption_key = excluded.encryption_key,
    found = CASE
      WHEN noted.stack_id <> excluded.stack_id THEN excluded.found
      WHEN noted.encryption_key = excluded.encryption_key THEN noted.found
      WHEN noted.found ->> 'keyBefore' = excluded.encryption_key THEN noted.found - 'keyBefore'
      ELSE noted.found || jsonb_build_object('keyBefore', noted.encryption_key) END,
    settled_at = CASE WHEN noted.stack_id = excluded.stack_id THEN noted.settled_at ELSE excluded.settled_at END;`;
  await execute({ sql: atomicCall(body) });
};

const Done = z.object({ done: z.number() });

/** Says which request was done last. False where the stack is not noted: it was taken back meanwhile. */
export const noteDone = async (
  execute: Execute,
  stackId: string,
  { requestId, startedAt }: Request,
): Promise<boolean> => {
  const sql = `
    WITH done AS (
      UPDATE workspace_model_deployment SET found =
        found || jsonb_build_object('doneBy', CAST(:request AS text), 'doneStartedAt', CAST(:started_at AS bigint))
      WHERE stack_id = :stack AND ${STANDS} RETURNING 1
    )
    SELECT CAST(count(*) AS int) AS done FROM done`;
  const parameters = [
    { name: 'request', value: { stringValue: requestId } },
    { name: 'started_at', value: { longValue: startedAt } },
    { name: 'stack', value: { stringValue: stackId } },
  ];
  const [row] = await queryRows(execute, Done, { sql, parameters });
  return row?.done === 1;
};

/** Keeps a Create that still runs, and has not noted itself, from beginning. Leaves another stack's note as it is. */
export const noteDeleted = async (execute: Execute, stackId: string): Promise<void> => {
  const body = `
  IF to_regclass('workspace_model_deployment') IS NULL THEN ${DEPLOYMENT_SQL}
  END IF;
  INSERT INTO workspace_model_deployment (stack_id, encryption_key, found)
  VALUES (${literal(stackId)}, '', '{"deleted": true}') ON CONFLICT DO NOTHING;`;
  await execute({ sql: atomicCall(body) });
};

/**
 * Said in the end of a creation or an update. That of a creation does not take back that it was said to be incomplete; that of
 * an update settles it for good.
 */
export const noteComplete = (
  execute: Execute,
  { stackId, isUpdate }: { stackId: string; isUpdate: boolean },
): Promise<void> =>
  changeNote(
    execute,
    stackId,
    `UPDATE workspace_model_deployment SET
    found = '{"isComplete": true}' || (workspace_model_deployment.found - 'keyBefore')
    ${isUpdate ? ', settled_at = coalesce(settled_at, clock_timestamp())' : ''}`,
  );

/** Of a creation in whose end something failed; one that was settled by an update stays so. */
export const noteIncomplete = (execute: Execute, stackId: string): Promise<void> =>
  changeNote(
    execute,
    stackId,
    `UPDATE workspace_model_deployment SET found = workspace_model_deployment.found || '{"isComplete": false}'`,
  );

/** Does nothing where another stack is noted by now. */
export const forgetDeployment = (execute: Execute, stackId: string): Promise<void> =>
  changeNote(execute, stackId, 'DELETE FROM workspace_model_deployment');

const changeNote = async (execute: Execute, stackId: string, change: string): Promise<void> => {
  const body = `
  IF to_regclass('workspace_model_deployment') IS NULL THEN RETURN; END IF;
  ${change} WHERE stack_id = ${literal(stackId)} AND ${STANDS};`;
  await execute({ sql: atomicCall(body) });
};
