// plan: what "up" would do to the rows as they are, how long it may take, and why a deploy would be refused. Changes nothing.
import { MADE_KEY_ID } from '../../functions/contract.ts';
import type { Execute } from '../../functions/database/client.ts';
import { type Deployment, readDeployment } from '../../functions/database/deployment.ts';
import { endKeptSessions } from '../../functions/database/kept-sessions.ts';
import { ServiceError } from '../../functions/errors.ts';
import { stackNameOf } from '../../functions/migration/deploy-event.ts';
import { refusedTakeovers, type TriedKey } from '../../functions/migration/moves.ts';
import { planMigration } from '../../functions/migration/plan.ts';
import { readLedgerOrExplain } from '../../functions/migration/read-ledger.ts';
import { previewRename } from '../../functions/migration/rename/preview.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { EncryptionKey } from '../../functions/secrets/encryption-key.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { DatabaseToMigrate, PlannedDeploy } from './database.ts';
import { newestVersion } from './newest-version.ts';
import { tryDeploy } from './try-deploy.ts';

/** The rename reads each row four times (two walks, a sweep and the constraint), the count reads it once. */
const LOOKS = 4;
/** A cautious figure for small Aurora capacity: the benchmark shows some 30,000 on two local cores. */
const ROWS_PER_SECOND = 10_000;

const NO_ROWS = { renamed: 0, superseded: 0, left: 0 };

export const showPlan = async (database: DatabaseToMigrate, json: boolean): Promise<void> => {
  const plan = await planOf(database);
  if (plan.refused.length > 0) {
    process.exitCode = EXIT_CODES.deployRefused;
  }
  if (json) {
    console.log(JSON.stringify(plan, null, 2));
    return;
  }
  print(plan);
};

type Plan = Awaited<ReturnType<typeof planOf>>;

const planOf = async ({ execute, migrations, deploy }: DatabaseToMigrate) => {
  const target = deploy.targetVersion ?? newestVersion(migrations);
  const ledger = await readLedgerOrExplain(execute);
  const { undo, finishUndo, apply } = planMigration(migrations, ledger, target);
  const { refusals, moved, hasTables } = await tryDeploy({ execute, migrations, deploy }, target);
  const { rows, lookSeconds } = hasTables ? await count(execute) : { rows: NO_ROWS, lookSeconds: 0 };
  const expectedSeconds =
    apply.length === 0
      ? 0
      : Math.ceil(lookSeconds * LOOKS + (rows.renamed + rows.superseded) / ROWS_PER_SECOND);
  const named = ({ version, name }: { version: string; name: string }) => ({ version, name });
  const refused = [...(await refusedMoves(execute, deploy)), ...refusals];
  if (refused.length > 0) {
    await endKeptSessions(execute);
  }
  return {
    undone: [...undo, ...finishUndo.map(({ entry }) => entry)].map(named),
    pending: apply.map(named),
    ...rows,
    expectedSeconds,
    refused,
    movedColumns: moved,
  };
};

/** As a deploy would refuse them, with the key tried on stored picks. */
const refusedMoves = async (execute: Execute, deploy: PlannedDeploy): Promise<string[]> => {
  const { stackName, allowedMoves } = deploy;
  const noted = await readDeployment(retrying(execute, 'deployment'));
  try {
    const encryptionKey = await keyOf(deploy, noted);
    return await refusedTakeovers({ stackName, allowedMoves }, { execute, noted, encryptionKey });
  } catch (error) {
    if (error instanceof ServiceError) {
      return [
        `The encryption key cannot be used. ${error.message} Check encryptionKeySecretArn, and your right to read it.`,
      ];
    }
    throw error;
  }
};

/** Undefined where nothing is known of it. */
const keyOf = async (
  { stackName, encryptionKeySecretArn, makesKey }: PlannedDeploy,
  noted: Deployment | undefined,
): Promise<TriedKey | undefined> => {
  if (encryptionKeySecretArn !== undefined) {
    const key = new EncryptionKey(encryptionKeySecretArn);
    await key.current();
    return key;
  }
  // A stack keeps the key that it has made.
  const isKept =
    noted !== undefined &&
    stackNameOf(noted.stackId) === stackName &&
    noted.encryptionKey.includes(`:secret:${MADE_KEY_ID}-`);
  return makesKey && !isKept ? NEW_KEY : undefined;
};

const NEW_KEY: TriedKey = { openAll: async (values) => values.map(() => undefined) };

const count = async (execute: Execute) => {
  const startedAt = performance.now();
  const { renamed, superseded, left } = await previewRename(retrying(execute, 'rows'));
  return { rows: { renamed, superseded, left }, lookSeconds: (performance.now() - startedAt) / 1_000 };
};

const print = ({
  undone,
  pending,
  renamed,
  superseded,
  left,
  expectedSeconds,
  refused,
  movedColumns,
}: Plan) => {
  for (const { version, name } of undone) {
    console.log(`on its way back  ${version} ${name}`);
  }
  for (const { version, name } of pending) {
    console.log(`pending          ${version} ${name}`);
  }
  if (pending.length === 0) {
    console.log('Nothing is pending.');
  }
  console.log(`renamed          ${renamed} rows keyed MODEL_PROVIDER would be keyed MODEL`);
  console.log(
    `superseded       ${superseded} more would go into the journal: their workspace has a MODEL row, which wins`,
  );
  console.log(`left             ${left} rows keyed MODEL stay as they are`);
  console.log(`expected         about ${expectedSeconds} s`);
  for (const column of movedColumns) {
    console.log(`moved            ${column}, by a trigger, in every renamed row`);
  }
  for (const reason of refused) {
    console.log(`refused          ${reason}`);
  }
};
