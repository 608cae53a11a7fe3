// How fast rows are renamed, beside the one UPDATE that an engineer would type, each on a copy of the same database.
import type { Bench, Row } from '../measurement.ts';
import { startStackProcess } from '../service/stack-process.ts';
import { compare, exactly, spreadOf } from '../statistics.ts';
import { type LegacyFleet, query } from './legacy-fleet.ts';
import { runMigrate, undoMigrations } from './run-migrate.ts';

const PLAIN_UPDATE = `UPDATE workspace_secrets SET key = 'MODEL' WHERE key = 'MODEL_PROVIDER'`;
const MEMORY_LIMIT_MB = 256;

export interface Rate {
  legacyRows: number;
  /** Of every repetition, in milliseconds. */
  ours: number[];
  undo: number[];
  plain: number[];
  peakMegabytes: number[];
}

export const measureRate = async (
  bench: Bench,
  fleet: LegacyFleet,
  legacyRows: number,
  repetitions: number,
): Promise<Rate> => {
  const rate: Rate = { legacyRows, ours: [], undo: [], plain: [], peakMegabytes: [] };
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    rate.plain.push(await fleet.withCopy(timePlainUpdate));
    const { up, undoMs } = await fleet.withCopy((url) => migrateOn(bench, fleet, url));
    rate.ours.push(up.ended - up.began);
    rate.undo.push(undoMs);
    rate.peakMegabytes.push(up.peakMegabytes);
  }
  return rate;
};

const timePlainUpdate = async (databaseUrl: string): Promise<number> => {
  const startedAt = performance.now();
  await query(databaseUrl, PLAIN_UPDATE);
  return performance.now() - startedAt;
};

/** Up and down again; the ledger forgets when a down began, so that one is timed from outside, with its start. */
const migrateOn = async (bench: Bench, { encryptionKey }: LegacyFleet, databaseUrl: string) => {
  const stack = await startStackProcess({ databaseUrl, encryptionKey, workspaceIds: [] }, false);
  try {
    const up = await runMigrate(bench, stack);
    const startedAt = performance.now();
    await undoMigrations(bench, stack);
    return { up, undoMs: performance.now() - startedAt };
  } finally {
    await stack.close();
  }
};

export const rateRows = (rates: readonly Rate[]): Row[] => {
  const largest = rates.at(-1);
  const smallest = rates[0];
  if (largest === undefined || smallest === undefined) {
    throw new Error('No rate was measured.');
  }
  const microsecondsARow = ({ ours, legacyRows }: Rate) =>
    spreadOf(ours.map((ms) => (ms * 1_000) / legacyRows));
  return [
    ...rates.map((rate) => rateRow('rename', rate, rate === largest)),
    rateRow('undo', { ...largest, ours: largest.undo }, false),
    compare(
      `rename, cost of a row among ${largest.legacyRows.toLocaleString('en')}`,
      'µs',
      microsecondsARow(largest),
      { name: `among ${smallest.legacyRows.toLocaleString('en')}`, figure: microsecondsARow(smallest) },
      { atMost: 1.25 },
    ),
    compare(
      'rename, peak memory of migrate',
      'MB',
      spreadOf(largest.peakMegabytes),
      { name: 'limit', figure: exactly(MEMORY_LIMIT_MB) },
      { atMost: 1 },
    ),
  ];
};

const rateRow = (what: string, { legacyRows, ours, plain }: Rate, isBound: boolean): Row => {
  const perSecond = (times: number[]) => spreadOf(times.map((ms) => (legacyRows * 1_000) / ms));
  return compare(
    `${what} of ${legacyRows.toLocaleString('en')} rows`,
    'rows/s',
    perSecond(ours),
    { name: 'one UPDATE', figure: perSecond(plain) },
    isBound ? { atLeast: 0.5 } : undefined,
  );
};
