// What stands in for the SDK's chain of credential providers.
import { afterEach, expect, it, vi } from 'vitest';
import { defaultProvider } from '../../../../functions/sdk/credentials.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const provide = (variables: Record<string, string | undefined>) => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
    vi.stubEnv(name, variables[name]);
  }
  return defaultProvider()();
};

it('hands on the session token, without which AWS refuses the credentials of a function', async () => {
  expect(
    await provide({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'token' }),
  ).toEqual({ accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token' });
});

it('takes lasting credentials, which have no session token', async () => {
  expect(await provide({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' })).toEqual({
    accessKeyId: 'id',
    secretAccessKey: 'key',
  });
});

it('throws where the environment holds no whole credentials', async () => {
  for (const half of [{}, { AWS_ACCESS_KEY_ID: 'id' }, { AWS_SECRET_ACCESS_KEY: 'key' }]) {
    await expect(provide(half)).rejects.toThrow('AWS_ACCESS_KEY_ID');
  }
});
