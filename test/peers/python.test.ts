// boto3 and the AWS CLI, in a virtual environment of their own, over the endpoint that the local stack has.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonPrograms } from '../../rehearsal/python-environment.ts';
import { startTestStack, type TestStack } from '../helpers/local-stack.ts';

const run = promisify(execFile);
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

let stack: TestStack;
let programs: string;

beforeAll(async () => {
  programs = pythonPrograms('peers-python', here('requirements.txt'));
  stack = await startTestStack({ tables: false });
});

afterAll(() => stack.close());

it('boto3 does all that its cases ask of it', async () => {
  const { target, encryptionKeySecretArn, region, endpoint } = stack;
  const facts = { endpoint: endpoint.url, region, target, encryptionKeySecretArn };
  const { stderr } = await run(join(programs, 'python'), [here('boto3_cases.py')], {
    env: { ...process.env, STACK: JSON.stringify(facts) },
  });
  console.log(stderr);
  expect(stderr).toMatch(/^Ran \d\d tests/m);
});

describe('the AWS CLI', () => {
  /** What it prints as JSON. */
  const aws = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await run(join(programs, 'aws'), [...args, '--output', 'json'], {
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: stack.endpoint.url,
        // Version 1, which PyPI has, knows no AWS_REGION.
        AWS_DEFAULT_REGION: stack.region,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      },
    });
    return JSON.parse(stdout);
  };
  const owner = () => ['--resource-arn', stack.target.resourceArn, '--secret-arn', stack.target.secretArn];
  const database = () => [...owner(), '--database', stack.target.database];

  it('executes a statement with parameters', async () => {
    const parameters = JSON.stringify([{ name: 'n', value: { longValue: 7 } }]);
    const sql = 'SELECT :n AS seven';
    expect(
      await aws('rds-data', 'execute-statement', ...database(), '--sql', sql, '--parameters', parameters),
    ).toMatchObject({ records: [[{ longValue: 7 }]] });
  });

  it('begins, fills and commits a transaction', async () => {
    const call = (operation: string, ...args: string[]) => aws('rds-data', operation, ...args);
    await call('execute-statement', ...database(), '--sql', 'CREATE TABLE kept (id int)');
    const begun = await call('begin-transaction', ...database());
    const transaction = ['--transaction-id', String(Object(begun).transactionId)];
    const insert = 'INSERT INTO kept VALUES (:id)';
    const sets = JSON.stringify([1, 2].map((longValue) => [{ name: 'id', value: { longValue } }]));
    await call(
      'batch-execute-statement',
      ...database(),
      ...transaction,
      '--sql',
      insert,
      '--parameter-sets',
      sets,
    );
    expect(await stack.sql('SELECT id FROM kept')).toEqual([]);
    expect(await call('commit-transaction', ...owner(), ...transaction)).toEqual({
      transactionStatus: 'Transaction Committed',
    });
    expect(await stack.sql('SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('says by name what went wrong', async () => {
    await expect(
      aws('rds-data', 'execute-statement', ...database(), '--sql', 'SELECT * FROM nowhere'),
    ).rejects.toMatchObject({ stderr: expect.stringMatching(/DatabaseErrorException.*42P01/s) });
  });

  it('reads a secret', async () => {
    expect(
      await aws('secretsmanager', 'get-secret-value', '--secret-id', stack.encryptionKeySecretArn),
    ).toMatchObject({ SecretString: stack.encryptionKey });
  });

  it('invokes a function', async () => {
    const payload = ['--payload', '{}', '/dev/null'];
    expect(await aws('lambda', 'invoke', '--function-name', 'provision:live', ...payload)).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      ExecutedVersion: '1',
    });
  });
});
