// Where there are no files, as in Lambda, the SDK's own reader of settings finds the same.
import * as sdk from '@smithy/core/config';
import { NODE_MAX_ATTEMPT_CONFIG_OPTIONS, NODE_RETRY_MODE_CONFIG_OPTIONS } from '@smithy/core/retry';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as ours from '../../../../functions/sdk/settings.ts';

const SETTINGS = [
  ours.NODE_REGION_CONFIG_OPTIONS,
  ours.NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS,
  ours.NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS,
  NODE_MAX_ATTEMPT_CONFIG_OPTIONS,
  NODE_RETRY_MODE_CONFIG_OPTIONS,
] as const;

const flags = fc.constantFrom('true', 'false', undefined);
const environments = fc.record({
  AWS_REGION: fc.constantFrom('us-east-1', 'eu-central-1', undefined),
  AWS_USE_FIPS_ENDPOINT: flags,
  AWS_USE_DUALSTACK_ENDPOINT: flags,
  AWS_MAX_ATTEMPTS: fc.option(
    fc.integer({ min: 1, max: 9 }).map((attempts) => `${attempts}`),
    { nil: undefined },
  ),
  AWS_RETRY_MODE: fc.constantFrom('standard', 'adaptive', undefined),
});

beforeEach(() => {
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

type Loader = (setting: (typeof SETTINGS)[number]) => () => Promise<unknown>;

const found = (load: Loader) =>
  Promise.all(SETTINGS.map((setting) => load(setting)().catch(({ message }) => `refused: ${message}`)));

describe('a setting of the SDK', () => {
  it('finds in any environment the settings that the SDK finds', async () => {
    await fc.assert(
      fc.asyncProperty(environments, async (environment) => {
        for (const [name, value] of Object.entries(environment)) {
          vi.stubEnv(name, value);
        }
        expect(await found(ours.loadConfig)).toEqual(
          await found((setting) => sdk.loadConfig<unknown>(setting)),
        );
      }),
    );
  });

  it('reads a setting once', async () => {
    const region = ours.loadConfig(ours.NODE_REGION_CONFIG_OPTIONS);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    await region();
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    expect(await region()).toBe('us-east-1');
  });

  it('throws at a setting that cannot be read, naming the variable', async () => {
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'yes');
    await expect(ours.loadConfig(ours.NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS)()).rejects.toThrow(
      'AWS_USE_FIPS_ENDPOINT',
    );
  });
});
