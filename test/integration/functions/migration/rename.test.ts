// What the rename does to the rows, there and back.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../../../functions/database/ledger.ts';
import { type RunProgress, undoAbove } from '../../../../functions/migration/run.ts';
import { describeAnyFleet } from '../../../helpers/any-fleet.ts';
import {
  BASELINE,
  DROP_CONSTRAINT,
  down,
  KEPT_STEP,
  RENAME_STEP,
  RENAMED,
  runOptions,
  stopBeforeStep,
  up,
} from '../../../helpers/engine.ts';
import {
  countKeys,
  dumpTables,
  loadFleet,
  loadState,
  type SecretRow,
} from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const CONSTRAINT = 'key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

describeAnyFleet({ states: 12 });

describe('the journal', () => {
  it('journals each superseded row whole and counts each renamed one', async () => {
    await loadFleet(stack, 50);
    const legacy = await stack.sql(`
      SELECT id, workspace_id, encrypted_value, encryption_version, created_at, updated_at FROM workspace_secrets s
      WHERE key = 'MODEL_PROVIDER' AND EXISTS (
        SELECT FROM workspace_secrets m WHERE m.workspace_id = s.workspace_id AND m.key = 'MODEL') ORDER BY id`);

    await up(stack);

    expect(legacy).toHaveLength(5);
    expect(
      await stack.sql(`
        SELECT id, workspace_id, encrypted_value, encryption_version, created_at, updated_at
        FROM workspace_model_rename_journal WHERE kind = 'superseded' ORDER BY id`),
    ).toEqual(legacy);
    expect(
      await stack.sql(
        `SELECT count(*)::int AS renamed FROM workspace_model_rename_journal WHERE kind = 'renamed'`,
      ),
    ).toEqual([{ renamed: 45 }]);
    await down(stack);
  });
});

describe('the old name', () => {
  beforeEach(() => loadFleet(stack, 3));

  it('has the database refuse the old name from the rename on, by a constraint that says what to do', async () => {
    await up(stack);

    await expect(
      stack.sql(`INSERT INTO workspace_secrets (key, encrypted_value) VALUES ('MODEL_PROVIDER', 'x')`),
    ).rejects.toMatchObject({ code: '23514', constraint: CONSTRAINT });
    expect(
      await stack.sql('SELECT convalidated FROM pg_constraint WHERE conname = $1', [CONSTRAINT]),
    ).toEqual([{ convalidated: true }]);
    await down(stack);
  });

  it('frees the old name in a down', async () => {
    await up(stack);
    await down(stack);

    await stack.sql(`INSERT INTO workspace_secrets (key, encrypted_value) VALUES ('MODEL_PROVIDER', 'x')`);
    expect(await stack.sql('SELECT 1 FROM pg_constraint WHERE conname = $1', [CONSTRAINT])).toEqual([]);
  });
});

describe('a rename whose constraint is gone', () => {
  const state = async () =>
    (await readLedger(stack.executeAsOwner)).find(({ version }) => version === RENAMED)?.state;
  afterEach(() => stack.resetDatabase());

  const dropConstraint = () => stack.sql(DROP_CONSTRAINT);

  it.each<[string, () => Promise<unknown>]>([
    ['dropped', dropConstraint],
    [
      'not valid any more',
      async () => {
        await dropConstraint();
        await stack.sql(
          `ALTER TABLE workspace_secrets ADD CONSTRAINT "${CONSTRAINT}" CHECK (key <> 'MODEL_PROVIDER') NOT VALID`,
        );
      },
    ],
  ])('is applied again where that is %s', async (_, change) => {
    await loadFleet(stack, 30);
    await up(stack);
    expect(await state()).toBe('applied');

    await change();
    expect(await state()).toBe('stale');
    await up(stack);

    expect(await state()).toBe('applied');
    await expect(
      stack.sql(`INSERT INTO workspace_secrets (key, encrypted_value) VALUES ('MODEL_PROVIDER', 'x')`),
    ).rejects.toMatchObject({ constraint: CONSTRAINT });
  });

  it('is undone whole', async () => {
    await loadFleet(stack, 30);
    const before = await dumpTables(stack);
    await up(stack);
    await dropConstraint();
    expect(await state()).toBe('stale');

    await down(stack);

    expect(await dumpTables(stack)).toEqual(expect.arrayContaining(before));
    expect(await state()).toBeUndefined();
  });

  describe.each([KEPT_STEP, RENAME_STEP, RENAME_STEP + 1, RENAME_STEP + 2])('before its step %i', (step) => {
    let before: string[];

    beforeEach(async () => {
      await loadFleet(stack, 30);
      before = await dumpTables(stack);
      await stopBeforeStep(stack, up, step);
      await dropConstraint();
    });

    it('is begun anew at once, and given back whole', async () => {
      await stack.sql(`INSERT INTO workspaces (name) VALUES ('new')`);
      const [late] = await stack.sql<{
        line: string;
      }>(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
        SELECT id, 'MODEL_PROVIDER', 'late/pick' FROM workspaces WHERE name = 'new'
        RETURNING CAST(workspace_secrets AS text) AS line`);
      const steps: number[] = [];
      const onProgress = (progress: RunProgress) => {
        steps.push(progress.step);
      };

      await up(stack, { onProgress });

      expect(steps.slice(0, 2)).toEqual([step, 0]);
      expect(await state()).toBe('applied');
      expect(await countKeys(stack)).toEqual({ OTHER: 30, MODEL: 31 });
      await down(stack);
      expect(await dumpTables(stack)).toEqual(expect.arrayContaining([...before, late?.line]));
    });

    it('is given back whole where it is stopped again as soon as it was begun anew', async () => {
      await stopBeforeStep(stack, up, 0);

      await down(stack);

      expect(await dumpTables(stack)).toEqual(before);
      expect((await readLedger(stack.executeAsOwner)).map(({ version }) => version)).toEqual([BASELINE]);
      expect(await stack.sql(`SELECT to_regclass('workspace_model_rename_journal') AS left`)).toEqual([
        { left: null },
      ]);
    });
  });

  it('renames the rows that have come since, and an undo gives them back beside those of before', async () => {
    await loadFleet(stack, 30);
    await stack.sql(`INSERT INTO workspaces (name) VALUES ('kept'), ('new')`);
    await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
      SELECT id, 'MODEL', 'kept/pick' FROM workspaces WHERE name = 'kept'`);
    const before = await dumpTables(stack);
    await up(stack);
    await dropConstraint();
    const late = await stack.sql<{
      line: string;
    }>(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
      SELECT id, 'MODEL_PROVIDER', 'late/pick' FROM workspaces WHERE name IN ('kept', 'new')
      RETURNING CAST(workspace_secrets AS text) AS line`);

    await up(stack);
    expect(await countKeys(stack)).toEqual({ OTHER: 30, MODEL: 32 });
    await down(stack);

    expect(late).toHaveLength(2);
    expect(await dumpTables(stack)).toEqual([...before, ...late.map(({ line }) => line)].sort());
  });

  it('gives back the later one of two rows that a pick has superseded', async () => {
    const legacyRow = (value: string, time: string) =>
      stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, updated_at)
        SELECT id, 'MODEL_PROVIDER', '${value}', '${time}' FROM workspaces WHERE name = 'kept'`);
    await stack.sql(`INSERT INTO workspaces (name) VALUES ('kept')`);
    await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
      SELECT id, 'MODEL', 'kept/pick' FROM workspaces WHERE name = 'kept'`);
    await legacyRow('first', '2025-01-01');
    await up(stack);
    await dropConstraint();
    await legacyRow('later', '2025-02-01');
    await up(stack);

    await down(stack);

    const rows = `SELECT convert_from(encrypted_value, 'UTF8') AS value FROM workspace_secrets WHERE key = 'MODEL_PROVIDER'`;
    expect(await stack.sql(rows)).toEqual([{ value: 'later' }]);
  });

  it('renames rows again that a restore has brought back, and an undo gives each back once', async () => {
    await loadFleet(stack, 30);
    const before = await dumpTables(stack);
    await stack.sql('CREATE TABLE backup AS TABLE workspace_secrets');
    await up(stack);
    await dropConstraint();
    await stack.sql('TRUNCATE workspace_secrets; INSERT INTO workspace_secrets TABLE backup');

    await up(stack);
    expect(await countKeys(stack)).toEqual({ OTHER: 30, MODEL: 30 });
    await down(stack);

    expect(await dumpTables(stack)).toEqual(before);
  });
});

describe('an undo', () => {
  afterEach(() => stack.resetDatabase());

  it.each([
    [
      'is renamed',
      'RENAME COLUMN updated_at TO modified_at',
      /^Nothing was changed\. The table workspace_secrets lacks updated_at,/,
      'RENAME COLUMN modified_at TO updated_at',
    ],
    [
      'is of another type',
      `ALTER COLUMN encrypted_value TYPE text USING encode(encrypted_value, 'hex')`,
      /^Nothing was changed\. workspace_secrets\.encrypted_value is of type text;/,
      `ALTER COLUMN encrypted_value TYPE bytea USING decode(encrypted_value, 'hex')`,
    ],
  ])('changes nothing where a column that it needs %s by now', async (_, change, reason, mend) => {
    await loadFleet(stack, 10);
    const before = await dumpTables(stack);
    await up(stack);
    await stack.sql(`ALTER TABLE workspace_secrets ${change}`);
    const renamed = await dumpTables(stack);

    await expect(down(stack)).rejects.toMatchObject({
      name: 'DatabaseSetupError',
      message: expect.stringMatching(reason),
    });
    await expect(undoAbove(runOptions(stack), BASELINE)).rejects.toThrow(reason);

    expect(await dumpTables(stack)).toEqual(renamed);
    expect((await readLedger(stack.executeAsOwner)).map(({ state }) => state)).toEqual([
      'applied',
      'applied',
    ]);
    await stack.sql(`ALTER TABLE workspace_secrets ${mend}`);
    await down(stack);
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('needs no created_at', async () => {
    await loadFleet(stack, 10);
    await up(stack);
    await stack.sql('ALTER TABLE workspace_secrets DROP COLUMN created_at');

    await down(stack);

    expect(await countKeys(stack)).toEqual({ MODEL_PROVIDER: 10, OTHER: 10, MODEL: 1 });
  });
});

const at = '2025-01-01T00:00:00.000Z';
const row = (key: string, value: string): SecretRow => ({
  workspace: 1,
  key,
  hexValue: Buffer.from(value).toString('hex'),
  version: 0,
  createdAt: at,
  updatedAt: at,
});
const legacy = row('MODEL_PROVIDER', 'old/pick');
const model = row('MODEL', 'model/pick');

const change = `UPDATE workspace_secrets SET encrypted_value = 'new/pick', updated_at = now() WHERE key = 'MODEL'`;
const touch = `UPDATE workspace_secrets SET updated_at = now() WHERE key = 'MODEL'`;
const changeWithoutTime = `UPDATE workspace_secrets SET encrypted_value = 'new/pick' WHERE key = 'MODEL'`;
const clear = `DELETE FROM workspace_secrets WHERE key = 'MODEL'`;
const set = `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
             SELECT id, 'MODEL', 'new/pick' FROM workspaces`;

// The table of cases in docs/rename.md.
const cases: { before: SecretRow[]; edits: string[]; after: Record<string, string> }[] = [
  { before: [legacy], edits: [], after: { MODEL_PROVIDER: 'old/pick' } },
  { before: [legacy], edits: [change], after: { MODEL_PROVIDER: 'new/pick' } },
  { before: [legacy], edits: [clear], after: {} },
  { before: [legacy], edits: [clear, set], after: { MODEL_PROVIDER: 'new/pick' } },
  { before: [model], edits: [], after: { MODEL: 'model/pick' } },
  { before: [model], edits: [change], after: { MODEL_PROVIDER: 'new/pick' } },
  { before: [model], edits: [touch], after: { MODEL: 'model/pick' } },
  { before: [model], edits: [changeWithoutTime], after: { MODEL_PROVIDER: 'new/pick' } },
  { before: [model], edits: [clear], after: {} },
  { before: [model], edits: [clear, set], after: { MODEL_PROVIDER: 'new/pick' } },
  { before: [legacy, model], edits: [], after: { MODEL_PROVIDER: 'old/pick', MODEL: 'model/pick' } },
  { before: [legacy, model], edits: [touch], after: { MODEL_PROVIDER: 'old/pick', MODEL: 'model/pick' } },
  { before: [legacy, model], edits: [change], after: { MODEL_PROVIDER: 'new/pick' } },
  { before: [legacy, model], edits: [clear], after: {} },
  { before: [legacy, model], edits: [clear, set], after: { MODEL_PROVIDER: 'new/pick' } },
  { before: [row('OTHER', 'x')], edits: [set], after: { OTHER: 'x', MODEL_PROVIDER: 'new/pick' } },
];

describe('edits between up and down', () => {
  it.each(cases)(
    'undoes a rename of $before.length rows with edits $edits between to $after',
    async ({ before, edits, after }) => {
      await loadState(stack, before);

      await up(stack);
      for (const edit of edits) {
        await stack.sql(edit);
      }
      await down(stack);

      const rows = await stack.sql<{ key: string; value: string }>(
        `SELECT key, convert_from(encrypted_value, 'UTF8') AS value FROM workspace_secrets`,
      );
      expect(Object.fromEntries(rows.map(({ key, value }) => [key, value]))).toEqual(after);
    },
  );

  it('keeps an edited pick through a down and another up', async () => {
    await loadState(stack, [legacy, model]);

    await up(stack);
    await stack.sql(change);
    await down(stack);
    await up(stack);

    expect(await countKeys(stack)).toEqual({ MODEL: 1 });
    expect(
      await stack.sql(`SELECT convert_from(encrypted_value, 'UTF8') AS value FROM workspace_secrets`),
    ).toEqual([{ value: 'new/pick' }]);
    await down(stack);
  });
});
