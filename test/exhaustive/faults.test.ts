// Every operation under every fault, once and always. Writes docs/faults.md.
import { writeFileSync } from 'node:fs';
import { afterAll, describe, it } from 'vitest';
import { databaseFaults, keyFaults } from '../faults/faults.ts';
import { operations } from '../faults/operations.ts';
import { faultsDocument, type Row } from '../faults/report.ts';
import { tryFault } from '../faults/try-fault.ts';
import { startService } from '../helpers/service.ts';

const rows: Row[] = [];

const trials = [
  ...databaseFaults.map((faultCase) => ({ on: 'the Data API', faultCase }) as const),
  ...keyFaults.map((faultCase) => ({ on: 'Secrets Manager', faultCase }) as const),
].flatMap((trial) => (['once', 'always'] as const).map((times) => ({ ...trial, times })));

describe('every fault', () => {
  it.concurrent.each(operations)(
    'has its right answer in %s, and leaves the instance healthy',
    async (operation) => {
      const service = await startService();
      try {
        for (const trial of trials) {
          rows.push({ ...trial, operation, tried: await tryFault(service, { ...trial, operation }) });
        }
      } finally {
        await service.close();
      }
    },
  );
});

afterAll(() => {
  if (rows.length === trials.length * operations.length) {
    writeFileSync(new URL('../../docs/faults.md', import.meta.url), faultsDocument(rows));
  }
});
