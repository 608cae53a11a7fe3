// What the migrations leave in a database is what docs/roll-back.md tells the remover of.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDocuments } from '../../../commands/docs/documents.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

/** Tables and views, functions and check constraints. */
const OBJECTS = `
  SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
  UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION SELECT conname FROM pg_constraint WHERE conrelid = 'workspace_secrets'::regclass AND contype = 'c'`;

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
  const { text = '' } = readDocuments().find(({ path }) => path === 'docs/roll-back.md') ?? {};
  const before = await objectsOf(platform);
  const ours = (await objectsOf(migrated)).filter((name) => !before.includes(name));

  expect(ours).toContain('workspace_model_history');
  expect(ours.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});
