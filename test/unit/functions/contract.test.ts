// The environment variables, as a function reads them.
import { afterEach, expect, it, vi } from 'vitest';
import { environmentOf, readVariables, variableNames } from '../../../functions/contract.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('reads each variable of a group under its name', () => {
  for (const name of Object.values(variableNames.database)) {
    vi.stubEnv(name, `value of ${name}`);
  }
  expect(readVariables(variableNames.database)).toEqual({
    clusterArn: 'value of DATABASE_CLUSTER_ARN',
    secretArn: 'value of DATABASE_SECRET_ARN',
    name: 'value of DATABASE_NAME',
  });
});

it('gives each variable of a group under its name', () => {
  expect(environmentOf(variableNames.modelDemand, { required: 'true', exemptRuntimes: 'codex' })).toEqual({
    REQUIRE_MODEL: 'true',
    REQUIRE_MODEL_EXEMPT: 'codex',
  });
});

it('throws at a variable that the deployment forgot, naming it', () => {
  vi.stubEnv(variableNames.encryptionKey.secretArn, undefined);
  expect(() => readVariables(variableNames.encryptionKey)).toThrow('ENCRYPTION_KEY_SECRET_ARN');
});
