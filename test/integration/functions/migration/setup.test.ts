// A database that was named wrongly or is not set up: the run ends with the cause and its mend, and changes nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { executeWith } from '../../../../functions/database/client.ts';
import { up } from '../../../helpers/engine.ts';
import { dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

beforeEach(async () => {
  stack.aws.onCall = undefined;
  await loadFleet(stack, 10);
});

const expectSetupError = async (running: () => Promise<void>, message: RegExp): Promise<void> => {
  const before = await dumpTables(stack);
  await expect(running()).rejects.toMatchObject({
    name: 'DatabaseSetupError',
    message: expect.stringMatching(message),
  });
  expect(await dumpTables(stack)).toEqual(before);
  expect(await stack.sql(`SELECT to_regclass('workspace_model_migrations') AS ledger`)).toEqual([
    { ledger: null },
  ]);
};

describe('a run', () => {
  it.each([
    ['cluster', { clusterArn: 'arn:aws:rds:us-east-1:000000000000:cluster:other' }, /clusterArn/],
    ['region', { clusterArn: 'arn:aws:rds:eu-west-1:000000000000:cluster:local' }, /clusterArn/],
    [
      'secret',
      { secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:other-AbCdEf' },
      /databaseSecretArn/,
    ],
    ['database', { name: 'other' }, /databaseName/],
  ])('says which context key to check where another %s is named', async (_, wrong, message) => {
    const right = {
      clusterArn: stack.clusterArn,
      secretArn: stack.databaseSecretArn,
      name: stack.databaseName,
    };

    const execute = executeWith(stack.rdsData, { ...right, ...wrong });
    await expectSetupError(() => up(stack, { execute }), message);
  });

  it.each([
    ['UnrecognizedClientException', 403, /AWS refused the credentials/],
    ['AccessDeniedException', 403, /of this account and region/],
    ['ForbiddenException', 403, /of this account and region/],
    ['HttpEndpointNotEnabledException', 400, /aws rds enable-http-endpoint/],
    ['DatabaseNotFoundException', 404, /clusterArn .* and the region/],
    ['NotFoundException', 404, /clusterArn .* and the region/],
    ['InvalidSecretException', 400, /databaseSecretArn/],
    ['SecretsErrorException', 400, /databaseSecretArn/],
    ['BadRequestException', 400, /with the Data API on/],
  ])('says how to mend %s', async (name, status, message) => {
    stack.aws.onCall = () => ({ kind: 'error', name, status });

    await expectSetupError(() => up(stack), message);
  });
});
