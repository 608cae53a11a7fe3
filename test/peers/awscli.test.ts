// The AWS CLI over the endpoint that the local stack has: each of the operations, as a shell would call it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../helpers/local-stack.ts';
import { pythonProgram, run } from './programs.ts';

let stack: TestStack;
let program: string;

beforeAll(async () => {
  program = pythonProgram('aws');
  stack = await startTestStack({ tables: false, statementTimeoutMs: 3_000 });
  await stack.sql('CREATE TABLE kept (id bigint UNIQUE, note text)');
});

afterAll(() => stack.close());

beforeEach(() => stack.sql('TRUNCATE kept'));

/** What it prints, which is JSON. */
const aws = async (service: string, operation: string, ...args: string[]): Promise<unknown> => {
  const { stdout } = await run(program, [service, operation, ...args, '--output', 'json'], {
    env: {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: stack.aws.url,
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
const execute = (sql: string, ...args: string[]) =>
  aws('rds-data', 'execute-statement', ...database(), '--sql', sql, ...args);
const kept = () => stack.sql('SELECT id, note FROM kept ORDER BY id');

/** As text, because JavaScript's numbers have 53 bits. */
const LONGEST = '9223372036854775807';

describe("the AWS CLI's execute-statement", () => {
  it('binds values of every kind, and prints them as they were', async () => {
    const values = [
      { stringValue: 'o\'clock "Ünïcode" \\' },
      { longValue: 7 },
      { doubleValue: 0.5 },
      { booleanValue: true },
    ];
    const parameters = [
      ...values.map((value, index) => ({ name: `p${index}`, value })),
      { name: 'day', value: { stringValue: '2026-05-19' }, typeHint: 'DATE' },
      { name: 'none', value: { isNull: true } },
    ];
    const sql = 'SELECT :p0, :p1, :p2, :p3, pg_typeof(:day)::text, :none::text, array[1, NULL]';
    expect(await execute(sql, '--parameters', JSON.stringify(parameters))).toMatchObject({
      records: [
        [...values, { stringValue: 'date' }, { isNull: true }, { arrayValue: { longValues: [1, null] } }],
      ],
    });
  });

  it('keeps all 64 bits of a long, both ways', async () => {
    const parameters = `[{"name":"id","value":{"longValue":${LONGEST}}}]`;
    await execute('INSERT INTO kept (id) VALUES (:id)', '--parameters', parameters);
    expect(await kept()).toEqual([{ id: LONGEST, note: null }]);
    expect(
      await execute('SELECT id::text AS text, id FROM kept', '--format-records-as', 'JSON'),
    ).toMatchObject({
      formattedRecords: `[{"text":"${LONGEST}","id":${LONGEST}}]`,
    });
  });

  it('prints rows as JSON, described columns and other forms of numbers where they are asked for', async () => {
    expect(await execute('SELECT 1 AS one, NULL AS nothing', '--format-records-as', 'JSON')).toMatchObject({
      formattedRecords: '[{"one":1,"nothing":null}]',
    });
    const options = 'longReturnType=STRING,decimalReturnType=DOUBLE_OR_LONG';
    const sql = 'SELECT 5::bigint AS five, 1.5::numeric AS half';
    expect(await execute(sql, '--result-set-options', options, '--include-result-metadata')).toMatchObject({
      records: [[{ stringValue: '5' }, { doubleValue: 1.5 }]],
      columnMetadata: [
        { label: 'five', typeName: 'int8' },
        { label: 'half', typeName: 'numeric' },
      ],
    });
  });

  it.each([
    ['SELECT * FROM nowhere', 'DatabaseErrorException', 'SQLState: 42P01'],
    ['SELECT 1; SELECT 2', 'ValidationException', 'Multistatements'],
    ['SELECT array[[1], [2]]', 'UnsupportedResultException', 'multidimensional array'],
    ['SELECT pg_sleep(60)', 'StatementTimeoutException', 'timed out'],
  ])('says of %s by name what went wrong', async (sql, name, words) => {
    await expect(execute(sql)).rejects.toMatchObject({
      stderr: expect.stringMatching(
        new RegExp(`\\(${name}\\).* ExecuteStatement operation: .*${words}`, 's'),
      ),
    });
  });
});

describe("the AWS CLI's transaction", () => {
  const begin = async () => [
    '--transaction-id',
    String(Object(await aws('rds-data', 'begin-transaction', ...database())).transactionId),
  ];
  const insert = (...args: string[]) => {
    const sets = [1, 2].map((longValue) => [{ name: 'id', value: { longValue } }]);
    const sql = 'INSERT INTO kept (id) VALUES (:id)';
    return aws(
      'rds-data',
      'batch-execute-statement',
      ...database(),
      '--sql',
      sql,
      '--parameter-sets',
      JSON.stringify(sets),
      ...args,
    );
  };

  it('is filled by a batch and committed', async () => {
    const transaction = await begin();
    expect(await insert(...transaction)).toEqual({
      updateResults: [{ generatedFields: [] }, { generatedFields: [] }],
    });
    expect(await kept()).toEqual([]);
    expect(await aws('rds-data', 'commit-transaction', ...owner(), ...transaction)).toEqual({
      transactionStatus: 'Transaction Committed',
    });
    expect(await kept()).toHaveLength(2);
  });

  it('is rolled back, and not found afterwards', async () => {
    const transaction = await begin();
    await insert(...transaction);
    expect(await aws('rds-data', 'rollback-transaction', ...owner(), ...transaction)).toEqual({
      transactionStatus: 'Rollback Complete',
    });
    expect(await kept()).toEqual([]);
    await expect(execute('SELECT 1', ...transaction)).rejects.toMatchObject({
      stderr: expect.stringContaining('(TransactionNotFoundException)'),
    });
  });
});

describe("the AWS CLI's other services", () => {
  const secret = (operation: string, id: string) => aws('secretsmanager', operation, '--secret-id', id);
  const invoke = (name: string, ...args: string[]) =>
    aws('lambda', 'invoke', '--function-name', name, '--payload', '{}', ...args, '/dev/null');

  it('read and describe a secret', async () => {
    const { encryptionKeySecretArn: ARN, encryptionKey: SecretString } = stack;
    expect(await secret('get-secret-value', ARN)).toMatchObject({ ARN, SecretString });
    expect(await secret('describe-secret', ARN)).toMatchObject({ ARN });
    await expect(secret('get-secret-value', 'nowhere')).rejects.toMatchObject({
      stderr: expect.stringContaining('(ResourceNotFoundException)'),
    });
  });

  it('invoke a function, wait for it or not', async () => {
    expect(await invoke('provision:live')).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      ExecutedVersion: '1',
    });
    expect(await invoke('provision', '--invocation-type', 'Event')).toMatchObject({ StatusCode: 202 });
    expect(await invoke('provision', '--invocation-type', 'DryRun')).toMatchObject({ StatusCode: 204 });
    await expect(invoke('nobody')).rejects.toMatchObject({
      stderr: expect.stringContaining('(ResourceNotFoundException)'),
    });
  });
});
