// npm run models, as an operator and a script use it.
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { expectAnswer, nothingPicked, picked } from '../../helpers/claims.ts';
import {
  closeTerminal,
  forCommands,
  pressCtrlC,
  resultOf,
  models as runModels,
  spawnCommand,
  spawnNpm,
  terminate,
} from '../../helpers/command-line.ts';
import { deployedAs } from '../../helpers/deployed-stack.ts';
import { DROP_CONSTRAINT } from '../../helpers/engine.ts';
import { eventually } from '../../helpers/eventually.ts';
import { startService } from '../../helpers/service.ts';

const { stack: service, directory } = await forCommands(startService());

beforeEach(() => service.sql('TRUNCATE workspaces CASCADE'));

const models = (...args: string[]) => runModels(args, directory);
const jsonOf = async (...args: string[]): Promise<unknown> =>
  JSON.parse((await models(...args, '--json')).out);

describe('a usage that cannot be meant', () => {
  it.each([
    [[], /Name one command: list, get/],
    [['mend'], /Name one command: list, get/],
    [['constructor'], /Name one command: list, get/],
    [['get', 'mine'], /^<workspace> takes the id of a workspace/],
    [['list', '--changed-since', 'today'], /^--changed-since takes a time with its zone/],
    [['list', '--problem', 'PLAINTEXT'], /^--problem takes one of PROVIDER_SLUG, .+, UNREADABLE\./],
    [['get'], /Write: npm run models -- get <workspace>/],
    [['list', '--from', 'a'], /"list" takes no --from/],
    [['replace', '--from', 'a'], /--to is missing/],
    [['replace', '--from', ' ', '--to', 'a'], /--from is missing/],
    [['replace', '--from', 'a', '--to', 'a'], /are the same/],
    [['replace', '--from', 'a', '--to', 'b b'], /--to cannot be a model\. A model id consists of/],
    [['check', ' '], /^The model is empty\. Name the one to check/],
    [['restore', '--to', '5'], /takes a time with its zone/],
    [['restore', '--to', '2026-11-25T14:00:00'], /takes a time with its zone/],
    [['restore', '--to', '9999-01-01T01:00:00+01:00'], /9999-01-01T00:00:00\.000Z, which is still to come/],
    [['restore', '--to', '2026-11-25T14:00:00Z', '--workspace', 'mine'], /which is a UUID/],
    [['list', '--json', '--csv'], /one of --json and --csv/],
    [['list', '--stack', 'models'], /No region is set/],
  ])('is refused: %j', async (args, message) => {
    const { code, out, err } = await runModels(args, directory, {
      AWS_REGION: '',
      AWS_CONFIG_FILE: '/dev/null',
    });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});

describe('one workspace', () => {
  it('is set, read, told of and cleared', async () => {
    const id = await service.addWorkspace();
    expect((await models('get', id)).out).toMatch(/^Nothing is picked/);
    expect((await models('set', id, 'opus')).out).toMatch(/^Saved: opus\./);
    expect((await models('get', id)).out).toBe('opus\n');
    expect((await models('clear', id)).out).toMatch(/^Cleared/);
    expect(await jsonOf('history', id)).toMatchObject([
      { action: 'cleared' },
      { action: 'saved', model: 'opus' },
    ]);
  });

  it.each(['', ' '])('keeps its pick where the model to set is %j', async (model) => {
    const id = await service.addPick('opus');
    expect(await models('set', id, model)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(
        /^The model is empty\. To clear the pick: npm run models -- clear <workspace>\./,
      ),
    });
    expectAnswer(await service.get(id), 200, picked('opus'));
  });

  it('is not given a slug, and the refusal is the API’s own', async () => {
    const id = await service.addWorkspace();
    const { code, err } = await models('set', id, 'minimax');
    expect(code).toBe(1);
    expect(err).toMatch(/^This is the name of a model provider/);
    expectAnswer(await service.get(id), 200, nothingPicked);
  });
});

it('checks a model, and does not judge by what the deployment alone allows', async () => {
  expect(await models('check', 'opus')).toMatchObject({ code: 0, out: 'opus would be saved.\n' });
  expect(await models('check', 'minimax')).toMatchObject({
    code: 3,
    out: expect.stringMatching(
      /^minimax would be refused, unless the deployment allows it \(allowedModelIds\)\.\nPROVIDER_SLUG/,
    ),
  });
  expect(await models('check', 'a b')).toMatchObject({
    code: 3,
    out: expect.stringMatching(/^a b would be refused\.\nMALFORMED_MODEL_ID/),
  });
});

describe('the fleet', () => {
  it('is listed with its picks, and filtered', async () => {
    const id = await service.addPick('opus');
    await service.addPick('haiku');
    expect(await jsonOf('list')).toHaveLength(2);
    expect(await jsonOf('list', '--model', 'opus')).toMatchObject([{ workspaceId: id, model: 'opus' }]);
    expect((await models('list', '--csv')).out.split('\n')[0]).toBe(
      'workspace,name,runtime,model,problem,updated',
    );
    expect((await models('list', '--csv')).out).toMatch(/,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n/);
  });

  it('is audited: every kind of pick that cannot work, by code, without a value unless that is asked for', async () => {
    await service.addPick('opus');
    await service.addPick('minimax');
    await service.addPick('claude-code');
    await service.addPick('not an id');
    await service.addPick('haiku', { version: 0 });
    await service.sql(DROP_CONSTRAINT);
    await service.addPick('opus', { key: 'MODEL_PROVIDER' });
    await service.storeBytes(await service.addWorkspace(), Buffer.alloc(40), 1);

    const { code, out } = await models('audit', '--json');
    expect(code).toBe(3);
    const { counts } = z.object({ counts: z.record(z.string(), z.number()) }).parse(JSON.parse(out));
    expect(counts).toEqual({
      PROVIDER_SLUG: 1,
      RUNTIME_NAME: 1,
      MALFORMED_MODEL_ID: 1,
      UNREADABLE: 1,
      PLAINTEXT: 1,
      LEGACY_KEY: 1,
    });
    expect(out).not.toContain('minimax"');
    expect((await models('audit', '--show-values')).out).toContain('stored: not an id');
    expect((await models('audit')).out).toMatch(/6 findings:/);
  });

  it('is audited with the commands that mend the same stack', async () => {
    await service.addPick('minimax', { version: 0 });
    const environment = await deployedAs('models', service);
    const { out } = await runModels(['audit', '--stack', 'models'], directory, environment);
    expect(out).toMatch(/npm run models -- reencrypt --stack models$/m);
    expect(out).toMatch(/set <workspace> <model> --stack models; many: .+ --from A --to B --stack models$/m);
    expect((await models('audit')).out).not.toContain('--stack');
  });

  it('has nothing to be found where every pick can work', async () => {
    await service.addPick('opus');
    expect(await models('audit')).toMatchObject({ code: 0, out: 'Every pick can work.\n' });
  });
});

describe('replace', () => {
  it('shows what it would change, and changes nothing where nobody can be asked', async () => {
    const id = await service.addPick('opus');
    const shown = await models('replace', '--from', 'opus', '--to', 'haiku', '--dry-run');
    expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/opus → haiku\n1 pick would change/) });
    expect(await models('replace', '--from', 'opus', '--to', 'haiku')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Add --yes/),
    });
    expect(await models('replace', '--from', 'opus', '--to', 'haiku', '--json')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/Add --yes/),
    });
    expectAnswer(await service.get(id), 200, picked('opus'));
  });

  it('changes each pick of the one model, refuses what the API refuses, and finds nothing the second time', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => service.addPick('opus')));
    const other = await service.addPick('sonnet');
    const refusing = ['replace', '--from', 'opus', '--to', 'minimax'];
    expect(await models(...refusing, '--dry-run')).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /opus → minimax {2}would be refused: \(unless the deployment allows it \(allowedModelIds\)\) [\s\S]*0 picks would change, 3 would be refused\.\n$/,
      ),
    });
    const refused = await models(...refusing, '--yes', '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ changed: 0, refused: 3 });
    expect(await jsonOf('replace', '--from', 'opus', '--to', 'haiku', '--yes')).toMatchObject({
      changed: 3,
      skipped: 0,
      refused: 0,
    });
    for (const id of ids) {
      expectAnswer(await service.get(id), 200, picked('haiku'));
    }
    expectAnswer(await service.get(other), 200, picked('sonnet'));
    expect(await jsonOf('replace', '--from', 'opus', '--to', 'haiku', '--yes')).toMatchObject({
      wouldChange: 0,
    });
  });

  it('never overwrites a pick that is newer than what it has looked at', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => service.addPick('opus')));
    let puts = 0;
    // Somebody else is faster, once the command has begun to write.
    service.aws.onCall = ({ sql = '' }) => {
      puts += Number(
        sql.includes('INSERT INTO workspace_model_picks') || sql.includes('UPDATE workspace_model_picks'),
      );
      return puts === 1 ? { kind: 'delay', ms: 300 } : undefined;
    };
    onTestFinished(() => {
      service.aws.onCall = undefined;
    });
    const command = resultOf(
      spawnCommand('models', ['replace', '--from', 'opus', '--to', 'haiku', '--yes', '--json'], directory),
    );
    await expect.poll(() => puts, { timeout: 20_000 }).toBeGreaterThan(0);
    const newer = await Promise.all(
      ids.map(async (id) => [id, (await service.put(id, 'sonnet')).status] as const),
    );
    const { changed, skipped } = z
      .object({ changed: z.number(), skipped: z.number() })
      .parse(JSON.parse((await command).out));
    expect(changed + skipped).toBe(20);
    for (const [id, status] of newer) {
      expect(status).toBe(200);
      expectAnswer(await service.get(id), 200, picked('sonnet'));
    }
  });
});

describe('a replace that has begun to write', () => {
  const begin = async (
    meanwhile: (child: ReturnType<typeof spawnNpm>, said: () => string) => Promise<unknown>,
  ) => {
    await Promise.all(Array.from({ length: 30 }, () => service.addPick('opus')));
    const child = spawnNpm('models', ['replace', '--from', 'opus', '--to', 'haiku', '--yes'], directory);
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const ended = resultOf(child);
    await service.inTransaction('LOCK TABLE workspace_model_history IN SHARE MODE', async () => {
      await eventually('a write', async () => {
        const waiting = await service.sql(
          "SELECT FROM pg_locks WHERE relation = 'workspace_model_history'::regclass AND NOT granted",
        );
        return waiting.length;
      }).toBeGreaterThan(1);
      await meanwhile(child, () => said);
    });
    const result = await ended;
    const [saved] = await service.sql<{ picks: number }>(
      "SELECT count(*)::int AS picks FROM workspace_model_history WHERE action = 'saved'",
    );
    expect(result.out).toContain(`${saved?.picks} picks changed`);
    return { ...result, saved: saved?.picks };
  };

  it.each([
    ['Ctrl-C', pressCtrlC],
    ['kill', terminate],
  ])(
    'stops at one %s after the writes that are under way, and counts them, also where npm passes it on',
    async (_, end) => {
      const { code, err, saved } = await begin(async (child, said) => {
        end(child);
        await eventually('the first words', said).toContain('Stopping after what is under way');
      });
      expect(code).toBe(130);
      expect(saved).toBeLessThan(30);
      expect(err).toContain('Stopped as asked');
    },
  );

  it('goes on to its end where the terminal is closed', async () => {
    expect(await begin(async (child) => closeTerminal(child))).toMatchObject({ saved: 30, err: '' });
  });
});

describe('restore', () => {
  it('gives back what was picked at a time, and says what it cannot know', async () => {
    const [kept, unknown] = [await service.addWorkspace(), await service.addPick('opus')];
    await service.put(kept, 'opus');
    const [row] = await service.sql<{ now: Date }>('SELECT clock_timestamp() AS now');
    await service.put(kept, 'haiku');
    await service.put(unknown, 'haiku');
    const time = row?.now.toISOString() ?? '';

    expect(await models('restore', '--to', time, '--dry-run')).toMatchObject({
      out: expect.stringMatching(/does not reach back so far/),
      err: `As it was at ${time}:\n`,
    });
    expect(await jsonOf('restore', '--to', time, '--yes')).toMatchObject({
      changed: 1,
      skipped: 1,
      skippedBecause: { 'its history does not reach back so far': 1 },
    });

    expectAnswer(await service.get(kept), 200, picked('opus'));
    expectAnswer(await service.get(unknown), 200, picked('haiku'));
  });

  it('clears a pick that no key opens where none was picked at the time, and shows it as unreadable', async () => {
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    await service.put(id, '');
    const [row] = await service.sql<{ now: Date }>('SELECT clock_timestamp() AS now');
    await service.storeBytes(id, Buffer.alloc(40), 1);
    const restoring = ['restore', '--to', row?.now.toISOString() ?? ''];

    expect(await models(...restoring, '--dry-run')).toMatchObject({
      out: expect.stringMatching(/\(unreadable\) → \(none\)\n1 pick would change\./),
    });
    expect(await jsonOf(...restoring, '--yes')).toMatchObject({ changed: 1 });
    expectAnswer(await service.get(id), 200, nothingPicked);
  });
});

describe('reencrypt', () => {
  it('encrypts what is plain, shows it first, and has nothing to do afterwards', async () => {
    const id = await service.addPick('opus', { version: 0 });
    expect(await jsonOf('reencrypt', '--dry-run')).toMatchObject({ wouldChange: 1, changed: 0 });
    expect(await jsonOf('reencrypt', '--yes')).toMatchObject({ changed: 1, unreadable: 0 });
    expect((await service.rowsOf(id)).map(({ encryption_version }) => encryption_version)).toEqual([1]);
    expect(await jsonOf('reencrypt', '--yes')).toMatchObject({ wouldChange: 0 });
    expectAnswer(await service.get(id), 200, picked('opus'));
  });
});

describe('a deployed stack', () => {
  it('is found by its outputs, and its API called with a signature', async () => {
    const id = await service.addPick('minimax');
    const environment = await deployedAs('models', service);
    const audited = await runModels(['audit', '--stack', 'models'], directory, environment);
    expect(audited).toMatchObject({
      code: 3,
      out: expect.stringContaining(`PROVIDER_SLUG  test (langgraph)  ${id}`),
    });
    const status = await resultOf(
      spawnCommand('migrate', ['status', '--stack', 'models', '--json'], directory, environment),
    );
    expect(status).toMatchObject({ code: 0, out: expect.stringContaining('20260519000000') });
  });

  it.each(['CREATE_IN_PROGRESS', 'ROLLBACK_COMPLETE'])('has to be created first: %s', async (status) => {
    const environment = await deployedAs('models', service, {}, status);
    const words = `The stack models in us-east-1 is ${status} and has no outputs: a stack has them once it is created.`;
    const listed = await runModels(['list', '--stack', 'models'], directory, environment);
    expect(listed).toMatchObject({ code: 2, err: expect.stringContaining(words) });
    expect(listed.err).not.toMatch(/not a stack of this service|--cluster-arn/);
    const planned = await resultOf(
      spawnCommand('migrate', ['plan', '--stack', 'models'], directory, environment),
    );
    expect(planned).toMatchObject({ code: 2, err: expect.stringContaining(words) });
    expect(planned.err).toMatch(/Until then, name the cluster: --cluster-arn, --secret-arn and --database/);
  });

  it('is refused where it is complete and has no outputs', async () => {
    const environment = await deployedAs('models', service, {});
    const listed = await runModels(['list', '--stack', 'models'], directory, environment);
    expect(listed).toMatchObject({ code: 2, err: expect.stringContaining('is not a stack of this service') });
  });

  it('is refused where it is another service’s, or a cluster is named beside it', async () => {
    const environment = await deployedAs('models', service, { Other: 'thing' });
    expect(await runModels(['list', '--stack', 'models'], directory, environment)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/not a stack of this service: it has no output ApiUrl/),
    });
    const both = ['status', '--stack', 'models', '--database', 'platform'];
    expect(await resultOf(spawnCommand('migrate', both, directory, environment))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Name a stack, a cluster or the next deploy/),
    });
  });
});
