// The report's look through the renamed rows: every one of them, within the Data API's limit of 1 MiB a result.
import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countSuspects } from '../../../../functions/migration/rename/suspects.ts';
import { executeOn, up } from '../../../helpers/engine.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const ROWS = 20_000;

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

it('looks through rows as long as the longest model id in parts that fit a result', async () => {
  await stack.sql(
    `INSERT INTO workspaces (id, name)
     SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'w' || n FROM generate_series(1, $1) AS n`,
    [ROWS],
  );
  await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
    SELECT id, 'MODEL_PROVIDER', convert_to(repeat('x', 284), 'UTF8'), 0 FROM workspaces`);
  await up(stack);

  const suspects = await countSuspects({
    execute: executeOn(stack),
    key: createSecretKey(Buffer.alloc(32)),
    allowed: new Set(),
    until: Number.POSITIVE_INFINITY,
  });

  expect(suspects?.count).toBe(ROWS);
});
