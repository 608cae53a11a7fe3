// The database user of the request functions as a deploy sets it up, on databases that are not open to everybody.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { missingGrants } from '../../../../functions/database/api-user-sql.ts';
import { FIND_MODEL } from '../../../../functions/database/workspace-model.ts';
import { run } from '../../../../functions/migration/run.ts';
import { expectFailure, expectSuccess } from '../../../helpers/claims.ts';
import { error } from '../../../helpers/disturbances.ts';
import { BASELINE, down, NEWEST, runOptions, up } from '../../../helpers/engine.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { countKeys, dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const LEGACY = { MODEL_PROVIDER: 30, OTHER: 30, MODEL: 3 };
const MODERN = { OTHER: 30, MODEL: 30 };
const PASSWORD = 'of-this-test';

let stack: TestStack;
/** Users belong to the whole server, which other tests share. */
let owner: string;
let apiUser: string;
let apiUserSecretArn: string;

beforeEach(async () => {
  stack = await startTestStack();
  const suffix = randomBytes(4).toString('hex');
  owner = `owner_${suffix}`;
  apiUser = `api_${suffix}`;
  apiUserSecretArn = stack.aws.secrets.put(
    'api-user',
    JSON.stringify({ username: apiUser, password: PASSWORD }),
  );
  await loadFleet(stack, 30);
});

afterEach(async () => {
  await stack.sql(`REASSIGN OWNED BY ${owner} TO CURRENT_USER`).catch(() => {});
  for (const user of [apiUser, owner]) {
    await stack.sql(`DROP OWNED BY ${user}`).catch(() => {});
    await stack.sql(`DROP ROLE IF EXISTS ${user}`);
  }
  await stack.close();
});

/** The tables are of a user without a right beyond them; migrate works as that user. */
const ownedByOther = async (attributes: string) => {
  await stack.sql(`CREATE ROLE ${owner} LOGIN ${attributes} PASSWORD '${PASSWORD}'`);
  await stack.sql(`GRANT CREATE, USAGE ON SCHEMA public TO ${owner}`);
  await stack.sql(`GRANT CONNECT ON DATABASE "${stack.databaseName}" TO ${owner}`);
  await stack.sql(`ALTER TABLE workspaces OWNER TO ${owner}`);
  await stack.sql(`ALTER TABLE workspace_secrets OWNER TO ${owner}`);
  stack.aws.secrets.put('workspace-model/database', JSON.stringify({ username: owner, password: PASSWORD }));
};

const closeToPublic = async () => {
  await stack.sql(`REVOKE ALL ON DATABASE "${stack.databaseName}" FROM PUBLIC`);
  await stack.sql('REVOKE ALL ON SCHEMA public FROM PUBLIC');
};

const deploy = (RequestType: 'Create' | 'Update' = 'Create', TargetVersion = NEWEST) =>
  stack.invoke('migrate', {
    RequestType,
    RequestId: randomUUID(),
    ResourceProperties: { TargetVersion, ApiUserSecretArn: apiUserSecretArn },
  });

const expectCreated = async () => {
  expectSuccess(await deploy());
  expect(await countKeys(stack)).toEqual(MODERN);
  const answer = await stack.rdsData.send(
    new ExecuteStatementCommand({
      ...stack.target,
      secretArn: apiUserSecretArn,
      sql: FIND_MODEL,
      parameters: [{ name: 'workspace_id', value: { stringValue: randomUUID() }, typeHint: 'UUID' }],
    }),
  );
  expect(answer.records).toMatchObject([[{}, { booleanValue: false }, {}, {}, {}]]);
};

/** Nothing is left changed; returns the message. */
const expectRefused = async (): Promise<string> => {
  const before = await dumpTables(stack);
  const message = expectFailure(await deploy(), 'DatabaseSetupError');
  expect(await dumpTables(stack)).toEqual(before);
  expect(await countKeys(stack)).toEqual(LEGACY);
  return message;
};

/** What the message says to run, run by somebody who may. */
const followAdvice = async (message: string): Promise<void> => {
  const [, statements = ''] = message.split('then deploy again: ');
  expect(statements).toMatch(/;$/);
  await stack.sql(statements);
};

describe("the API's database user", () => {
  it('makes an API user that works in a database which is closed to the public', async () => {
    await closeToPublic();
    await expectCreated();
  });

  it('makes the API user as an owner who may make users and nothing else', async () => {
    await ownedByOther('CREATEROLE');
    await expectCreated();
    await expectCreated();
  });

  it('refuses before a row is touched where the owner may make no users, saying what to run', async () => {
    await ownedByOther('');

    const message = await expectRefused();

    expect(message).toContain(`ALTER ROLE ${owner} CREATEROLE;`);
    expect(await stack.sql(`SELECT to_regclass('workspace_model_migrations') AS ledger`)).toEqual([
      { ledger: null },
    ]);
    await followAdvice(message);
    await expectCreated();
  });

  it('refuses before a row is touched where somebody else made the API user, saying what to run', async () => {
    await ownedByOther('CREATEROLE');
    await stack.sql(`CREATE ROLE ${apiUser} LOGIN`);

    const message = await expectRefused();

    expect(message).toContain(`GRANT ${apiUser} TO ${owner} WITH ADMIN OPTION;`);
    await followAdvice(message);
    await expectCreated();
  });

  it.each([
    ['rights on the secrets', 'LOGIN', () => `GRANT SELECT (key) ON workspace_secrets TO ${apiUser}`],
    ['rights on another table', 'LOGIN', () => `CREATE TABLE own (); GRANT SELECT ON own TO ${apiUser}`],
    ['a group', 'LOGIN', () => `CREATE ROLE ${owner}; GRANT ${owner} TO ${apiUser}`],
    ['a table', 'LOGIN NOINHERIT', () => `CREATE TABLE own (); ALTER TABLE own OWNER TO ${apiUser}`],
  ])(
    'takes no user of the platform for its own, which has %s, also where the rows were renamed by hand',
    async (_, attributes, having) => {
      await stack.sql(`CREATE ROLE ${apiUser} ${attributes}`);
      await stack.sql(having());

      expect(await expectRefused()).toContain(`The database has a user ${apiUser} already`);
      await up(stack);
      expect(expectFailure(await deploy('Update'), 'DatabaseSetupError')).toContain(
        `The database has a user ${apiUser} already`,
      );
    },
  );

  it('takes no user for its own that has rights on the secrets, of whichever kind, where it has never been', async () => {
    await stack.sql(`CREATE ROLE ${apiUser} LOGIN NOINHERIT`);
    await stack.sql(`GRANT SELECT (key) ON workspace_secrets TO ${apiUser}`);

    expect(await expectRefused()).toContain(`The database has a user ${apiUser} already`);
  });

  it('takes no user of the platform for its own, which has a table in another database of the cluster', async () => {
    await stack.sql(`CREATE ROLE ${apiUser} LOGIN`);
    const elsewhere = await startTestStack();
    await elsewhere.sql(`CREATE TABLE own (); ALTER TABLE own OWNER TO ${apiUser}`);

    expect(await expectRefused()).toContain(`The database has a user ${apiUser} already`);

    await elsewhere.sql('DROP TABLE own');
    await elsewhere.close();
    await expectCreated();
  });

  it('takes the user of release 1.0 for its own, which had rights on the table', async () => {
    await up(stack);
    await stack.sql(`CREATE ROLE ${apiUser} LOGIN NOINHERIT`);
    await stack.sql(`GRANT SELECT (id) ON workspaces TO ${apiUser};
      GRANT SELECT (workspace_id, key, encrypted_value), UPDATE (encrypted_value), DELETE ON workspace_secrets TO ${apiUser}`);

    expectSuccess(await deploy('Update'));
  });

  it('refuses an update before a row is given back where the owner may not alter the API user any more, saying what to run', async () => {
    await ownedByOther('CREATEROLE');
    await expectCreated();
    await stack.sql(`REVOKE ADMIN OPTION FOR ${apiUser} FROM ${owner}`);
    const before = await dumpTables(stack);

    const message = expectFailure(await deploy('Update', BASELINE), 'DatabaseSetupError');

    expect(message).toContain(`GRANT ${apiUser} TO ${owner} WITH ADMIN OPTION;`);
    expect(await dumpTables(stack)).toEqual(before);
    await followAdvice(message);
    expectSuccess(await deploy('Update', BASELINE));
  });

  it('refuses a hardened cluster whose owner may set no passwords, saying what to run', async () => {
    await ownedByOther('CREATEROLE');
    await stack.sql('CREATE ROLE rds_password');
    await stack.sql(`ALTER DATABASE "${stack.databaseName}" SET "rds.restrict_password_commands" = 'on'`);
    try {
      const message = await expectRefused();

      expect(message).toContain(`GRANT rds_password TO ${owner};`);
      await followAdvice(message);
      await expectCreated();
    } finally {
      await stack.sql('DROP ROLE rds_password');
    }
  });

  it('refuses where the owner cannot let the API user in, saying what to run', async () => {
    await closeToPublic();
    await ownedByOther('CREATEROLE');

    const message = await expectRefused();

    expect(message).toContain(`GRANT CONNECT ON DATABASE ${stack.databaseName} TO ${apiUser};`);
    expect(message).toContain(`GRANT USAGE ON SCHEMA public TO ${apiUser};`);
    await followAdvice(message);
    await expectCreated();
  });

  it.each([['cannot log in', 'NOLOGIN', '28000']])(
    'refuses an API user that %s',
    async (_, setting, sqlState) => {
      await stack.sql(`CREATE ROLE ${apiUser} LOGIN`);
      await stack.sql(`ALTER ROLE ${apiUser} ${setting}`);

      const message = await expectRefused();

      expect(message).toMatch(`cannot read a pick (${sqlState})`);
    },
  );

  it('lets the API user find the tables on the path of their owner, whatever its own is', async () => {
    await stack.sql(`CREATE ROLE ${apiUser} LOGIN`);
    await stack.sql(`ALTER ROLE ${apiUser} SET search_path = elsewhere`);

    await expectCreated();
  });

  it('lets the API user find them also in sessions that are kept from before', async () => {
    await stack.sql(`CREATE ROLE ${apiUser} LOGIN PASSWORD '${PASSWORD}'`);
    await stack.sql(`ALTER ROLE ${apiUser} SET search_path = elsewhere`);
    await stack.rdsData.send(
      new ExecuteStatementCommand({ ...stack.target, secretArn: apiUserSecretArn, sql: 'SELECT 1' }),
    );

    await expectCreated();
  });
});

it('gives the API user its rights again by a run alone, after an undo by hand', async () => {
  expectSuccess(await deploy());
  await down(stack);
  await run(runOptions(stack), NEWEST);
  expect(await missingGrants(stack.executeAsOwner, apiUser)).toEqual([]);
});

it('waits for a database that does not serve the API user at first', async () => {
  const ATTEMPTS_OF_A_REQUEST = 4;
  let refused = 0;
  stack.aws.onCall = ({ sql }) =>
    sql === FIND_MODEL && ++refused <= ATTEMPTS_OF_A_REQUEST + 1
      ? error('ThrottlingException', 429)
      : undefined;
  await expectCreated();
  expect(refused).toBeGreaterThan(ATTEMPTS_OF_A_REQUEST);
});

it("keeps the password's verifier out of PostgreSQL's log, also where the user is locked", async () => {
  expectSuccess(await deploy());
  const waits = () =>
    readFileSync(inject('postgresLog'), 'utf8').split('canceling statement due to lock timeout').length;
  const before = waits();

  let deploying: ReturnType<typeof deploy> | undefined;
  await stack.inTransaction(`ALTER ROLE ${apiUser} CONNECTION LIMIT 50`, async () => {
    deploying = deploy();
    await eventually('the deploy to meet the lock', waits).toBeGreaterThan(before);
  });

  expectSuccess((await deploying) ?? expect.fail('nothing was deployed'));
  const lines = readFileSync(inject('postgresLog'), 'utf8').split(/\n(?=\d{4}-)/);
  expect(lines.filter((line) => line.includes(apiUser) && line.includes('SCRAM-SHA-256'))).toEqual([]);
});
