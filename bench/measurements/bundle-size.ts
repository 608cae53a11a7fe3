// How large each function is that Lambda has to fetch, read and compile.
import { statSync } from 'node:fs';
import { functionNames } from '../../functions/contract.ts';
import { largestBundle } from '../../lib/bundling.ts';
import type { Measurement } from '../measurement.ts';
import { compare, exactly } from '../statistics.ts';

/** The other peers leave it to the runtime. */
const WITH_THE_SDK = ['two-clients-bundled', 'data-api-client', 'drizzle'] as const;

const kilobytes = (file: string) => exactly(statSync(file).size / 1_000);

export const bundleSize: Measurement = {
  name: 'bundle-size',
  measure: async ({ functions, peers }) => [
    ...functionNames().map((name) =>
      compare(
        `size of ${name}`,
        'kB',
        kilobytes(functions[name]),
        { name: 'limit', figure: exactly(largestBundle(name) / 1_000) },
        { atMost: 1 },
      ),
    ),
    ...WITH_THE_SDK.map((name) =>
      compare('size of get-model', 'kB', kilobytes(functions['get-model']), {
        name,
        figure: kilobytes(peers[name]),
      }),
    ),
  ],
};
