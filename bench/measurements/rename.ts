// The rename engine: rows a second beside one plain UPDATE, what a row costs in small and large fleets, the function's
// memory, and what callers of the API notice meanwhile.
import type { Measurement } from '../measurement.ts';
import { createLegacyFleet } from '../rename/legacy-fleet.ts';
import { measureLiveTraffic } from '../rename/live-traffic.ts';
import { measureRate, type Rate, rateRows } from '../rename/rate.ts';

const SMALLER = [
  { legacyRows: 10_000, repetitions: 5 },
  { legacyRows: 100_000, repetitions: 3 },
];
const LARGEST = { legacyRows: 1_000_000, repetitions: 2 };
const STEPS = SMALLER.length + 2;

export const rename: Measurement = {
  name: 'rename',
  measure: async (bench) => {
    const rates: Rate[] = [];
    for (const { legacyRows, repetitions } of SMALLER) {
      const fleet = await createLegacyFleet(bench, legacyRows);
      rates.push(await measureRate(bench, fleet, legacyRows, repetitions));
      await fleet.drop();
      bench.progress(rates.length, STEPS);
    }
    const fleet = await createLegacyFleet(bench, LARGEST.legacyRows);
    rates.push(await measureRate(bench, fleet, LARGEST.legacyRows, LARGEST.repetitions));
    bench.progress(rates.length, STEPS);
    const traffic = await measureLiveTraffic(bench, fleet);
    await fleet.drop();
    return [...rateRows(rates), ...traffic];
  },
};
