// The list of what the service has made, beside what its migrations really make.
import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { SECURE_OBJECTS } from '../../../../functions/database/own-objects.ts';
import { run } from '../../../../functions/migration/run.ts';
import { BASELINE, NEWEST, runOptions } from '../../../helpers/engine.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const MADE = `
  SELECT format('TABLE %I', relname) AS object, relowner AS owner FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname NOT IN ('workspaces', 'workspace_secrets', 'schema_migrations')
  UNION ALL
  SELECT format('FUNCTION %s', CAST(oid AS regprocedure)), proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace`;

const ENDS: [string, string, (stack: TestStack) => Promise<unknown>][] = [
  ['a migration', 'TABLE workspace_model_history', async () => {}],
  [
    'an undo that stops at its walk',
    'FUNCTION workspace_model_rename_give_back(uuid)',
    (stack) => runUntil(stack, BASELINE, 'workspace_model_rename_give_back(workspace uuid)'),
  ],
  [
    'a rename that stops at its walk',
    'FUNCTION workspace_model_rename_set_aside(anyelement)',
    async (stack) => {
      await run(runOptions(stack), BASELINE);
      await runUntil(stack, NEWEST, 'workspace_model_rename_set_aside(gone anyelement)');
    },
  ],
];

/** Stops once this function is made. */
const runUntil = async (stack: TestStack, target: string, made: string): Promise<void> => {
  let isMade = false;
  const options = runOptions(stack, {
    execute: async (statement) => {
      const result = await stack.executeAsOwner(statement);
      isMade ||= statement.sql.includes(`FUNCTION ${made}`);
      return result;
    },
    stopReason: () => (isMade ? { reason: 'Stopped.', advice: '' } : undefined),
  });
  await expect(run(options, target)).rejects.toThrow('Stopped.');
};

it.each(ENDS)(
  'gives every table, view and function that %s makes to the owner of workspace_secrets',
  async (_, one, end) => {
    const stack = await startTestStack({ migrated: true });
    onTestFinished(() => stack.close());
    await end(stack);
    const other = `other_${randomBytes(8).toString('hex')}`;
    await stack.sql(`CREATE ROLE ${other}`);
    const made = await stack.sql<{ object: string }>(MADE);
    expect(made.map(({ object }) => object)).toContain(one);
    for (const { object } of made) {
      await stack.sql(`ALTER ${object} OWNER TO ${other}`);
    }
    await stack.sql(`DO $secure$ BEGIN ${SECURE_OBJECTS} END $secure$`);
    expect(
      await stack.sql(`SELECT object FROM (${MADE}) AS made WHERE owner = to_regrole($1)`, [other]),
    ).toEqual([]);
    await stack.sql(`DROP ROLE ${other}`);
  },
);
