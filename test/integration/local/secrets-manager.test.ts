import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataApiOf, expectCallRefused } from '../../helpers/data-api.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ tables: false });
});

afterAll(() => stack.close());

const get = (SecretId: string, version: { VersionId?: string; VersionStage?: string } = {}) =>
  stack.secretsManager.send(new GetSecretValueCommand({ SecretId, ...version }));

describe('GetSecretValue', () => {
  it('answers a secret by name, by ARN, and by ARN without its suffix', async () => {
    const arn = stack.encryptionKeySecretArn;
    for (const id of [arn, arn.slice(0, -7), 'workspace-model/encryption-key']) {
      const secret = await get(id);
      expect(secret.SecretString).toBe(stack.encryptionKey);
      expect(secret.ARN).toBe(arn);
      expect(secret.Name).toBe('workspace-model/encryption-key');
      expect(secret.VersionStages).toEqual(['AWSCURRENT']);
      expect(secret.CreatedDate).toBeInstanceOf(Date);
    }
  });

  it('knows a secret neither by its name with the suffix, nor by an ARN with another one', async () => {
    const arn = stack.encryptionKeySecretArn;
    for (const id of [
      `workspace-model/encryption-key${arn.slice(-7)}`,
      'workspace-model/encryption-key-backup',
      `${arn.slice(0, -6)}aaaaaa`,
    ]) {
      await expect(get(id), id).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
  });

  it('answers the login of the cluster as RDS writes it', async () => {
    const login: unknown = JSON.parse((await get(stack.databaseSecretArn)).SecretString ?? '');
    expect(login).toMatchObject({ engine: 'postgres', username: 'postgres', dbname: stack.databaseName });
  });

  it('keeps the value from before a rotation as AWSPREVIOUS', async () => {
    const arn = stack.aws.secrets.put('rotated', 'old');
    const old = await get(arn);
    expect(stack.aws.secrets.put('rotated', 'new')).toBe(arn);
    expect((await get(arn)).SecretString).toBe('new');
    expect((await get(arn, { VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('old');
    const { VersionId = '' } = old;
    for (const version of [{ VersionId }, { VersionId, VersionStage: 'AWSPREVIOUS' }]) {
      expect(await get(arn, version)).toMatchObject({ SecretString: 'old', VersionStages: ['AWSPREVIOUS'] });
    }
  });

  it.each(['AWSCURRENT', 'AWSPENDING'])(
    'refuses a version that exists together with %s, which is not its stage',
    async (VersionStage) => {
      const arn = stack.aws.secrets.put('staged', 'old');
      const { VersionId = '' } = await get(arn);
      stack.aws.secrets.put('staged', 'new');
      await expect(get(arn, { VersionId, VersionStage })).rejects.toMatchObject({
        name: 'InvalidRequestException',
        message: 'You provided a VersionStage that is not associated to the provided VersionId.',
        $metadata: { httpStatusCode: 400 },
      });
    },
  );

  it('takes a member that is null for one that was left out', async () => {
    const response = await fetch(stack.aws.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
      body: JSON.stringify({ SecretId: stack.encryptionKeySecretArn, VersionId: null, VersionStage: null }),
    });
    expect(await response.json()).toMatchObject({ SecretString: stack.encryptionKey });
  });

  it.each([
    { VersionStage: 'AWSPENDING' },
    { VersionId: '11111111-1111-4111-8111-111111111111' },
    { VersionId: '11111111-1111-4111-8111-111111111111', VersionStage: 'AWSCURRENT' },
  ])('does not find a version that is not there: %o', async (version) => {
    const call = get(stack.databaseSecretArn, version);
    await expect(call).rejects.toThrow(ResourceNotFoundException);
    await expect(call).rejects.toThrow("can't find the specified secret value");
  });

  it('does not find a secret that is not there', async () => {
    const arn = stack.aws.secrets.put('removed', 'x');
    stack.aws.secrets.remove(arn);
    await expect(get(arn)).rejects.toThrow(ResourceNotFoundException);
  });
});

it('describes a secret without its value', async () => {
  const described = await stack.secretsManager.send(
    new DescribeSecretCommand({ SecretId: stack.databaseSecretArn }),
  );
  expect(described.Name).toBe('workspace-model/database');
  expect(Object.values(described.VersionIdsToStages ?? {})).toEqual([['AWSCURRENT']]);
  expect(JSON.stringify(described)).not.toContain('password');
});

it('refuses any other operation, naming those that it has', async () => {
  const call = stack.secretsManager.send(new ListSecretsCommand({}));
  await expect(call).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringMatching(/secretsmanager\.ListSecrets.*GetSecretValue, DescribeSecret/),
  });
});

it.each([
  ['an answer', 'GetSecretValue', 200],
  ['an error', 'ListSecrets', 404],
])('sends %s as JSON 1.1', async (_, operation, status) => {
  const response = await fetch(stack.aws.url, {
    method: 'POST',
    headers: { 'x-amz-target': `secretsmanager.${operation}` },
    body: JSON.stringify({ SecretId: stack.databaseSecretArn }),
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    status,
    'application/x-amz-json-1.1',
  ]);
});

describe('with another Secrets Manager beside it', () => {
  let joined: TestStack;

  beforeAll(async () => {
    joined = await startTestStack({ tables: false, secretsEndpoint: stack.aws.url });
  });

  afterAll(() => joined.close());

  it('gives a secret the same ARN in every stack', () => {
    expect(joined.databaseSecretArn).toBe(stack.databaseSecretArn);
  });

  it('lets the Data API log in with a secret of another Secrets Manager', async () => {
    const { password } = new URL(stack.databaseUrl);
    const secretArn = stack.aws.secrets.put('made-there', JSON.stringify({ username: 'postgres', password }));
    const { row, execute } = dataApiOf(joined);
    expect(await row('SELECT 1', { secretArn })).toEqual([{ longValue: 1 }]);
    await expectCallRefused(
      execute('SELECT 1', { secretArn: 'nowhere-at-all' }),
      'SecretsErrorException',
      "can't find",
    );
  });

  it('answers a secret of another Secrets Manager as its own', async () => {
    stack.aws.secrets.put('key-made-there', 'k');
    const { SecretString } = await joined.secretsManager.send(
      new GetSecretValueCommand({ SecretId: 'key-made-there' }),
    );
    expect(SecretString).toBe('k');
  });
});
