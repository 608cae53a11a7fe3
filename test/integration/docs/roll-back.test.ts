// What the migrations leave in a database is what docs/roll-back.md tells the remover of.
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { readDocuments } from '../../../commands/docs/documents.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';
import { type Platform, startPlatforms } from '../../helpers/platform.ts';

/** Tables and views, functions and check constraints. */
const OBJECTS = `
  SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
  UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION SELECT conname FROM pg_constraint WHERE conrelid = 'workspace_secrets'::regclass AND contype = 'c'`;

const { text = '' } = readDocuments().find(({ path }) => path === 'docs/roll-back.md') ?? {};

let platform: TestStack;
let migrated: TestStack;
beforeAll(async () => {
  platform = await startTestStack();
  migrated = await startTestStack({ migrated: true });
});
afterAll(() => Promise.all([platform.close(), migrated.close()]));

const objectsOf = async (stack: TestStack): Promise<string[]> =>
  (await stack.sql<{ name: string }>(OBJECTS)).map(({ name }) => name);

it('names every object that stays in the database after a removal', async () => {
  const before = await objectsOf(platform);
  const ours = (await objectsOf(migrated)).filter((name) => !before.includes(name));

  expect(ours).toContain('workspace_model_history');
  expect(ours.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});

it.each([
  ['complete', () => {}],
  ['rolled back', ({ undo }: Platform) => undo()],
])(
  "removes by its statements the API's user of a stack that is %s, as the owner of the tables",
  async (_, goBack) => {
    const platforms = await startPlatforms();
    onTestFinished(platforms.close);
    // With every kind of right that a deploy gives.
    const stack = await platforms.open('ALTER TABLE workspace_secrets ADD COLUMN number serial');
    const { databaseName } = platforms.service;
    const closed = [`DATABASE "${databaseName}"`, 'SCHEMA public', 'LANGUAGE plpgsql'];
    await stack.asSuperuser(
      closed
        .map((what) => `REVOKE ALL ON ${what} FROM PUBLIC; GRANT ALL ON ${what} TO OWNER WITH GRANT OPTION`)
        .join('; '),
    );
    await stack.deploy();
    await goBack(stack);

    const [statements = ''] = /GRANT workspace_model_api [^`]+/.exec(text) ?? [];
    await stack.asOwner(statements.replaceAll('workspace_model_api', stack.apiUser));

    const left = 'SELECT rolname FROM pg_roles WHERE rolname = $1';
    expect(await platforms.service.sql(left, [stack.apiUser])).toEqual([]);
  },
);
