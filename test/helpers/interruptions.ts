// Runs that are stopped again and again, while somebody rewrites the table, touches rows, and sets and clears picks.
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { NotFinishedError } from '../../functions/migration/errors.ts';
import { down, KEPT_STEP, stopBeforeStep, up } from './engine.ts';
import type { TestStack } from './local-stack.ts';

const WORKSPACES = 24;
const KEYS = ['MODEL_PROVIDER', 'MODEL', 'OTHER'] as const;

type Action = { kind: 'vacuum full' | 'cluster' | 'touch' } | { kind: 'pick' | 'clear'; workspace: number };

interface Interruption {
  /** Batches until then. */
  after: number;
  actions: Action[];
}

const workspace = fc.integer({ min: 1, max: WORKSPACES });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constantFrom('vacuum full' as const, 'cluster' as const, 'touch' as const) }),
  fc.record({ kind: fc.constantFrom('pick' as const, 'clear' as const), workspace }),
);
const interruptions: fc.Arbitrary<Interruption[]> = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 6 }), actions: fc.array(action, { maxLength: 4 }) }),
  { maxLength: 8, size: 'max' },
);

const id = (number: number): string => number.toString(16).padStart(32, '0');

/** What a workspace's pick is by now, and whether anybody has written it. */
type Picks = Map<number, { pick: string | undefined; isWritten: boolean }>;

/** A few rows a page, so that there are many batches. */
const load = async (stack: TestStack): Promise<void> => {
  const { sql, resetDatabase } = stack;
  await resetDatabase();
  await sql('ALTER TABLE workspace_secrets SET (fillfactor = 10)');
  await sql(`INSERT INTO workspaces (id, name)
    SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'w' || n FROM generate_series(1, ${WORKSPACES}) AS n`);
  await sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, created_at, updated_at)
    SELECT w.id, key, convert_to(key || w.name || repeat('x', 300), 'UTF8'), '2024-01-01', '2024-01-02'
    FROM workspaces w, unnest(ARRAY['MODEL_PROVIDER', 'OTHER', 'MODEL']) AS key
    WHERE key = 'OTHER' OR (key = 'MODEL') = (get_byte(uuid_send(w.id), 15) % 3 = 0)
      OR get_byte(uuid_send(w.id), 15) % 6 = 0`);
  // So that the rename has begun wherever a run is stopped: a pick from before it is none that came meanwhile.
  await stopBeforeStep(stack, up, KEPT_STEP);
};

const rowsOf = ({ sql }: TestStack, number: number) =>
  sql<{ key: string; value: string; line: string }>(
    `SELECT key, left(convert_from(encrypted_value, 'UTF8'), 40) AS value, CAST(s AS text) AS line FROM workspace_secrets s
     WHERE workspace_id = CAST($1 AS uuid) AND key = ANY ($2) ORDER BY key`,
    [id(number), KEYS],
  );

const act = async (stack: TestStack, picks: Picks, action: Action): Promise<void> => {
  const { sql } = stack;
  switch (action.kind) {
    case 'vacuum full':
      await sql('VACUUM FULL workspace_secrets');
      return;
    case 'cluster':
      await sql('CLUSTER workspace_secrets USING workspace_secrets_pkey');
      return;
    case 'touch':
      await sql(`UPDATE workspace_secrets SET key = key WHERE key <> 'MODEL_PROVIDER'`);
      return;
    case 'pick': {
      const pick = `picked ${Math.random()}`;
      await sql(
        `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES (CAST($1 AS uuid), 'MODEL', convert_to($2, 'UTF8'))
         ON CONFLICT (workspace_id, key) DO UPDATE SET encrypted_value = excluded.encrypted_value, updated_at = clock_timestamp()`,
        [id(action.workspace), pick],
      );
      picks.set(action.workspace, { pick, isWritten: true });
      return;
    }
    default: {
      const cleared = await sql(
        `DELETE FROM workspace_secrets WHERE workspace_id = CAST($1 AS uuid) AND key = 'MODEL' RETURNING 1`,
        [id(action.workspace)],
      );
      // What is keyed by the old name by now is the pick again.
      const legacy = (await rowsOf(stack, action.workspace)).find(({ key }) => key === 'MODEL_PROVIDER');
      if (cleared.length > 0) {
        picks.set(action.workspace, { pick: legacy?.value, isWritten: true });
      }
    }
  }
};

const runInterrupted = async (
  stack: TestStack,
  run: typeof up,
  interrupted: readonly Interruption[],
  picks: Picks,
): Promise<void> => {
  for (const { after, actions } of interrupted) {
    let batches = 0;
    const stopReason = () => {
      batches += 1;
      return batches > after ? { reason: 'Stopped.', advice: '' } : undefined;
    };
    await run(stack, { stopReason, maxBatchPages: 1 }).catch((error) => {
      if (!(error instanceof NotFinishedError)) {
        throw error;
      }
    });
    for (const each of actions) {
      await act(stack, picks, each);
    }
  }
  await run(stack);
};

/** No row stranded and no pick lost, by up and by down. */
const expectWhole = async (stack: TestStack, [ups, downs]: Interruption[][]): Promise<void> => {
  await load(stack);
  const before = new Map<number, Awaited<ReturnType<typeof rowsOf>>>();
  const picks: Picks = new Map();
  for (let number = 1; number <= WORKSPACES; number += 1) {
    const rows = await rowsOf(stack, number);
    before.set(number, rows);
    const pick = rows.find(({ key }) => key === 'MODEL') ?? rows.find(({ key }) => key === 'MODEL_PROVIDER');
    picks.set(number, { pick: pick?.value, isWritten: false });
  }

  await runInterrupted(stack, up, ups ?? [], picks);
  for (const [number, { pick }] of picks) {
    const renamed = (await rowsOf(stack, number)).filter(({ key }) => key !== 'OTHER');
    expect(renamed.map(({ key, value }) => [key, value])).toEqual(
      pick === undefined ? [] : [['MODEL', pick]],
    );
  }

  await runInterrupted(stack, down, downs ?? [], picks);
  for (const [number, { pick, isWritten }] of picks) {
    const rows = await rowsOf(stack, number);
    if (isWritten) {
      const values = rows.filter(({ key }) => key !== 'OTHER').map(({ value }) => value);
      expect(pick === undefined || values.includes(pick), `the pick of workspace ${number}`).toBe(true);
      const stranded =
        rows.some(({ key }) => key === 'MODEL') && !rows.some(({ key }) => key === 'MODEL_PROVIDER');
      expect(stranded, `a stranded row of workspace ${number}`).toBe(false);
    } else {
      expect(rows).toEqual(before.get(number));
    }
  }
  expect(
    await stack.sql(
      `SELECT relname FROM pg_class WHERE relname LIKE 'workspace\\_model\\_rename%' AND relkind = 'r'`,
    ),
  ).toEqual([]);
};

export const expectWholeHowever = (stack: TestStack, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.tuple(interruptions, interruptions), (each) => expectWhole(stack, each)),
    { numRuns },
  );
