// The list of what the service has made, beside what its migrations really make.
import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { GIVE_TO_OWNER } from '../../../../functions/database/own-objects.ts';
import { startTestStack } from '../../../helpers/local-stack.ts';

const MADE = `
  SELECT format('TABLE %I', relname) AS object, relowner AS owner FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname NOT IN ('workspaces', 'workspace_secrets', 'schema_migrations')
  UNION ALL
  SELECT format('FUNCTION %s', CAST(oid AS regprocedure)), proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace`;

it('gives every table, view and function that a migration makes to the owner of workspace_secrets', async () => {
  const stack = await startTestStack({ migrated: true });
  onTestFinished(() => stack.close());
  const other = `other_${randomBytes(8).toString('hex')}`;
  await stack.sql(`CREATE ROLE ${other}`);
  const made = await stack.sql<{ object: string }>(MADE);
  expect(made.map(({ object }) => object)).toContain('TABLE workspace_model_history');
  for (const { object } of made) {
    await stack.sql(`ALTER ${object} OWNER TO ${other}`);
  }
  await stack.sql(`DO $give$ ${GIVE_TO_OWNER} $give$`);
  expect(
    await stack.sql(`SELECT object FROM (${MADE}) AS made WHERE owner = to_regrole($1)`, [other]),
  ).toEqual([]);
  await stack.sql(`DROP ROLE ${other}`);
});
