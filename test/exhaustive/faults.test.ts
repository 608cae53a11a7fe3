// Every operation under every fault, once and always, and the migration of a deploy. Writes docs/faults.md.
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { databaseFaults, describeTimes, keyFaults, timesOf } from '../faults/faults.ts';
import type { FaultTrial } from '../faults/meet-fault.ts';
import { operations } from '../faults/operations.ts';
import { faultsDocument, type Row } from '../faults/report.ts';
import { tryFault } from '../faults/try-fault.ts';
import { tryMigration } from '../faults/try-migration.ts';
import { startService } from '../helpers/service.ts';

const rows: Row[] = [];

const trials: FaultTrial[] = [
  ...databaseFaults.map((faultCase) => ({ on: 'the Data API', faultCase }) as const),
  ...keyFaults.map((faultCase) => ({ on: 'Secrets Manager', faultCase }) as const),
].flatMap((each) => timesOf(each.faultCase).map((times) => ({ ...each, times })));

const migrations = trials.map((trial) => ({
  trial,
  name: `${trial.faultCase.name} of ${trial.on}, ${describeTimes(trial.times)}`,
}));

describe('every fault', () => {
  it.concurrent.each(operations)(
    'has its right answer in %s, and leaves the instance healthy',
    async (operation) => {
      const service = await startService();
      try {
        for (const trial of trials) {
          const tried = await tryFault(service, { ...trial, operation });
          rows.push({ ...trial, asked: operation, tried });
        }
      } finally {
        await service.close();
      }
    },
  );

  it.concurrent.each(migrations)('loses no pick in a migration: $name', async ({ trial }) => {
    const tried = await tryMigration(trial);
    expect(tried.durationMs).toBeLessThan(15 * 60_000);
    rows.push({ ...trial, asked: 'migrate', tried });
  });
});

afterAll(() => {
  if (rows.length === trials.length * (operations.length + 1)) {
    writeFileSync(new URL('../../docs/faults.md', import.meta.url), faultsDocument(trials, rows));
  }
});
