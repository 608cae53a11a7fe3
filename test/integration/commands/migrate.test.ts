// npm run migrate, as a person and a script use it.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { localDirectoryOf, migrate as runMigrate } from '../../helpers/command-line.ts';
import { BASELINE, RENAMED } from '../../helpers/engine.ts';
import { countKeys, dumpTables, loadFleet } from '../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

let stack: TestStack;
let directory: string;

beforeAll(async () => {
  stack = await startTestStack();
  directory = localDirectoryOf(stack);
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await stack.close();
});

const migrate = (args: string[], localDirectory = directory) => runMigrate(args, localDirectory);

describe('migrate', () => {
  beforeEach(async () => {
    await migrate(['down', '--to', BASELINE]);
    await loadFleet(stack, 40);
  });

  it('counts in a plan what a run would do, and changes nothing', async () => {
    await migrate(['up', '--to', BASELINE]);
    const before = await dumpTables(stack);

    const { code, out } = await migrate(['plan', '--json']);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      pending: expect.arrayContaining([
        { version: RENAMED, name: 'workspace_secrets_model_provider_rename' },
      ]),
      renamed: 36,
      superseded: 4,
      left: 4,
      refused: [],
    });
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('shows in a plan every reason for which a deploy would be refused, and exits with 4', async () => {
    await migrate(['up', '--to', BASELINE]);
    await stack.sql(`
      ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
      ALTER TABLE workspace_secrets ADD CONSTRAINT no_model CHECK (key <> 'MODEL') NOT VALID`);
    const before = await dumpTables(stack);

    const { code, out } = await migrate(['plan', '--json']);
    const { out: text } = await migrate(['plan']);

    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      renamed: 36,
      refused: expect.arrayContaining([
        expect.stringContaining('Row-level security on public.workspaces'),
        expect.stringContaining('check constraint no_model'),
      ]),
    });
    expect(text).toMatch(/^refused +Row-level security/m);
    expect(await dumpTables(stack)).toEqual(before);
    await stack.sql(
      'ALTER TABLE workspaces DISABLE ROW LEVEL SECURITY; ALTER TABLE workspace_secrets DROP CONSTRAINT no_model',
    );
  });

  it('renames on up, reports it in status, and gives everything back on down', async () => {
    const before = await dumpTables(stack);

    const up = await migrate(['up']);
    expect(up).toMatchObject({ code: 0, out: expect.stringContaining('36 rows renamed, 4 superseded') });
    expect(up.out).toContain(`${RENAMED} applying step`);
    expect(up.out).not.toContain('page 0 of 0');

    const { out } = await migrate(['status', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      versions: expect.arrayContaining([
        expect.objectContaining({ version: BASELINE, state: 'applied' }),
        expect.objectContaining({
          version: RENAMED,
          state: 'applied',
          rows: { renamed: 36, superseded: 4 },
        }),
      ]),
    });

    const down = await migrate(['down', '--to', BASELINE]);
    expect(down).toMatchObject({ code: 0, out: expect.stringContaining(`is at version ${BASELINE}`) });
    expect(down.out).not.toContain('rows renamed');
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('prints the status as a table without colours where no terminal shows it', async () => {
    const { out } = await migrate(['status']);

    expect(out).toMatch(/version +name +state +when \(UTC\) +rows$/m);
    expect(out).toMatch(new RegExp(`^${RENAMED} +workspace_secrets_model_provider_rename +pending$`, 'm'));
    expect(out).not.toContain('\u001b');
  });

  it('prints once what it waits for', async () => {
    let refused = 0;
    stack.endpoint.onCall = () =>
      ++refused > 2 ? undefined : { kind: 'error', name: 'DatabaseResumingException', status: 400 };

    const { code, err } = await migrate(['up']);

    stack.endpoint.onCall = undefined;
    expect(code).toBe(0);
    expect(err.match(/trying again for up to 3 minutes/g)).toHaveLength(1);
  });

  it('finds nothing to do in a second up', async () => {
    await migrate(['up']);
    const renamed = await dumpTables(stack);

    expect(await migrate(['up', '--json'])).toMatchObject({ code: 0 });
    expect(await dumpTables(stack)).toEqual(renamed);
    expect(await countKeys(stack)).toEqual({ OTHER: 40, MODEL: 40 });
  });
});

describe('wrong words', () => {
  it.each([
    [[], /Name one command/],
    [['upp'], /Name one command/],
    [['up', '--too', '1'], /--too/],
    [['down'], /needs --to/],
    [['up', '--to', 'latest'], /14 digits/],
    [['status', '--cluster-arn', 'x'], /all of --cluster-arn/],
    [['status', '--cluster-arn', 'x', '--secret-arn', 'y', '--database', 'z'], /must look like/],
  ])('exits with 2 at the arguments %j, saying what to write', async (args, message) => {
    const { code, err } = await migrate(args);

    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('exits with 4 at an unknown version', async () => {
    expect(await migrate(['up', '--to', '99990101000000'])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/not known/),
    });
  });

  it('says to start a local stack where there is none', async () => {
    expect(await migrate(['status'], '/nowhere')).toMatchObject({
      code: 2,
      err: expect.stringContaining('npm start'),
    });
  });
});
