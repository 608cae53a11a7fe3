// Which failures of Secrets Manager pass by themselves: those are told as 503, the others as a fault of the deployment.
import { randomBytes } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readKeyVersions } from '../../../../functions/secrets/key-versions.ts';
import { readSecret, readVersion } from '../../../../functions/secrets/secrets-manager.ts';
import type { Fault } from '../../../../local/aws/faults.ts';
import { error, isKeyFetch } from '../../../helpers/disturbances.ts';
import { type Service, startServiceAround, stubAwsEnvironment } from '../../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startServiceAround();
});
afterAll(() => service.close());
beforeEach(() => {
  service.rotateKey(service.encryptionKey);
});

const newKey = () => randomBytes(32).toString('base64');
const read = () => readSecret(service.encryptionKeySecretArn);
const readUnder = (fault: Fault) => service.withFault(isKeyFetch, fault, read);

const passing: [string, Fault][] = [
  ['a status of 429', error('TooManyRequestsException', 429)],
  ['a status of 500', error('InternalServiceError', 500)],
  ['a status of 503', error('ServiceUnavailable', 503)],
  ['a status of 408', error('RequestTimeoutException', 408)],
  ['RequestAbortedException', error('RequestAbortedException', 400)],
  ['ThrottlingException', error('ThrottlingException', 400)],
  ['a connection reset before the call', { kind: 'dropped-request', reset: true }],
  ['a connection reset before the answer', { kind: 'lost-response', reset: true }],
  ['an answer that stops after its headers', { kind: 'stalled-answer' }],
  ["a proxy's page", { kind: 'answer', status: 200, body: '<html></html>', contentType: 'text/html' }],
  ['JSON cut short', { kind: 'answer', status: 200, body: '{"SecretString":' }],
];
const lasting: [string, Fault][] = [
  ['AccessDeniedException', error('AccessDeniedException', 400)],
  ['ResourceNotFoundException', error('ResourceNotFoundException', 400)],
  ['DecryptionFailure', error('DecryptionFailure', 400)],
  ['a status of 403', error('SomeError', 403)],
  ['a status of 428', error('SomeError', 428)],
];

describe('a secret', () => {
  it('is read by its ARN, its version named', async () => {
    const { id, value } = await readVersion(service.encryptionKeySecretArn, 'AWSCURRENT');
    const client = new SecretsManagerClient(service.clientConfig);
    const answer = await client.send(new GetSecretValueCommand({ SecretId: service.encryptionKeySecretArn }));
    expect({ id, value }).toEqual({
      id: answer.VersionId,
      value: service.encryptionKey,
    });
  });

  it.each(passing)('is unavailable for the moment after %s', async (_, fault) => {
    const failure: unknown = await readUnder(fault).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ name: 'SecretUnavailableError', code: 'SECRET_UNAVAILABLE' });
    expect(failure).toHaveProperty(
      'message',
      expect.stringMatching(/^Secrets Manager does not serve .+\. Try again\.$/),
    );
    expect(failure).toHaveProperty('cause');
    expect(await read()).toBe(service.encryptionKey);
  });

  it.each(lasting)('cannot be read after %s', async (name, fault) => {
    const failure: unknown = await readUnder(fault).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ name: 'SecretError', cause: expect.any(Error) });
    expect(failure).toHaveProperty('message', expect.stringContaining(service.encryptionKeySecretArn));
    if (/^[A-Z]/.test(name)) {
      expect(failure).toHaveProperty('message', expect.stringContaining(`(${name})`));
    }
  });

  it('cannot be read where nobody answers at the address, for the moment', async () => {
    vi.resetModules();
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', 'http://127.0.0.1:1');
    const fresh = await import('../../../../functions/secrets/secrets-manager.ts');
    await expect(fresh.readSecret(service.encryptionKeySecretArn)).rejects.toMatchObject({
      name: 'SecretUnavailableError',
      message: 'Secrets Manager does not serve at the moment (ECONNREFUSED). Try again.',
    });
    stubAwsEnvironment(service);
  });

  it('tells the key and the one before, and from when on all is written with the current one', async () => {
    const [before, after] = [newKey(), newKey()];
    service.rotateKey(before);
    service.rotateKey(after);
    const startedAt = performance.now();
    const { current, previous, settledAt } = await readKeyVersions(service.encryptionKeySecretArn);
    expect(current.export().toString('base64')).toBe(after);
    expect(previous?.export().toString('base64')).toBe(before);
    // Whatever date the version has: it may be an old one that was made the current one again.
    expect(settledAt).toBeGreaterThanOrEqual(startedAt + 90_000);
    expect(settledAt).toBeLessThanOrEqual(performance.now() + 90_000);
  });

  it('tells by an id that the key was replaced, or its stages were moved', async () => {
    const id = async () => (await readKeyVersions(service.encryptionKeySecretArn)).id;
    const first = await id();
    expect(await id()).toBe(first);
    service.rotateKey(newKey());
    const second = await id();
    service.moveKeyBack();
    expect(new Set([first, second, await id()]).size).toBe(3);
  });

  it('fails where one of both values may not be read, and takes it for no missing one', async () => {
    service.rotateKey(newKey());
    let fetches = 0;
    const reading = service.withFault(
      (call) => isKeyFetch(call) && ++fetches === 2,
      error('AccessDeniedException', 400),
      () => readKeyVersions(service.encryptionKeySecretArn),
    );
    await expect(reading).rejects.toMatchObject({ name: 'SecretError' });
  });

  it('cannot be read where it holds bytes', async () => {
    const binary = { ARN: 'x', Name: 'x', VersionId: 'x', SecretBinary: 'AAAA' };
    await expect(
      readUnder({
        kind: 'answer',
        status: 200,
        body: JSON.stringify(binary),
        contentType: 'application/x-amz-json-1.1',
      }),
    ).rejects.toThrow(`The secret ${service.encryptionKeySecretArn} holds bytes, not a string.`);
  });
});
