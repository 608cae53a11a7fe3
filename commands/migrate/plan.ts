// plan: what "up" would do to the rows as they are, how long it may take, and why a deploy would be refused. Changes nothing.
import type { Execute } from '../../functions/database/client.ts';
import { endKeptSessions } from '../../functions/database/kept-sessions.ts';
import { planMigration } from '../../functions/migration/plan.ts';
import { readLedgerOrExplain } from '../../functions/migration/read-ledger.ts';
import { previewRename } from '../../functions/migration/rename/preview.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { DatabaseToMigrate } from './database.ts';
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
  if (refusals.length > 0) {
    await endKeptSessions(execute);
  }
  return {
    undone: [...undo, ...finishUndo.map(({ entry }) => entry)].map(named),
    pending: apply.map(named),
    ...rows,
    expectedSeconds,
    refused: refusals,
    movedColumns: moved,
  };
};

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
    console.log(`being undone     ${version} ${name}`);
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
