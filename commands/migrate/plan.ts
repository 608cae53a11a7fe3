// plan: what "up" would do to the rows as they are, and how long it may take. Changes nothing.

import { planMigration } from '../../functions/migration/plan.ts';
import { previewRename } from '../../functions/migration/rename/preview.ts';
import { ledgerOf } from '../../functions/migration/run.ts';
import { UsageError } from '../command.ts';
import type { Connection } from './connection.ts';

/** A pass of each of two walks and the constraint's own look at every row, against the one look of the count. */
const LOOKS = 3;
/** A cautious figure for small Aurora capacity: the benchmark shows some 30,000 on two local cores. */
const ROWS_PER_SECOND = 10_000;

export const showPlan = async (connection: Connection, json: boolean): Promise<void> => {
  const { execute, migrations } = connection;
  const newest = migrations.at(-1)?.version;
  if (newest === undefined) {
    throw new UsageError('There are no migrations.');
  }
  const { undo, apply } = planMigration(migrations, await ledgerOf(connection.execute), newest);

  const startedAt = performance.now();
  const { renamed, superseded, left } = await previewRename(execute);
  const lookSeconds = (performance.now() - startedAt) / 1_000;
  const expectedSeconds =
    apply.length === 0 ? 0 : Math.ceil(lookSeconds * LOOKS + (renamed + superseded) / ROWS_PER_SECOND);

  const pending = apply.map(({ version, name }) => ({ version, name }));
  if (json) {
    console.log(JSON.stringify({ pending, renamed, superseded, left, expectedSeconds }, null, 2));
    return;
  }
  for (const { version, name } of undo) {
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
};
