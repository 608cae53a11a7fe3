// What is undone and applied on the way to a target, and the histories that are refused.
import { expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../functions/database/ledger.ts';
import { HistoryError } from '../../../../functions/migration/errors.ts';
import type { Migration } from '../../../../functions/migration/migration-files.ts';
import { planMigration } from '../../../../functions/migration/plan.ts';

const [FIRST, SECOND, THIRD, FOURTH] = [
  '10000000000000',
  '20000000000000',
  '30000000000000',
  '40000000000000',
];

const file = (version: string): Migration => ({
  version,
  name: 'some',
  file: `${version}_some.up.sql`,
  checksum: `sum of ${version}`,
  supersedes: [],
  hash: '',
  up: [{ sql: 'SELECT 1' }],
  down: [],
});

const entry = (version: string, state: LedgerEntry['state'] = 'applied'): LedgerEntry => ({
  version,
  name: 'some',
  checksum: `sum of ${version}`,
  down: '[]',
  state,
  step: 0,
  page: 0,
  endPage: 0,
  passes: 0,
  changed: 0,
  leftLocked: 0,
  batches: 0,
  startedAt: '',
  finishedAt: null,
});

const files = (...versions: string[]) => versions.map(file);

const planned = (migrations: Migration[], ledger: LedgerEntry[], target: string) => {
  const { undo, finishUndo, apply } = planMigration(migrations, ledger, target);
  return {
    undo: [...undo, ...finishUndo.map(({ entry }) => entry)].map(({ version }) => version),
    apply: apply.map(({ version }) => version),
  };
};

const expectRefused = (migrations: Migration[], ledger: LedgerEntry[], target: string, message: RegExp) => {
  expect(() => planMigration(migrations, ledger, target)).toThrow(HistoryError);
  expect(() => planMigration(migrations, ledger, target)).toThrow(message);
};

it('applies what is missing up to the target, in ascending order', () => {
  expect(planned(files(FIRST, SECOND, THIRD, FOURTH), [entry(FIRST)], THIRD)).toEqual({
    undo: [],
    apply: [SECOND, THIRD],
  });
});

it('goes on with a version that is partly applied', () => {
  const ledger = [entry(FIRST), entry(SECOND, 'applying')];
  expect(planned(files(FIRST, SECOND), ledger, SECOND)).toEqual({ undo: [], apply: [SECOND] });
});

it('undoes what is above the target, in descending order', () => {
  const ledger = [entry(FIRST), entry(SECOND), entry(THIRD, 'applying')];
  expect(planned(files(FIRST, SECOND, THIRD), ledger, FIRST)).toEqual({ undo: [THIRD, SECOND], apply: [] });
});

it('undoes versions whose files are of a later release', () => {
  expect(planned(files(FIRST), [entry(FIRST), entry(SECOND)], FIRST)).toEqual({ undo: [SECOND], apply: [] });
});

it('brings a version that is on its way back wholly back, before it applies it again', () => {
  const ledger = [entry(FIRST), entry(SECOND, 'reverting')];
  expect(planned(files(FIRST, SECOND), ledger, SECOND)).toEqual({ undo: [SECOND], apply: [SECOND] });
});

it('accepts what an earlier form of the file has applied, and first undoes what it has half applied', () => {
  const migrations = [file(FIRST), { ...file(SECOND), supersedes: ['earlier'] }];
  const earlier = (state: LedgerEntry['state']) => [
    entry(FIRST),
    { ...entry(SECOND, state), checksum: 'earlier' },
  ];
  expect(planned(migrations, earlier('applied'), SECOND)).toEqual({ undo: [], apply: [] });
  expect(planned(migrations, earlier('applying'), SECOND)).toEqual({ undo: [SECOND], apply: [SECOND] });
});

it('applies a stale version again in its place, whichever form of the file has applied it', () => {
  const migrations = [file(FIRST), { ...file(SECOND), supersedes: ['earlier'] }, file(THIRD)];
  for (const checksum of [`sum of ${SECOND}`, 'earlier']) {
    const ledger = [entry(FIRST), { ...entry(SECOND, 'stale'), checksum }, entry(THIRD)];
    expect(planned(migrations, ledger, THIRD)).toEqual({ undo: [], apply: [SECOND] });
  }
});

it('finishes several ways back in descending order', () => {
  const ledger = [entry(FIRST), entry(SECOND, 'reverting'), entry(THIRD, 'reverting')];
  const { finishUndo } = planMigration(files(FIRST, SECOND, THIRD), ledger, THIRD);
  expect(finishUndo.map(({ entry: { version } }) => version)).toEqual([THIRD, SECOND]);
});

it('takes a version of an edited file that is on its way back, back by its own steps', () => {
  const ledger = [entry(FIRST), { ...entry(SECOND, 'reverting'), checksum: 'of another text' }];
  const { undo, finishUndo } = planMigration(files(FIRST, SECOND), ledger, SECOND);
  expect(undo.map(({ version }) => version)).toEqual([SECOND]);
  expect(finishUndo).toEqual([]);
});

it('takes a file below a version that is only partly applied', () => {
  const ledger = [entry(FIRST), entry(THIRD, 'applying')];
  expect(
    planMigration(files(FIRST, SECOND, THIRD), ledger, THIRD).apply.map(({ version }) => version),
  ).toEqual([SECOND, THIRD]);
});

it('has nothing to do at its target', () => {
  expect(planned(files(FIRST, SECOND), [entry(FIRST)], FIRST)).toEqual({ undo: [], apply: [] });
});

it('refuses a target that neither files nor ledger know, naming the newest five', () => {
  const six = ['1', '2', '3', '4', '5', '6'].map((digit) => digit.padEnd(14, '0'));
  expectRefused(files(...six), [], '70000000000000', /Known are: 20000000000000, .*, 60000000000000\.$/);
});

it('refuses a target below the baseline, which is never undone', () => {
  expectRefused(files(SECOND), [entry(SECOND)], FIRST, /below the baseline 20000000000000/);
});

it('refuses an applied version whose file is missing', () => {
  expectRefused(
    files(FIRST, THIRD),
    [entry(FIRST), entry(SECOND)],
    THIRD,
    /20000000000000 \(some\).*missing/,
  );
});

it('refuses an applied version whose file was edited, even where it is only partly applied', () => {
  for (const state of ['applied', 'applying'] as const) {
    const ledger = [entry(FIRST), { ...entry(SECOND, state), checksum: 'of another text' }];
    expectRefused(files(FIRST, SECOND), ledger, SECOND, /20000000000000_some\.up\.sql was changed/);
  }
});

it('refuses a file that was put below what is applied', () => {
  expectRefused(files(FIRST, SECOND, THIRD), [entry(FIRST), entry(THIRD)], THIRD, /20000000000000.*is below/);
});
