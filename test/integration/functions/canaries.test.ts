// Values that must not leave the service, sent through every way of the data and under faults, and then looked for: in
// logs, metrics, answers and traces, in the ledger, the lease and the journal, and in PostgreSQL's own log.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Fault } from '../../../local/aws/faults.ts';
import { down, RENAMED } from '../../helpers/engine.ts';
import { type Service, startService } from '../../helpers/service.ts';

/** Unlike any other text of this run, and of the form of a model id, so that nothing refuses it for its letters. */
const canary = (name: string) => `canary-${name}-${randomBytes(6).toString('hex')}`;

const canaries = {
  saved: canary('saved'),
  stored: canary('stored'),
  legacy: canary('legacy'),
  refused: `${canary('refused')} with a space`,
  body: canary('body'),
  query: canary('query'),
  authorization: canary('authorization'),
  cookie: canary('cookie'),
  runtime: canary('runtime'),
  environment: canary('environment'),
  responseUrl: canary('response-url'),
  otherSecret: canary('other-secret'),
  password: canary('password'),
  /** 32 bytes as they are. */
  key: `canary-key-${randomBytes(12).toString('hex')}`.slice(0, 32),
};

const FAULTS: Record<string, Fault | undefined> = {
  none: undefined,
  'a table that is gone': {
    kind: 'error',
    name: 'DatabaseErrorException',
    message: `ERROR: Failing row contains (${canaries.stored}); SQLState: 23514`,
    status: 400,
  },
  'a right that is missing': {
    kind: 'error',
    name: 'AccessDeniedException',
    message: canaries.stored,
    status: 400,
  },
  'rubbish for an answer': {
    kind: 'answer',
    status: 200,
    body: `{"records":[[{"stringValue":"${canaries.stored}"}]]}`,
  },
  'a resuming cluster': {
    kind: 'error',
    name: 'DatabaseResumingException',
    message: canaries.stored,
    status: 400,
  },
};

const answers: { way: string; text: string }[] = [];
let service: Service;
let apiUser: string;

beforeAll(async () => {
  service = await startService({ encryptionKey: canaries.key });
  apiUser = `canary_${randomBytes(4).toString('hex')}`;
});

afterAll(async () => {
  await service.sql(`DROP OWNED BY ${apiUser}`);
  await service.sql(`DROP ROLE ${apiUser}`);
  await service.close();
});

const note = (way: string, value: unknown) => answers.push({ way, text: JSON.stringify(value) });

/** Every way of the data once. */
const goEveryWay = async (fault: string): Promise<void> => {
  const id = await service.addPick(canaries.stored);
  await service.storePick(id, canaries.otherSecret, { key: 'ANTHROPIC_API_KEY', version: 0 });
  service.aws.onCall = (call) => (call.service === 'rds-data' ? FAULTS[fault] : undefined);
  const headers = { authorization: `Bearer ${canaries.authorization}`, cookie: `session=${canaries.cookie}` };
  const put = async (way: string, body: object) => {
    const url = `${service.api}/workspaces/${id}/model?q=${canaries.query}`;
    const response = await fetch(url, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ ...body, note: canaries.body }),
    });
    note(`${way}, ${fault}`, [response.status, [...response.headers], await response.text()]);
  };
  const provision = async (way: string, members: object) => {
    const request = { workspace_id: id, env: { TOKEN: canaries.environment }, ...members };
    note(`${way}, ${fault}`, await service.provision(request));
  };
  await put('PUT', { model: canaries.saved });
  await put('refused PUT', { model: canaries.refused });
  await put('PUT of no model', { model: { id: canaries.body } });
  note(`GET, ${fault}`, (await service.get(id)).text);
  const lists = [`workspaces/${id}/model/history`, 'workspaces/models', 'models'].map(async (path) => {
    const response = await fetch(`${service.api}/${path}?q=${canaries.query}`, { headers });
    note(`GET ${path}, ${fault}`, [response.status, await response.text()]);
  });
  await provision('provision', { runtime: canaries.runtime });
  await provision('provision as asked', { runtime: canaries.runtime, model: canaries.saved });
  await provision('refused provision', { runtime: canaries.runtime, model: canaries.refused });
  await put('clear', { model: '' });
  await Promise.all(lists);
  service.aws.onCall = undefined;
};

const deploy = async (way: string, members: object = {}) =>
  note(
    way,
    await service.invoke('migrate', {
      RequestType: 'Create',
      RequestId: randomUUID(),
      ResponseURL: `https://example.com/${canaries.responseUrl}`,
      ResourceProperties: {
        TargetVersion: RENAMED,
        ApiUserSecretArn: service.aws.secrets.put(
          'canary-user',
          JSON.stringify({ username: apiUser, password: canaries.password }),
        ),
        ...members,
      },
    }),
  );

/** As it stands, and as bytes are written elsewhere. */
const formsOf = (value: string): string[] => {
  const bytes = Buffer.from(value);
  return [value, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '').slice(0, -1)];
};

const foundIn = (text: string, names: (keyof typeof canaries)[]): string[] =>
  names.filter((name) => formsOf(canaries[name]).some((form) => text.includes(form)));

const every = Object.keys(canaries).filter((name): name is keyof typeof canaries => name in canaries);

it('goes every way of the data with canaries, under each fault', async () => {
  for (const fault of Object.keys(FAULTS)) {
    await goEveryWay(fault);
  }
  await service.resetDatabase();
  await down(service);
  const superseded = await service.addPick(canaries.stored);
  await service.storePick(superseded, canaries.legacy, { key: 'MODEL_PROVIDER', version: 0 });
  await deploy('refused deploy', { TargetVersion: '99990101000000' });
  await deploy('deploy');
  await service
    .sql(`INSERT INTO workspace_secrets (key, encrypted_value) VALUES ('MODEL_PROVIDER', 'x')`)
    .catch(() => {});
  expect(answers.length).toBeGreaterThan(40);
});

it('logs and counts none of them', () => {
  expect(service.logs().split('\n').length).toBeGreaterThan(40);
  expect(foundIn(service.logs(), every)).toEqual([]);
});

it('answers nobody with a secret, nor with what another has sent', () => {
  const own: (keyof typeof canaries)[] = ['saved', 'stored', 'refused', 'runtime'];
  for (const { way, text } of answers) {
    expect(
      foundIn(
        text,
        every.filter((name) => !own.includes(name)),
      ),
      way,
    ).toEqual([]);
  }
});

it('shows a failure no model, whosever it is', () => {
  const failures = answers.filter(
    ({ text }) => /^\[50\d|"failed":true/.test(text) && !text.includes('ModelRefused'),
  );
  expect(failures.length).toBeGreaterThan(10);
  for (const { way, text } of failures) {
    expect(foundIn(text, every), way).toEqual([]);
  }
});

it('writes none of them into ledger, lease and history, and of the superseded row what an undo needs', async () => {
  const tables = await service.sql<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'workspace_model%'`,
  );
  for (const { name } of tables) {
    const rows = await service.sql(`SELECT t::text FROM ${name} t`);
    expect(foundIn(JSON.stringify(rows), every), name).toEqual(name.includes('rename') ? ['legacy'] : []);
  }
});

it("leaves none of them in PostgreSQL's own log, nor what logs in with the password", () => {
  const log = readFileSync(inject('postgresLog'), 'utf8');
  expect(
    foundIn(
      log,
      every.filter((name) => name !== 'otherSecret'),
    ),
  ).toEqual([]);
  const lines = log.split('\n').filter((line) => line.includes(apiUser));
  expect(lines.filter((line) => line.includes('SCRAM-SHA-256'))).toEqual([]);
});
