// npm run models where the stack is gone, where nobody reads on, and where the rename was undone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { closeNow, freePort, listen } from '../../../local/support/listen.ts';
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

describe('an answer that does not come whole', () => {
  const answeredBy = async (listener: RequestListener, ...args: string[]) => {
    const gateway = createServer(listener);
    const api = `http://127.0.0.1:${await listen(gateway, 0)}`;
    onTestFinished(() => closeNow(gateway));
    const ownDirectory = localDirectoryOf({ ...service, api });
    onTestFinished(() => rmSync(ownDirectory, { recursive: true }));
    return runModels(args, ownDirectory);
  };
  const cut: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{', () => response.destroy());
  };
  const answer =
    (status: number, body: object): RequestListener =>
    (_, response) => {
      response.writeHead(status).end(JSON.stringify(body));
    };
  const MAY_BE_DONE = /^It may have been done all the same: read the pick again\. What went wrong:\n./;
  const id = '00000000-0000-4000-8000-000000000001';
  const WRITES = [
    ['set', id, 'opus'],
    ['clear', id],
  ] as const;

  it('is one of an API out of reach', async () => {
    expect(await answeredBy(cut, 'list')).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^The API at \S+ is out of reach \(UND_ERR_SOCKET\)\. Is "npm start" running\?\n$/,
      ),
    });
  });

  it.each<[string, RequestListener]>([
    ['is cut', cut],
    ["is the gateway's", answer(504, { message: 'Endpoint request timed out' })],
    ['is that of a busy database', answer(503, { error: 'Busy.', code: 'DATABASE_UNAVAILABLE' })],
  ])('leaves open what became of a write: it %s', async (_, listener) => {
    for (const write of WRITES) {
      const { code, err } = await answeredBy(listener, ...write);
      expect([code, err]).toEqual([1, expect.stringMatching(MAY_BE_DONE)]);
    }
  });

  it('says nothing of the kind where it is a refusal, or where nobody is there', async () => {
    const refusal = answer(500, { error: 'Refused.', code: 'DATABASE_REFUSED' });
    for (const write of WRITES) {
      expect(await answeredBy(refusal, ...write)).toMatchObject({ code: 1, err: 'Refused.\n' });
      const goneDirectory = localDirectoryOf({ ...service, api: `http://127.0.0.1:${await freePort()}` });
      onTestFinished(() => rmSync(goneDirectory, { recursive: true }));
      expect(await runModels([...write], goneDirectory)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^The API at \S+ is out of reach \(ECONNREFUSED\)/),
      });
    }
  });
});

describe('a stack that cannot be read', () => {
  it('is told in one line, with the endpoint that was meant for the local stack', async () => {
    const environment = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: service.aws.url,
    };
    const { code, err } = await runModels(['list', '--stack', 'models'], directory, environment);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^The stack models in us-east-1 cannot be read \(.+\)\. Check .+ AWS_ENDPOINT_URL, .+\.\n/,
    );
  });
});

describe('an answer that is not of the service', () => {
  it('is named with its place and status', async () => {
    const gateway = createServer((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"Forbidden"}');
    });
    const api = `http://127.0.0.1:${await listen(gateway, 0)}`;
    onTestFinished(() => closeNow(gateway));
    const environment = await deployedAs('models', { ...service, api });
    expect(await runModels(['list', '--stack', 'models'], directory, environment)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(`^${api}/ answered 403 with "Forbidden", .+ in docs/operate\\.md\\.\n$`),
    });
  });
});

describe('credentials that end', () => {
  it('are reported in one line', async () => {
    const own = mkdtempSync(join(tmpdir(), 'credentials-'));
    onTestFinished(() => rmSync(own, { recursive: true }));
    const given = '{"Version":1,"AccessKeyId":"test","SecretAccessKey":"test"}';
    writeFileSync(join(own, 'once.sh'), `mkdir ${own}/given && echo '${given}'\n`);
    writeFileSync(join(own, 'config'), `[profile once]\ncredential_process = sh ${own}/once.sh\n`);
    const environment = {
      ...(await deployedAs('models', service)),
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_PROFILE: 'once',
      AWS_CONFIG_FILE: join(own, 'config'),
    };

    expect(await runModels(['list', '--stack', 'models'], directory, environment)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^No AWS credentials can be used \(Could not load .+\)\. Set AWS_PROFILE.+\n$/,
      ),
    });
  });
});

describe('MODEL_API_TOKEN', () => {
  const listWith = async (token: string) => {
    const sent: (string | undefined)[] = [];
    const gateway = createServer(({ headers }, response) => {
      sent.push(headers.authorization);
      response.end('{}');
    });
    const api = `http://127.0.0.1:${await listen(gateway, 0)}`;
    onTestFinished(() => closeNow(gateway));
    const environment = await deployedAs('models', { ...service, api });
    const variables = { ...environment, MODEL_API_TOKEN: token };
    return { ...(await runModels(['list', '--stack', 'models'], directory, variables)), sent };
  };

  it('is sent without what a file has around it, and signing takes its place where it is empty', async () => {
    expect((await listWith('a.b-c_d\r\n')).sent).toEqual(['Bearer a.b-c_d']);
    expect((await listWith('')).sent).toEqual([expect.stringMatching(/^AWS4-HMAC-SHA256 /)]);
  });

  it('is refused unprinted where it can be no token', async () => {
    const { code, out, err, sent } = await listWith('half\nsecret');
    expect([code, out, sent]).toEqual([2, '', []]);
    expect(err).toMatch(/^MODEL_API_TOKEN holds white space/);
    expect(err).not.toMatch(/half|secret/);
  });
});

describe('a name that forges lines and moves the cursor', () => {
  it('is printed in one line, with what a terminal would obey written out', async () => {
    const id = await service.addPick('no\u001b[2Jid', { version: 0 });
    const name = 'evil\u001b]0;title\u0007\nPROVIDER_SLUG  forged\u202e';
    await service.sql('UPDATE workspaces SET name = $1, runtime = $2', [name, 'claude\rcode']);
    const printed = await Promise.all([
      models('list'),
      models('audit', '--show-values'),
      models('get', id),
      models('replace', '--from', 'no\u001b[2Jid', '--to', 'minimax', '--dry-run'),
      models('replace', '--from', 'no\u001b[2Jid', '--to', 'minimax', '--yes'),
    ]);
    for (const { out } of printed) {
      expect(out).not.toMatch(/[^\P{Cc}\n]|\u202e|^PROVIDER_SLUG {2}forged/mu);
      expect(out).toMatch(/\\u001b/);
    }
  });
});

describe('an audit whose caller may use the API alone', () => {
  const DENIED =
    /^Rows under the legacy key and picks in plaintext were not looked at\. AWS does not allow .+ needs rds-data:ExecuteStatement/;

  beforeEach(() => {
    service.aws.onCall = ({ sql = '' }) =>
      sql.includes("key = 'MODEL_PROVIDER'")
        ? { kind: 'error', name: 'AccessDeniedException', status: 403 }
        : undefined;
    onTestFinished(() => {
      service.aws.onCall = undefined;
    });
  });

  it('prints what it has found, and names the right that it lacks', async () => {
    await service.addPick('minimax');
    expect(await models('audit')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^PROVIDER_SLUG[\s\S]+1 finding:/),
      err: expect.stringMatching(DENIED),
    });
    const { code, out, err } = await models('audit', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([1, { counts: { PROVIDER_SLUG: 1 } }]);
    expect(err).toMatch(DENIED);
  });

  it('does not say that every pick can work', async () => {
    expect(await models('audit')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(DENIED) });
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

  it('a command that writes goes on to its end, too, where nothing can be printed, and ends with 1', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => service.addPick('opus')));
    // What is open for reading alone refuses every write, as a full disk does, or a terminal that is gone.
    const unwritable = openSync('/dev/null', 'r');
    const replacing = ['commands/models.ts', 'replace', '--from', 'opus', '--to', 'haiku', '--yes'];
    const child = spawn(process.execPath, replacing, {
      env: { ...process.env, LOCAL_DIR: directory },
      stdio: ['ignore', unwritable, unwritable],
    });
    expect(await once(child, 'close')).toEqual([1, null]);
    closeSync(unwritable);
    for (const id of ids) {
      expectAnswer(await service.get(id), 200, picked('haiku'));
    }
  });
});

it('a write that fails for good leaves none uncounted that was under way', async () => {
  await Promise.all(Array.from({ length: 30 }, () => service.addPick('opus')));
  let writes = 0;
  service.aws.onCall = ({ sql = '' }) => {
    if (!sql.includes('INSERT INTO workspace_model_history')) {
      return undefined;
    }
    writes += 1;
    return writes === 3
      ? { kind: 'error', name: 'AccessDeniedException', status: 400 }
      : { kind: 'delay', ms: 500 };
  };
  onTestFinished(() => {
    service.aws.onCall = undefined;
  });

  const { code, out } = await models('replace', '--from', 'opus', '--to', 'haiku', '--yes');

  const [saved] = await service.sql<{ picks: number }>(
    "SELECT count(*)::int AS picks FROM workspace_model_history WHERE action = 'saved'",
  );
  expect(code).toBe(1);
  expect(saved?.picks).toBeGreaterThan(0);
  expect(out).toContain(`${saved?.picks} picks changed`);
});

describe('after an undo', () => {
  beforeAll(() => down(service));
  afterAll(() => up(service));

  it('the audit names the rows of before, and what to run', async () => {
    const id = await service.addPick('opus', { key: 'MODEL_PROVIDER' });
    const audited = await models('audit');
    expect(audited).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^LEGACY_KEY.+\n.+ Run: npm run migrate -- up; a deploy of the same release may leave it\.\n[\s\S]*1 finding:/,
      ),
      err: expect.stringMatching(/npm run migrate -- status; .+ npm run migrate -- up\n$/),
    });
    expect(audited.out).toContain(id);
  });

  it('the audit does not say that every pick can work', async () => {
    expect(await models('audit')).toMatchObject({ code: 1, out: '' });
  });
});
