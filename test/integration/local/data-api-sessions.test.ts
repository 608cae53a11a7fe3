import { randomBytes } from 'node:crypto';
import { BeginTransactionCommand } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { dataApiOf, expectCallRefused } from '../../helpers/data-api.ts';
import { eventually } from '../../helpers/eventually.ts';
import { startTestStack, type TestStack, type TestStackOptions } from '../../helpers/local-stack.ts';

let stack: TestStack;
let api: ReturnType<typeof dataApiOf>;

beforeAll(async () => {
  stack = await startTestStack();
  api = dataApiOf(stack);
});

afterAll(() => stack.close());

beforeEach(() => stack.sql('TRUNCATE workspaces CASCADE'));

/** The same database by an endpoint with limits of its own, which no other test is to run into on a busy machine. */
const limitedTo = async (limits: TestStackOptions) => {
  const limited = await startTestStack({ sharedDatabaseUrl: stack.databaseUrl, tables: false, ...limits });
  onTestFinished(() => limited.close());
  return dataApiOf(limited);
};

const names = async () =>
  (await stack.sql<{ name: string }>('SELECT name FROM workspaces ORDER BY 1')).map((row) => row.name);
const insert = (name: string) => `INSERT INTO workspaces (name) VALUES ('${name}')`;
/** Statements of this file's database, which others of the server are none of. */
const activity = (condition: string) =>
  stack.sql<{ query: string }>(
    `SELECT query FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${condition}`,
  );
const idleInTransaction = () => activity("state = 'idle in transaction'");
const advisoryLocks = () =>
  stack.sql(`SELECT l.objid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND d.datname = current_database()`);

describe('a call outside a transaction', () => {
  it('leaves no lock, setting, temporary table or prepared statement to the next call', async () => {
    await api.execute('SELECT pg_advisory_lock(4711)');
    await api.execute("SET search_path = 'nowhere'");
    await api.execute('CREATE TEMPORARY TABLE mine (id int)');
    await api.execute('PREPARE mine AS SELECT 1');
    expect(await advisoryLocks()).toEqual([]);
    const sql = `SELECT current_setting('search_path'), to_regclass('mine')::text, count(*) FROM pg_prepared_statements`;
    expect(await api.row(sql)).toEqual([
      { stringValue: '"$user", public' },
      { isNull: true },
      { longValue: 0 },
    ]);
  });

  it('keeps no transaction open after a call that says BEGIN', async () => {
    await api.execute('BEGIN');
    await api.execute(insert('kept'));
    expect(await names()).toEqual(['kept']);
    await eventually('the end of the transaction', idleInTransaction).toEqual([]);
  });

  it('commits a call, and rolls it back whole when it fails', async () => {
    await api.execute(insert('a'));
    await expectCallRefused(
      api.execute("INSERT INTO workspaces (name) VALUES ('b'), (NULL)"),
      'DatabaseErrorException',
      '23502',
    );
    expect(await names()).toEqual(['a']);
  });

  it('logs in as the user that the secret names, with the rights of that user', async () => {
    // Roles belong to the whole server, which other tests share.
    const reader = `reader_${randomBytes(4).toString('hex')}`;
    await stack.sql(`CREATE ROLE ${reader} LOGIN PASSWORD 'one'`);
    onTestFinished(async () => {
      await stack.sql(`DROP ROLE ${reader}`);
    });
    const login = (password: string) =>
      stack.aws.secrets.put('reader', JSON.stringify({ username: reader, password }));
    const secretArn = login('one');
    expect(await api.row('SELECT current_user::text', { secretArn })).toEqual([{ stringValue: reader }]);
    await expectCallRefused(
      api.execute('SELECT * FROM workspaces', { secretArn }),
      'DatabaseErrorException',
      '42501',
    );

    await stack.sql(`ALTER ROLE ${reader} PASSWORD 'two'`);
    login('two');
    expect(await api.row('SELECT 1', { secretArn })).toEqual([{ longValue: 1 }]);
    login('three');
    await expectCallRefused(api.execute('SELECT 1', { secretArn }), 'DatabaseErrorException', '28P01');
  });

  it('uses a database whose name means something in a URL', async () => {
    const database = `team+db@:&,;$=%2B 100% ${randomBytes(4).toString('hex')}`;
    await stack.sql(`CREATE DATABASE "${database}"`);
    onTestFinished(async () => {
      await stack.sql(`DROP DATABASE "${database}" WITH (FORCE)`);
    });
    expect(await api.row('SELECT current_database()::text', { database })).toEqual([
      { stringValue: database },
    ]);
  });

  it('uses the database named like the user where a call names none', async () => {
    const { database: _, ...target } = stack.target;
    const sql = 'SELECT current_database()::text';
    const response = await fetch(`${stack.aws.url}/Execute`, {
      method: 'POST',
      body: JSON.stringify({ ...target, sql }),
    });
    expect(await response.json()).toMatchObject({ records: [[{ stringValue: 'postgres' }]] });
  });
});

describe('a statement that takes too long', () => {
  it('cancels a statement that takes too long before the caller hears of it', async () => {
    const sql = `WITH slept AS (SELECT pg_sleep(60)) INSERT INTO workspaces (name) SELECT 'late' FROM slept`;
    const { execute } = await limitedTo({ statementTimeoutMs: 300 });
    const error = await expectCallRefused(execute(sql), 'StatementTimeoutException', 'timed out');
    expect(error).toMatchObject({ dbConnectionId: expect.any(Number) });
    expect(await activity("query LIKE '%late%' AND state = 'active'")).toEqual([]);
    expect(await names()).toEqual([]);
  });

  it('cancels it also where all connections of its user are in use', async () => {
    const { begin, execute } = await limitedTo({ statementTimeoutMs: 500 });
    // 100 at once, as local/aws/data-api/sessions.ts has it.
    await Promise.all(Array.from({ length: 99 }, begin));
    const sql = `WITH slept AS (SELECT pg_sleep(60)) INSERT INTO workspaces (name) SELECT 'late' FROM slept`;
    await expectCallRefused(execute(sql), 'StatementTimeoutException', 'timed out');
    expect(await activity("query LIKE '%late%' AND state = 'active'")).toEqual([]);
  });

  it('lets a statement that takes too long run on where that was asked for', async () => {
    const sql = `WITH slept AS (SELECT pg_sleep(0.6)) INSERT INTO workspaces (name) SELECT 'late' FROM slept`;
    const { execute } = await limitedTo({ statementTimeoutMs: 300 });
    await expectCallRefused(
      execute(sql, { continueAfterTimeout: true }),
      'StatementTimeoutException',
      'timed out',
    );
    await eventually('the row of the late statement', names).toContain('late');
  });
});

describe('a transaction', () => {
  it('shows a transaction to others when it is committed', async () => {
    const transactionId = await api.begin();
    await api.execute(insert('a'), { transactionId });
    expect(await names()).toEqual([]);
    expect((await api.commit(transactionId)).transactionStatus).toBe('Transaction Committed');
    expect(await names()).toEqual(['a']);
    await expectCallRefused(
      api.execute('SELECT 1', { transactionId }),
      'TransactionNotFoundException',
      'is not found',
      404,
    );
  });

  it('undoes a transaction that is rolled back', async () => {
    const transactionId = await api.begin();
    await api.execute(insert('a'), { transactionId });
    expect((await api.rollback(transactionId)).transactionStatus).toBe('Rollback Complete');
    expect(await names()).toEqual([]);
  });

  it('keeps session, locks and settings of a transaction until it ends', async () => {
    const transactionId = await api.begin();
    await api.execute('SELECT pg_advisory_xact_lock(1), pg_advisory_lock(2)', { transactionId });
    await api.execute("SET LOCAL lock_timeout = '5s'", { transactionId });
    expect(await api.row("SELECT current_setting('lock_timeout')", { transactionId })).toEqual([
      { stringValue: '5s' },
    ]);
    expect(await advisoryLocks()).toHaveLength(2);
    await api.commit(transactionId);
    expect(await advisoryLocks()).toEqual([]);
  });

  it('runs one query at a time in a transaction', async () => {
    const transactionId = await api.begin();
    const slow = api.execute('SELECT pg_sleep(0.2)', { transactionId });
    const sleeping = () => activity("query LIKE '%pg_sleep(0.2)%' AND state = 'active'");
    await eventually('the running query', sleeping).toHaveLength(1);
    await expectCallRefused(
      api.execute('SELECT 1', { transactionId }),
      'DatabaseErrorException',
      /^Transaction is still running a query$/,
    );
    await slow;
    await api.rollback(transactionId);
  });

  it('rolls a transaction back when nobody uses it for the idle time', async () => {
    const { begin, execute, commit } = await limitedTo({
      transactionLimits: { idleMs: 400, totalMs: 60_000 },
    });
    const transactionId = await begin();
    await execute(insert('forgotten'), { transactionId });
    await eventually('the end of the transaction', idleInTransaction).toEqual([]);
    await expectCallRefused(commit(transactionId), 'TransactionNotFoundException', 'is not found', 404);
    expect(await names()).toEqual([]);
  });

  it('rolls a transaction back when its whole time is up, however much it is used', async () => {
    const { begin, execute } = await limitedTo({
      transactionLimits: { idleMs: 60_000, totalMs: 400 },
    });
    const transactionId = await begin();
    const use = () => execute(insert('busy'), { transactionId }).catch(({ name }) => name);
    await eventually('the end of the transaction', use).toBe('TransactionNotFoundException');
    expect(await names()).toEqual([]);
  });

  it('does not commit a transaction in which a statement has failed', async () => {
    const transactionId = await api.begin();
    await api.execute(insert('a'), { transactionId });
    await expectCallRefused(api.execute('SELECT 1/0', { transactionId }), 'DatabaseErrorException', '22012');
    await expectCallRefused(api.execute('SELECT 1', { transactionId }), 'DatabaseErrorException', '25P02');
    await expectCallRefused(api.commit(transactionId), 'DatabaseErrorException', '25P02');
    expect(await names()).toEqual([]);
  });

  it.each([
    ['a number beside a name', 'SELECT $1::int, :a', '08P01'],
    ['a zero byte', 'SELECT 1\0, :a', '22021'],
  ])(
    'ends by a statement that PostgreSQL cannot be sent as on AWS: one with %s',
    async (_, sql, sqlState) => {
      const parameters = [{ name: 'a', value: { longValue: 1 } }];
      await expectCallRefused(
        api.execute(sql, { parameters, transactionId: 'none' }),
        'TransactionNotFoundException',
        'is not found',
        404,
      );
      const transactionId = await api.begin();
      const refused = `SQLState: ${sqlState}`;
      await expectCallRefused(
        api.execute(sql, { parameters, transactionId }),
        'DatabaseErrorException',
        refused,
      );
      await expectCallRefused(api.execute('SELECT 1', { transactionId }), 'DatabaseErrorException', '25P02');
      await api.rollback(transactionId);
      await expectCallRefused(api.batch(sql, [parameters]), 'DatabaseErrorException', refused);
    },
  );

  it('goes on after a statement whose parameters are refused', async () => {
    const transactionId = await api.begin();
    await expectCallRefused(
      api.execute('SELECT $1, :a', { transactionId }),
      'ValidationException',
      'Cannot find parameter: a',
    );
    expect(await api.row('SELECT 1', { transactionId })).toEqual([{ longValue: 1 }]);
    await api.rollback(transactionId);
  });

  it('still knows a transaction that SQL itself has committed', async () => {
    const transactionId = await api.begin();
    await api.execute(insert('a'), { transactionId });
    await api.execute('COMMIT', { transactionId });
    expect(await names()).toEqual(['a']);
    expect(await api.row('SELECT 1', { transactionId })).toEqual([{ longValue: 1 }]);
    expect((await api.commit(transactionId)).transactionStatus).toBe('Transaction Committed');
    await expectCallRefused(api.commit(transactionId), 'TransactionNotFoundException', 'is not found', 404);
  });

  it('rolls back on request after a failed statement, and to a savepoint from before it', async () => {
    const transactionId = await api.begin();
    await api.execute(insert('a'), { transactionId });
    await api.execute('SAVEPOINT s', { transactionId });
    await expectCallRefused(api.execute('SELECT 1/0', { transactionId }), 'DatabaseErrorException', '22012');
    await api.execute('ROLLBACK TO SAVEPOINT s', { transactionId });
    await expectCallRefused(api.execute('SELECT 1/0', { transactionId }), 'DatabaseErrorException', '22012');
    expect((await api.rollback(transactionId)).transactionStatus).toBe('Rollback Complete');
    expect(await names()).toEqual([]);
  });

  it('goes on after a result that is too large', async () => {
    const transactionId = await api.begin();
    await api.execute(insert('a'), { transactionId });
    // Still at work when the limit is exceeded, so that it could be cancelled.
    const sql = `SELECT repeat('x', 1000), CASE n WHEN 2000 THEN pg_sleep(1) END FROM generate_series(1, 2000) AS n`;
    const large = api.execute(sql, { transactionId });
    await expectCallRefused(large, 'UnsupportedResultException', 'size limit');
    expect(await api.row('SELECT 1', { transactionId })).toEqual([{ longValue: 1 }]);
    await api.commit(transactionId);
    expect(await names()).toEqual(['a']);
  });
});

describe('the database of a transaction', () => {
  it('is that of its begin, whether or not a later call names it', async () => {
    const transactionId = await api.begin();
    expect(await api.row('SELECT 1', { transactionId })).toEqual([{ longValue: 1 }]);
    expect(await api.row('SELECT 1', { transactionId, database: undefined })).toEqual([{ longValue: 1 }]);
    await expectCallRefused(
      api.execute('SELECT 1', { transactionId, database: 'postgres' }),
      'BadRequestException',
      'Database name is not the same as transaction',
    );
    await api.commit(transactionId);
  });

  it('is the one named like the user where the begin names none', async () => {
    const begin = new BeginTransactionCommand({ ...stack.target, database: undefined });
    const { transactionId = '' } = await stack.rdsData.send(begin);
    await expectCallRefused(
      api.execute('SELECT 1', { transactionId }),
      'BadRequestException',
      'Database name is not the same as transaction',
    );
  });
});

describe('the end of the endpoint', () => {
  const waiting = () => activity("wait_event_type = 'Lock'");
  const startEnding = () => startTestStack({ sharedDatabaseUrl: stack.databaseUrl, tables: false });

  it.each<[string, (own: typeof api) => Promise<unknown>]>([
    ['of a call', (own) => own.execute(insert('late'))],
    ['of a transaction', async (own) => own.execute(insert('late'), { transactionId: await own.begin() })],
    [
      'after a COMMIT of its transaction',
      async (own) => {
        const transactionId = await own.begin();
        await own.execute('COMMIT', { transactionId });
        await own.execute(insert('late'), { transactionId });
      },
    ],
  ])('ends a statement that waits for a lock: one %s', async (_, send) => {
    const ending = await startEnding();
    await stack.inTransaction('LOCK TABLE workspaces', async () => {
      const sent = send(dataApiOf(ending)).catch(() => 'no answer');
      await eventually('the statement that waits', waiting).toHaveLength(1);
      const closed = ending.close();
      await eventually('the end of the statement', waiting).toEqual([]);
      await closed;
      expect(await sent).toBe('no answer');
    });
    expect(await names()).toEqual([]);
  });

  it('does not wait for a statement that it cannot end, since its user may not log in any more', async () => {
    const ending = await startEnding();
    const username = `reader_${randomBytes(4).toString('hex')}`;
    await stack.sql(`CREATE ROLE ${username} LOGIN PASSWORD 'one'`);
    const secretArn = ending.aws.secrets.put('reader', JSON.stringify({ username, password: 'one' }));
    await stack.inTransaction('SELECT pg_advisory_xact_lock(4711)', async () => {
      const sent = dataApiOf(ending).execute('SELECT pg_advisory_xact_lock(4711)', { secretArn });
      const answered = sent.catch(() => 'no answer');
      await eventually('the statement that waits', waiting).toHaveLength(1);
      await stack.sql(`ALTER ROLE ${username} NOLOGIN`);
      let isClosed = false;
      const closed = ending.close().then(() => {
        isClosed = true;
      });
      await eventually('the end of the endpoint', () => isClosed).toBe(true);
      await closed;
      expect(await answered).toBe('no answer');
    });
    await stack.sql(`DROP ROLE ${username}`);
  });
});

describe('BatchExecuteStatement', () => {
  const sets = (...values: string[]) =>
    values.map((stringValue) => [{ name: 'name', value: { stringValue } }]);
  const sql = 'INSERT INTO workspaces (name) VALUES (:name)';

  it('runs a batch for each set and generates no fields', async () => {
    expect((await api.batch(sql, sets('a', 'b'))).updateResults).toEqual([
      { generatedFields: [] },
      { generatedFields: [] },
    ]);
    expect(await names()).toEqual(['a', 'b']);
  });

  it('runs a batch for no set at all', async () => {
    expect((await api.batch(sql, [])).updateResults).toEqual([]);
  });

  it('changes nothing when one set of a batch fails', async () => {
    await stack.sql("ALTER TABLE workspaces ADD CONSTRAINT not_bad CHECK (name <> 'bad')");
    await expectCallRefused(api.batch(sql, sets('a', 'bad', 'c')), 'DatabaseErrorException', '23514');
    expect(await names()).toEqual([]);
  });

  it.each([
    ['a transaction that is not there', { transactionId: 'none' }, 'TransactionNotFoundException', 404],
    ['another cluster', { resourceArn: 'arn:aws:rds:other' }, 'HttpEndpointNotEnabledException', 400],
  ])('refuses %s for a batch of no set as well', async (_, extras, name, status) => {
    await expectCallRefused(api.batch(sql, [], extras), name, /./, status);
  });

  it('lets no other call between the sets of a batch', async () => {
    const transactionId = await api.begin();
    const many = sets(...Array.from({ length: 500 }, (_, index) => `${index}`));
    const batch = api.batch(sql, many, { transactionId });
    const others: unknown[] = [];
    let isDone = false;
    batch.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      others.push(await api.execute('SELECT 1', { transactionId }).catch(({ message }) => message));
    }
    expect((await batch).updateResults).toHaveLength(500);
    expect(others).toContain('Transaction is still running a query');
    await api.rollback(transactionId);
  });

  it('runs a batch as part of a transaction', async () => {
    const transactionId = await api.begin();
    await api.batch(sql, sets('a', 'b'), { transactionId });
    expect(await names()).toEqual([]);
    await api.commit(transactionId);
    expect(await names()).toEqual(['a', 'b']);
  });
});

describe('a paused cluster', () => {
  it('refuses calls to a paused cluster until it has resumed, which the first call makes it do', async () => {
    stack.aws.pause(150);
    await expectCallRefused(
      api.execute('SELECT 1'),
      'DatabaseResumingException',
      'is resuming after being auto-paused',
    );
    await expectCallRefused(api.begin(), 'DatabaseResumingException', 'try again');
    const answer = () => api.execute('SELECT 1').catch(({ name }) => name);
    await eventually('the resumed cluster', answer).toMatchObject({ records: [[{ longValue: 1 }]] });
  });
});
