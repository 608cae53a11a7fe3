// Many runners at once, each a process of its own, and one that is killed.
import { expect, it } from 'vitest';
import { readMigrationFiles } from '../../functions/migration/migration-files.ts';
import { MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import { forCommands, migrate, spawnMigrate } from '../helpers/command-line.ts';
import { BASELINE, down, isStep, RENAMED } from '../helpers/engine.ts';
import { eventually } from '../helpers/eventually.ts';
import { countKeys, dumpTables, loadFleet } from '../helpers/fleet-states.ts';
import { startTestStack } from '../helpers/local-stack.ts';

const RUNNERS = 12;
const ROUNDS = 25;
const ANOTHER_RUNNER = 3;

const { stack, directory } = await forCommands(startTestStack());

it('applies each version once where 12 processes start together, 25 times over', async () => {
  for (let round = 1; round <= ROUNDS; round += 1) {
    await down(stack);
    await loadFleet(stack, 500);
    if (round % 2 === 0) {
      await stack.sql('DROP TABLE workspace_model_migrations, workspace_model_migration_lease');
    }

    const ends = await Promise.all(
      Array.from({ length: RUNNERS }, () => migrate(['up', '--json'], directory)),
    );

    for (const { code, err } of ends) {
      expect([0, ANOTHER_RUNNER], err).toContain(code);
    }
    expect(ends.some(({ code }) => code === 0)).toBe(true);
    expect(await countKeys(stack)).toEqual({ OTHER: 500, MODEL: 500 });
    expect(await stack.sql('SELECT version, state FROM workspace_model_migrations ORDER BY version')).toEqual(
      readMigrationFiles(MIGRATIONS_DIRECTORY).map(({ version }) => ({ version, state: 'applied' })),
    );
    expect(
      await stack.sql(`SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids
        FROM workspace_model_rename_journal WHERE kind IN ('renamed', 'superseded')`),
    ).toEqual([{ rows: 500, ids: 500 }]);
  }
});

it('leaves no lock behind a killed runner, so that the next one goes on within its wait', async () => {
  await down(stack);
  await loadFleet(stack, 20_000);
  const killed = spawnMigrate(['up'], directory);
  await eventually(
    'the first renamed rows',
    async () => (await countKeys(stack))['MODEL'] ?? 0,
  ).toBeGreaterThan(2_000);
  killed.kill('SIGKILL');
  await new Promise((resolve) => killed.on('close', resolve));

  // The current batch still ends in the server.
  await eventually('the end of the batch in the server', locksOnTheTable).toBe(0);
  expect(await migrate(['up', '--json'], directory)).toMatchObject({ code: 0 });
  expect(await countKeys(stack)).toEqual({ OTHER: 20_000, MODEL: 20_000 });
});

const locksOnTheTable = async (): Promise<number> => {
  const locks = await stack.sql(`
    SELECT FROM pg_locks WHERE granted AND relation = 'workspace_secrets'::regclass AND pid <> pg_backend_pid()`);
  return locks.length;
};

it('stops on Ctrl-C after the current batch, and goes on in the next run', async () => {
  await down(stack);
  await loadFleet(stack, 20_000);
  const before = await dumpTables(stack);
  const interrupted = spawnMigrate(['up'], directory);
  stack.aws.onCall = (call) => {
    if (!isStep(call) || call.sql?.includes('WITH locked') !== true) {
      return undefined;
    }
    interrupted.kill('SIGINT');
    return { kind: 'delay', ms: 100 };
  };
  const code = await new Promise((resolve) => interrupted.on('close', resolve));

  stack.aws.onCall = undefined;

  expect(code).toBe(130);
  expect(
    await stack.sql(`SELECT state FROM workspace_model_migrations WHERE version = '${RENAMED}'`),
  ).toEqual([{ state: 'applying' }]);
  expect(await migrate(['down', '--to', BASELINE], directory)).toMatchObject({ code: 0 });
  expect(await dumpTables(stack)).toEqual(before);
});
