// The report's look through the renamed rows: every one of them, within the Data API's limit of 1 MiB a result.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { report } from '../../../../functions/migration/rename/report.ts';
import { encrypt, parseEncryptionKey } from '../../../../functions/secrets/cipher.ts';
import { EncryptionKey } from '../../../../functions/secrets/encryption-key.ts';
import { rulesOf } from '../../../helpers/catalogues.ts';
import { error, isKeyFetch } from '../../../helpers/disturbances.ts';
import { down, up } from '../../../helpers/engine.ts';
import { type Service, startService, stubAwsEnvironment } from '../../../helpers/service.ts';

const ROWS = 20_000;
const MINUTE = 60_000;

let stack: Service;

beforeAll(async () => {
  stack = await startService({ migrated: false });
  stubAwsEnvironment(stack);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stack.close();
});

beforeEach(async () => {
  await stack.resetDatabase();
  stack.rotateKey(stack.encryptionKey);
});

const reported = (deadline = Date.now() + MINUTE, rules = rulesOf([], 'off', ['minimax'])) =>
  report({
    execute: stack.executeAsOwner,
    encryptionKey: new EncryptionKey(stack.encryptionKeySecretArn),
    rules,
    startedAt: Date.now(),
    deadline,
  });

/** A renamed pick in a workspace of its own; the id of the workspace. */
const addLegacyPick = async (bytes: Uint8Array, version: number, key = 'MODEL_PROVIDER'): Promise<string> => {
  const id = randomUUID();
  await stack.sql('INSERT INTO workspaces (id, name) VALUES ($1, $2)', [id, 'some']);
  await stack.sql(
    'INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version) VALUES ($1, $2, $3, $4)',
    [id, key, Buffer.from(bytes), version],
  );
  return id;
};

const encrypted = (text: string) => encrypt(parseEncryptionKey(stack.encryptionKey), text);
const longest = `vendor/${'m'.repeat(249)}`;

it('reports the workspace of every renamed row that a machine could not be given', async () => {
  const suspects = [
    await addLegacyPick(Buffer.from('anthropic'), 0),
    await addLegacyPick(encrypted('two words'), 1),
    await addLegacyPick(randomBytes(60), 1),
    await addLegacyPick(encrypt(parseEncryptionKey('k'.repeat(32)), 'opus'), 1),
    await addLegacyPick(Buffer.from('m'.repeat(300)), 0),
  ];
  await up(stack);

  const { Suspects, SuspectWorkspaces } = await reported();

  expect(Suspects).toBe(String(suspects.length));
  expect(SuspectWorkspaces.split(',').sort()).toEqual(suspects.sort());
});

it('reports no row that holds a model id or nothing, and none that was not renamed', async () => {
  await down(stack);
  await addLegacyPick(Buffer.from('vendor/plain'), 0);
  await addLegacyPick(encrypted('vendor/encrypted'), 1);
  await addLegacyPick(encrypted(longest), 1);
  await addLegacyPick(Buffer.from(longest), 0);
  await addLegacyPick(Buffer.from('minimax'), 0);
  await addLegacyPick(Buffer.from(' \n'), 0);
  await addLegacyPick(encrypted(''), 1);
  await addLegacyPick(Buffer.from('anthropic'), 0, 'MODEL');
  await addLegacyPick(Buffer.from('anthropic'), 0, 'OTHER');
  await up(stack);

  expect(await reported()).toMatchObject({ Renamed: '7', Suspects: '0', SuspectWorkspaces: 'none' });
});

it('opens rows as readers do, also with the previous key', async () => {
  await addLegacyPick(encrypted('vendor/encrypted'), 1);
  const suspect = await addLegacyPick(encrypted('two words'), 1);
  stack.rotateKey(randomBytes(32).toString('base64'));
  await up(stack);

  expect(await reported()).toMatchObject({ Renamed: '2', Suspects: '1', SuspectWorkspaces: suspect });
});

it.each([
  ['may not be read', 'AccessDeniedException', 400],
  ['cannot be fetched at the moment', 'InternalServiceError', 500],
])('leaves the rows uncounted where the key %s', async (_, name, status) => {
  await addLegacyPick(encrypted('vendor/encrypted'), 1);
  await up(stack);

  const report = await stack.withFault(isKeyFetch, error(name, status), () => reported());
  expect(report).toMatchObject({ Renamed: '1', Suspects: 'not counted', SuspectWorkspaces: 'none' });
});

it('judges by the catalogue, for the runtime of the workspace', async () => {
  const rules = rulesOf([
    { id: 'minimax', runtimes: ['langgraph'], status: 'offered' },
    { id: 'old', runtimes: ['langgraph'], status: 'retired' },
  ]);
  const [offered, retired, elsewhere] = [
    await addLegacyPick(Buffer.from('minimax'), 0),
    await addLegacyPick(Buffer.from('old'), 0),
    await addLegacyPick(Buffer.from('minimax'), 0),
  ];
  await stack.sql(`UPDATE workspaces SET runtime = CASE id WHEN $1 THEN 'hermes' ELSE 'langgraph' END`, [
    elsewhere,
  ]);
  await up(stack);

  const { Suspects, SuspectWorkspaces } = await reported(undefined, rules);

  expect(Suspects).toBe('2');
  expect(SuspectWorkspaces.split(',').sort()).toEqual([retired, elsewhere].sort());
  expect(SuspectWorkspaces).not.toContain(offered);
});

it('leaves the rows uncounted where the function has no time left', async () => {
  await addLegacyPick(Buffer.from('anthropic'), 0);
  await up(stack);

  expect(await reported(Date.now() - 1)).toMatchObject({
    Renamed: '1',
    Suspects: 'not counted',
    SuspectWorkspaces: 'none',
  });
});

it('looks through rows as long as the longest model id in parts that fit a result', async () => {
  await stack.sql(
    `INSERT INTO workspaces (id, name, runtime)
     SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'w' || n, repeat('r', 160) FROM generate_series(1, $1) AS n`,
    [ROWS],
  );
  await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
    SELECT id, 'MODEL_PROVIDER', convert_to(repeat('x', 284), 'UTF8'), 0 FROM workspaces`);
  await up(stack);

  expect(await reported()).toMatchObject({ Suspects: String(ROWS) });
});
