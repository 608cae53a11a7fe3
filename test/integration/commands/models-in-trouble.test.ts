// npm run models where the stack is gone, where nobody reads on, and where the rename was undone.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../local/support/listen.ts';
import { expectAnswer, picked } from '../../helpers/claims.ts';
import {
  forCommands,
  localDirectoryOf,
  resultOf,
  models as runModels,
  spawnCommand,
} from '../../helpers/command-line.ts';
import { deployedAs } from '../../helpers/deployed-stack.ts';
import { down, up } from '../../helpers/engine.ts';
import { startService } from '../../helpers/service.ts';

const { stack: service, directory } = await forCommands(startService());

beforeEach(() => service.sql('TRUNCATE workspaces CASCADE'));

const models = (...args: string[]) => runModels(args, directory);

describe('an API out of reach', () => {
  it('is named with what to look at, on the local stack and on a deployed one', async () => {
    const api = `http://127.0.0.1:${await freePort()}`;
    const gone = { ...service, api };
    const goneDirectory = localDirectoryOf(gone);
    expect(await runModels(['list'], goneDirectory)).toEqual({
      code: 1,
      out: '',
      err: `The API at ${api} is out of reach (ECONNREFUSED). Is "npm start" running?\n`,
    });
    rmSync(goneDirectory, { recursive: true });

    const environment = await deployedAs('models', gone);
    expect(await runModels(['list', '--stack', 'models'], directory, environment)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^The API at \S+ is out of reach \(ECONNREFUSED\)\. Check the network/),
    });
  });
});

describe('where nobody reads on', () => {
  const unread = (...args: string[]) => {
    const child = spawnCommand('models', args, directory);
    child.stdout.destroy();
    return resultOf(child);
  };

  it('a command that reads ends quietly', async () => {
    await service.addPick('opus');
    expect(await unread('list', '--csv')).toMatchObject({ code: 0, err: '' });
    expect(await unread('--help')).toMatchObject({ code: 0, err: '' });
  });

  it('a command that writes goes on to its end, and ends by its own result', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => service.addPick('opus')));
    expect(await unread('replace', '--from', 'opus', '--to', 'haiku', '--yes')).toMatchObject({
      code: 0,
      err: '',
    });
    for (const id of ids) {
      expectAnswer(await service.get(id), 200, picked('haiku'));
    }
    expect(await unread('replace', '--from', 'haiku', '--to', 'minimax', '--yes')).toMatchObject({
      code: 1,
      err: '',
    });
  });
});

describe('after an undo', () => {
  beforeAll(() => down(service));
  afterAll(() => up(service));

  it('the audit names the rows of before, and what to run', async () => {
    const id = await service.addPick('opus', { key: 'MODEL_PROVIDER' });
    const audited = await models('audit');
    expect(audited).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^LEGACY_KEY[\s\S]+1 finding:/),
      err: expect.stringMatching(/npm run migrate -- status; .+ npm run migrate -- up\n$/),
    });
    expect(audited.out).toContain(id);
  });

  it('the audit does not say that every pick can work', async () => {
    expect(await models('audit')).toMatchObject({ code: 1, out: '' });
  });
});
