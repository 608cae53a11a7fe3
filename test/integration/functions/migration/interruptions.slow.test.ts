// A table that is rewritten and written to between the batches of a rename and of its undo.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunProgress } from '../../../../functions/migration/run.ts';
import { BASELINE, down, KEPT_STEP, RENAMED, stopBeforeStep, up } from '../../../helpers/engine.ts';
import { countKeys, dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { expectWholeHowever } from '../../../helpers/interruptions.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const ROWS = 2_000;
const SHORT_RUNS = 6;

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

const stopAfter = (batches: number) => {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > batches ? { reason: 'Stopped.', advice: '' } : undefined;
  };
};

describe.each([
  ['VACUUM FULL', 'VACUUM FULL workspace_secrets'],
  ['CLUSTER', 'CLUSTER workspace_secrets USING workspace_secrets_workspace_id_key_key'],
])('a table that %s rewrites', (_, rewrite) => {
  it('is renamed to the end, and given back whole', async () => {
    await stack.resetDatabase();
    await loadFleet(stack, ROWS);
    const before = await dumpTables(stack);

    await expect(up(stack, { maxBatchPages: 4, stopReason: stopAfter(14) })).rejects.toThrow('Stopped.');
    await stack.sql(rewrite);
    await up(stack);
    expect(await countKeys(stack)).toEqual({ MODEL: ROWS, OTHER: ROWS });

    await expect(down(stack, { maxBatchPages: 4, stopReason: stopAfter(10) })).rejects.toThrow('Stopped.');
    await stack.sql(rewrite);
    await down(stack);
    expect(await dumpTables(stack)).toEqual(before);
  });
});

it('brings a row under the old name again that moved to a page behind the undo', async () => {
  await stack.resetDatabase();
  await loadFleet(stack, ROWS);
  await up(stack);
  await expect(down(stack, { maxBatchPages: 4, stopReason: stopAfter(10) })).rejects.toThrow('Stopped.');
  await stack.sql(`DELETE FROM workspace_secrets WHERE key = 'OTHER' AND ctid < '(8,0)'`);
  await stack.sql('VACUUM workspace_secrets');
  await stack.sql(`UPDATE workspace_secrets SET encrypted_value = convert_to(repeat('late', 400), 'UTF8'), updated_at = clock_timestamp()
    WHERE ctid = (SELECT max(ctid) FROM workspace_secrets WHERE key = 'MODEL')`);
  const late = `octet_length(encrypted_value) = 1600`;
  expect(
    await stack.sql(`SELECT ctid < CAST(format('(%s,0)', (SELECT page FROM workspace_model_migrations WHERE state = 'reverting'))
      AS tid) AS behind FROM workspace_secrets WHERE ${late}`),
  ).toEqual([{ behind: true }]);

  await down(stack);

  expect(await stack.sql(`SELECT key FROM workspace_secrets WHERE ${late}`)).toEqual([
    { key: 'MODEL_PROVIDER' },
  ]);
});

it('knows a MODEL row for one of before that moved to a page that the walk does not come to', async () => {
  await stack.resetDatabase();
  await loadFleet(stack, ROWS);
  let at = { step: 0, page: 0 };
  const onProgress = (progress: RunProgress) => {
    at = progress;
  };
  const stopReason = () =>
    at.step === KEPT_STEP && at.page > 0 ? { reason: 'Stopped.', advice: '' } : undefined;
  await expect(up(stack, { maxBatchPages: 4, onProgress, stopReason })).rejects.toThrow('Stopped.');
  const [moved] = await stack.sql<{ id: string }>(
    `SELECT workspace_id AS id FROM workspace_secrets WHERE key = 'MODEL' ORDER BY ctid DESC LIMIT 1`,
  );
  await stack.sql(
    `INSERT INTO workspace_secrets (key, encrypted_value) SELECT 'OTHER', 'x' FROM generate_series(1, 500)`,
  );
  await stack.sql('ALTER TABLE workspace_secrets ADD COLUMN note text');
  await stack.sql(
    `UPDATE workspace_secrets SET note = repeat('note', 400) WHERE workspace_id = $1 AND key = 'MODEL'`,
    [moved?.id],
  );
  expect(
    await stack.sql(`SELECT ctid >= CAST(format('(%s,0)', (SELECT end_page FROM workspace_model_migrations WHERE state = 'applying'))
      AS tid) AS past FROM workspace_secrets WHERE note IS NOT NULL`),
  ).toEqual([{ past: true }]);

  await up(stack);
  await down(stack);

  expect(
    await stack.sql(
      `SELECT key FROM workspace_secrets WHERE workspace_id = $1 AND key <> 'OTHER' ORDER BY key`,
      [moved?.id],
    ),
  ).toEqual([{ key: 'MODEL' }, { key: 'MODEL_PROVIDER' }]);
});

it('goes forward again where the way back cannot be finished', async () => {
  await stack.resetDatabase();
  await loadFleet(stack, 100);
  await up(stack);
  // A whole one would be refused before it has changed anything.
  await stopBeforeStep(stack, down, 1);
  await stack.sql(
    `ALTER TABLE workspace_secrets ADD CONSTRAINT never_again CHECK (key <> 'MODEL_PROVIDER') NOT VALID`,
  );
  await expect(down(stack)).rejects.toThrow(/never_again/);
  expect(
    await stack.sql(`SELECT state FROM workspace_model_migrations WHERE version = '${RENAMED}'`),
  ).toEqual([{ state: 'reverting' }]);

  await up(stack);

  expect(
    await stack.sql(`SELECT state FROM workspace_model_migrations WHERE version = '${RENAMED}'`),
  ).toEqual([{ state: 'applied' }]);
  expect(await countKeys(stack)).toEqual({ MODEL: 100, OTHER: 100 });
  await stack.sql('ALTER TABLE workspace_secrets DROP CONSTRAINT never_again');
  await down(stack);
  expect(await countKeys(stack)).toEqual({ MODEL_PROVIDER: 100, OTHER: 100, MODEL: 10 });
  expect(await stack.sql('SELECT version FROM workspace_model_migrations')).toEqual([{ version: BASELINE }]);
});

it('loses no pick and strands no row, however a run is interrupted and whatever is done meanwhile', () =>
  expectWholeHowever(stack, SHORT_RUNS));
