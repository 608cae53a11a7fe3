// The database user of the request functions, made by a deploy on a test stack.
import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Execute } from '../../functions/database/client.ts';
import { databaseUrl } from '../../local/support/database.ts';
import { expectSuccess } from './claims.ts';
import { NEWEST } from './engine.ts';
import type { TestStack } from './local-stack.ts';

const PASSWORD = 'of-this-test';

export interface ApiUser {
  name: string;
  secretArn: string;
  /** The service's own statements as that user. */
  execute: Execute;
  /** Any statement as that user; the rows, or the SQLSTATE of the refusal. */
  attempt: (statement: string) => Promise<unknown[] | string>;
  /** Users belong to the whole server, which other tests share. */
  drop: () => Promise<void>;
}

export const deployApiUser = async (stack: TestStack): Promise<ApiUser> => {
  const name = `api_${randomBytes(4).toString('hex')}`;
  const secretArn = stack.aws.secrets.put('api-user', JSON.stringify({ username: name, password: PASSWORD }));
  expectSuccess(
    await stack.invoke('migrate', {
      RequestType: 'Create',
      RequestId: randomUUID(),
      ResourceProperties: { TargetVersion: NEWEST, ApiUserSecretArn: secretArn },
    }),
  );
  const client = new Client(
    databaseUrl(stack.databaseUrl, stack.databaseName, { username: name, password: PASSWORD }),
  );
  await client.connect();
  return {
    name,
    secretArn,
    execute: stack.executeAs(secretArn),
    attempt: async (statement) => {
      try {
        return (await client.query(statement)).rows;
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    },
    drop: async () => {
      await client.end();
      await stack.sql(`DROP OWNED BY ${name}`);
      await stack.sql(`DROP ROLE ${name}`);
    },
  };
};
