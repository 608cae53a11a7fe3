// No acknowledged pick is lost or comes back: the short form of test/load, with a seed of its own in each run.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectLinearizable } from '../../helpers/histories.ts';
import { type Service, startService } from '../../helpers/service.ts';
import { type FaultKind, runTraffic } from '../../load/traffic.ts';

const seed = Math.floor(Math.random() * 1_000_000);

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

it.each<[FaultKind, number]>([
  ['none', 0],
  ['sure', 0.1],
  ['ambiguous', 0.1],
])(
  `explains every answer by one order of the requests, with faults of the kind "%s" (seed ${seed})`,
  async (faults, faultShare) => {
    const options = { inFlight: 150, workspaces: 6, requests: 300, faults, faultShare, seed };

    const traffic = await runTraffic(service, options);

    expectLinearizable(traffic);
    if (faults === 'none') {
      // A slow machine may keep a request for longer than a write is given; 503 says so.
      const { [200]: served = 0, [503]: late = 0 } = Object.fromEntries(traffic.answers);
      expect(served + late).toBe(options.requests);
      expect(served).toBeGreaterThan(0.9 * options.requests);
    }
  },
);
