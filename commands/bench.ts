// npm run bench: measures the service against its peers, side by side in one run.
import type { Measurement, Row } from '../bench/measurement.ts';
import { bundleSize } from '../bench/measurements/bundle-size.ts';
import { coldStart } from '../bench/measurements/cold-start.ts';
import { consolePage } from '../bench/measurements/console.ts';
import { dataApiCalls } from '../bench/measurements/data-api-calls.ts';
import { endpoint } from '../bench/measurements/endpoint.ts';
import { fleet } from '../bench/measurements/fleet.ts';
import { lambdaStart } from '../bench/measurements/lambda-start.ts';
import { memory } from '../bench/measurements/memory.ts';
import { provisioning } from '../bench/measurements/provisioning.ts';
import { rename } from '../bench/measurements/rename.ts';
import { throughput } from '../bench/measurements/throughput.ts';
import { warm } from '../bench/measurements/warm.ts';
import { prepareBench } from '../bench/prepare.ts';
import { showProgress } from '../bench/report/progress.ts';
import { writeResults } from '../bench/report/results.ts';
import { tableOf } from '../bench/report/table.ts';
import { findChromium } from '../local/support/chromium.ts';
import { runCommand, UsageError } from './command.ts';

const MEASUREMENTS: Measurement[] = [
  lambdaStart,
  coldStart,
  bundleSize,
  warm,
  throughput,
  dataApiCalls,
  provisioning,
  memory,
  endpoint,
  rename,
  fleet,
  consolePage,
];
const NAMES = MEASUREMENTS.map(({ name }) => name);

const HELP = `Usage: npm run bench [-- [<name> …] [--json]]

Without names everything is measured, about half an hour, and bench/results.json, bench/results.svg and the figures in
docs/performance.md are written. It needs Chromium (Debian: apt-get install chromium).
With names only these are measured, and nothing is written: ${NAMES.join(', ')}.
--json prints JSON instead of a table; with -s, since npm prints lines of its own otherwise: npm run -s bench -- --json`;

const chosen = (names: string[]): Measurement[] => {
  const unknown = names.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`There is no measurement ${unknown.join(', ')}. Known are ${NAMES.join(', ')}.`);
  }
  return MEASUREMENTS.filter(({ name }) => names.length === 0 || names.includes(name));
};

const measureAll = async (measurements: Measurement[]): Promise<Row[]> => {
  const progress = showProgress();
  const { bench, close } = await prepareBench(progress.update);
  const rows: Row[] = [];
  try {
    for (const { name, measure } of measurements) {
      progress.begin(name);
      rows.push(...(await measure(bench)));
      progress.end();
    }
  } catch (error) {
    progress.end();
    console.error(`Measured until then:\n${tableOf(rows)}`);
    throw error;
  } finally {
    progress.end();
    await close();
  }
  return rows;
};

await runCommand({
  name: 'npm run bench',
  help: HELP,
  options: { json: { type: 'boolean', default: false } },
  takesWords: true,
  run: async ({ json }, names) => {
    const measurements = chosen(names);
    if (measurements.includes(consolePage)) {
      // Before half an hour has passed without it.
      findChromium();
    }
    const rows = await measureAll(measurements);
    console.log(json ? JSON.stringify(rows, null, 2) : tableOf(rows));
    if (names.length > 0) {
      return;
    }
    writeResults(rows);
    console.error('Written: bench/results.json, bench/results.svg, and the figures in docs/performance.md.');
  },
});
