// Moving stored values to a new key, beside a service that goes on.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NOTHING, withBatch } from '../../../../commands/models/reencrypt-report.ts';
import { type ReencryptBatch, reencrypt } from '../../../../functions/database/reencrypt.ts';
import { readMigrationFiles } from '../../../../functions/migration/migration-files.ts';
import { run } from '../../../../functions/migration/run.ts';
import { decrypt } from '../../../../functions/secrets/cipher.ts';
import { readKeyVersions } from '../../../../functions/secrets/key-versions.ts';
import type { Call } from '../../../../local/aws/calls.ts';
import { expectAnswer, expectRefused, picked } from '../../../helpers/claims.ts';
import { down, NEWEST, RENAMED, runOptions } from '../../../helpers/engine.ts';
import { type Service, startServiceAround } from '../../../helpers/service.ts';

/** Release 1.0 kept superseded rows in the journal alone. */
const EARLIER = readMigrationFiles(
  fileURLToPath(new URL('../../../data/migrations-of-release-1.0/', import.meta.url)),
);

const newKey = () => randomBytes(32).toString('base64');

let service: Service;
beforeAll(async () => {
  service = await startServiceAround();
});
beforeEach(async () => {
  await service.resetDatabase();
  service.rotateKey(service.encryptionKey);
  await service.coldStart();
});
afterAll(() => service.close());

const pass = async (dryRun = false, onBatch: (batch: ReencryptBatch) => unknown = () => {}) => {
  const keys = await readKeyVersions(service.encryptionKeySecretArn);
  let total = NOTHING;
  for await (const batch of reencrypt(service.executeAsOwner, { keys, dryRun })) {
    total = withBatch(total, batch);
    await onBatch(batch);
  }
  return total;
};

/** After which what the first key encrypted can no longer be read. */
const replaceAgain = async () => {
  service.rotateKey(newKey());
  await service.coldStart();
};

describe('a pass', () => {
  it('moves picks, plain text and the history to the current key, and finds nothing to do in a second one', async () => {
    const [old, plain, cleared] = [
      await service.addPick('opus'),
      await service.addPick('haiku', { version: 0 }),
      await service.addWorkspace(),
    ];
    await service.put(cleared, 'sonnet');
    await service.put(cleared, '');
    await service.storePick(old, 'sk-1', { key: 'ANTHROPIC_API_KEY' });
    const [other] = await service.rowsOf(old);
    service.rotateKey(newKey());

    expect(await pass(true)).toMatchObject({ changed: 3 });
    expect(await pass()).toEqual({ ...NOTHING, looked: 3, changed: 3, others: 1 });
    expect(await pass()).toEqual({ ...NOTHING, looked: 3, others: 1 });

    await replaceAgain();
    expectAnswer(await service.get(old), 200, picked('opus'));
    expectAnswer(await service.get(plain), 200, picked('haiku'));
    expect((await service.rowsOf(old))[0]).toEqual(other);
  });

  it('changes nothing when it only counts', async () => {
    await service.addPick('opus');
    service.rotateKey(newKey());
    const before = await service.sql('SELECT * FROM workspace_secrets');
    expect(await pass(true)).toMatchObject({ changed: 1 });
    expect(await service.sql('SELECT * FROM workspace_secrets')).toEqual(before);
  });

  it.each<[string, Buffer, number, object]>([
    ['damaged', Buffer.alloc(64), 1, { unreadable: 1 }],
    ['plain bytes that are no text', Buffer.from([0x6f, 0xff, 0xfe]), 0, { unreadable: 1 }],
    ['plain bytes too long to be a model id', Buffer.alloc(5_000), 0, { unreadable: 1 }],
    ['plain text that is too long once it is encrypted', Buffer.from('x'.repeat(257)), 0, { unreadable: 1 }],
    ['encrypted and too long to be a model id', Buffer.alloc(5_000), 1, { unmovable: 1 }],
    ['of an unknown version', Buffer.alloc(64), 2, { unmovable: 1 }],
  ])(
    'leaves alone what cannot be written anew because it is %s, and counts it by whether a key may open it',
    async (_, bytes, version, counted) => {
      const id = await service.addWorkspace();
      await service.storeBytes(id, bytes, version);
      const before = await service.rowsOf(id);
      expect(await pass()).toEqual({ ...NOTHING, looked: 1, ...counted });
      expect(await service.rowsOf(id)).toEqual(before);
    },
  );

  it('leaves alone what the previous key opens and is no text, and counts it as what that key opens', async () => {
    const id = await service.addPick('no \uFFFD text');
    service.rotateKey(newKey());
    const before = await service.rowsOf(id);
    expect(await pass()).toEqual({ ...NOTHING, looked: 1, unmovable: 1 });
    expect(await service.rowsOf(id)).toEqual(before);
  });

  it('encrypts the pick in plain text, without the white space around it that would make it too long', async () => {
    const model = `vendor/${'x'.repeat(249)}`;
    const id = await service.addPick(` ${model}\n`, { version: 0 });
    expect(await pass()).toEqual({ ...NOTHING, looked: 1, changed: 1 });
    expectAnswer(await service.get(id), 200, picked(model));
    expect((await service.rowsOf(id)).map(({ encrypted_value }) => encrypted_value.length)).toEqual([284]);
    expect(await pass()).toEqual({ ...NOTHING, looked: 1 });
  });

  it('encrypts plain text also where the key was never replaced', async () => {
    const id = await service.addPick('opus', { version: 0 });
    const keys = { ...(await readKeyVersions(service.encryptionKeySecretArn)), previous: undefined };
    for await (const _ of reencrypt(service.executeAsOwner, { keys, dryRun: false })) {
      // One batch after the other.
    }
    expect(await service.rowsOf(id)).toMatchObject([{ encryption_version: 1 }]);
    expectAnswer(await service.get(id), 200, picked('opus'));
  });

  it('writes nothing where nothing is to be moved', async () => {
    await service.addPick('opus');
    const calls = await service.callsDuring(() => pass());
    expect(calls.filter(({ sql = '' }) => sql.includes('UPDATE'))).toEqual([]);
  });

  it('passes over a table that release 1.0 has not made', async () => {
    await service.sql('DROP TABLE workspace_model_history CASCADE');
    await service.storePick(await service.addWorkspace(), 'opus', { version: 0 });
    expect(await pass()).toMatchObject({ looked: 1, changed: 1 });
  });

  it.each([
    '{"numberOfRecordsUpdated":0,"records":[]}',
    '{"numberOfRecordsUpdated":0}',
    '{"numberOfRecordsUpdated":0,"formattedRecords":"[]"}',
  ])('takes no answer without its row for a table without rows: %s', async (body) => {
    await service.addPick('opus');
    for (const part of ['scanned', 'format_type', 'row_security_active']) {
      const isPart = ({ sql = '' }: Call) => sql.includes(part);
      await service.withFault(isPart, { kind: 'answer', status: 200, body }, async () => {
        await expect(pass()).rejects.toMatchObject({ name: 'DatabaseAnswerError' });
      });
    }
  });

  it('leaves a row that somebody has locked for the next pass', async () => {
    const id = await service.addPick('opus');
    service.rotateKey(newKey());
    const lock = `SELECT FROM workspace_secrets WHERE workspace_id = '${id}' FOR UPDATE`;
    await service.inTransaction(lock, async () => {
      expect(await pass()).toMatchObject({ changed: 0, skipped: 1 });
    });
    expect(await pass()).toMatchObject({ changed: 1, skipped: 0 });
  });

  it('loses no pick that is saved meanwhile, and can be stopped anywhere', async () => {
    await service.sql(`INSERT INTO workspaces (name) SELECT 'many' FROM generate_series(1, 2500)`);
    await service.sql(`
      INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
      SELECT id, 'MODEL', convert_to('vendor/old', 'UTF8'), 0 FROM workspaces`);
    const ids = (
      await service.sql<{ id: string }>('SELECT id FROM workspaces ORDER BY random() LIMIT 40')
    ).map(({ id }) => id);
    service.rotateKey(newKey());

    let batches = 0;
    const writing = (async () => {
      for (const id of ids) {
        expect((await service.put(id, 'vendor/new')).status).toBe(200);
      }
    })();
    await expect(
      pass(false, () => {
        batches += 1;
        if (batches === 2) {
          throw new Error('stopped');
        }
      }),
    ).rejects.toThrow('stopped');
    await pass();
    await writing;
    expect(await pass()).toMatchObject({ skipped: 0, unreadable: 0 });

    await replaceAgain();
    for (const id of ids) {
      expectAnswer(await service.get(id), 200, picked('vendor/new'));
    }
    const [row] = await service.sql<{ plain: number }>(
      'SELECT count(*)::int AS plain FROM workspace_secrets WHERE encryption_version = 0',
    );
    expect(row?.plain).toBe(0);
  });

  it('counts encrypted rows of other keys and legacy rows, and leaves them as they are', async () => {
    await down(service);
    const id = await service.addPick('opus', { key: 'MODEL_PROVIDER' });
    await service.storePick(id, 'sk-1', { key: 'ANTHROPIC_API_KEY' });
    await service.storePick(id, 'plain', { key: 'OTHER', version: 0 });
    service.rotateKey(newKey());
    const before = await service.rowsOf(id);
    expect(await pass()).toEqual({ ...NOTHING, others: 1, legacy: 1 });
    expect(await service.rowsOf(id)).toEqual(before);
  });

  it('moves superseded rows with their copy in the journal, so that both stay equal', async () => {
    await down(service);
    const id = await service.addPick('vendor/own');
    await service.storePick(id, 'vendor/legacy', { key: 'MODEL_PROVIDER' });
    await run(runOptions(service), NEWEST);
    service.rotateKey(newKey());
    expect(await pass()).toMatchObject({ changed: 2, unreadable: 0 });
    const copies = await service.sql(`
      SELECT k.encrypted_value = j.encrypted_value AS equal
      FROM workspace_model_rename_superseded k JOIN workspace_model_rename_journal j USING (id)`);
    expect(copies).toEqual([{ equal: true }]);
    expect(await pass()).toMatchObject({ changed: 0, unreadable: 0 });
  });

  it('moves superseded rows of release 1.0, so that an undo gives back what the key opens', async () => {
    await down(service);
    await service.sql(
      'DROP TABLE workspace_model_migrations, workspace_model_migration_lease, workspace_model_deployment',
    );
    const id = await service.addPick('vendor/own');
    await service.storePick(id, 'vendor/legacy', { key: 'MODEL_PROVIDER' });
    await run(runOptions(service, { migrations: EARLIER }), RENAMED);
    await run(runOptions(service), NEWEST);
    for (const secretString of [newKey(), newKey()]) {
      service.rotateKey(secretString);
      expect(await pass()).toMatchObject({ changed: 2, unreadable: 0 });
    }
    const { current } = await readKeyVersions(service.encryptionKeySecretArn);
    await down(service);
    const rows = await service.rowsOf(id);
    const texts = rows.map((row) => [row.key, decrypt(current, row.encrypted_value)]);
    expect(texts.toSorted()).toEqual([
      ['MODEL', 'vendor/own'],
      ['MODEL_PROVIDER', 'vendor/legacy'],
    ]);
  });

  it('moves a pick that an undo has left under MODEL, where there is no journal any more', async () => {
    await down(service);
    await service.addPick('vendor/own');
    service.rotateKey(newKey());
    expect(await pass()).toMatchObject({ changed: 1 });
    expect(await pass()).toMatchObject({ looked: 1, changed: 0 });
  });

  it.each(['NULL', 'old'])(
    'ends where a trigger of the platform answers %s, and leaves row and journal equal',
    async (answer) => {
      await down(service);
      const id = await service.addPick('vendor/own');
      await service.storePick(id, 'vendor/legacy', { key: 'MODEL_PROVIDER' });
      await run(runOptions(service), NEWEST);
      service.rotateKey(newKey());
      await service.sql(`
      CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN ${answer}; END';
      CREATE TRIGGER keep BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION keep()`);

      expect(await pass()).toMatchObject({ changed: 1, kept: 1, skipped: 0 });
      expect(await pass()).toMatchObject({ changed: 0, kept: 1, skipped: 0 });

      await service.sql('DROP FUNCTION keep CASCADE');
      expect(await pass()).toMatchObject({ changed: 1, kept: 0 });
      await down(service);
      expect((await service.rowsOf(id)).map(({ key }) => key).toSorted()).toEqual([
        'MODEL',
        'MODEL_PROVIDER',
      ]);
    },
  );

  it.each([
    ['no table', 'ALTER TABLE workspace_secrets SET SCHEMA aside'],
    [
      'another table',
      'ALTER TABLE workspace_secrets SET SCHEMA aside; CREATE TABLE workspace_secrets (LIKE aside.workspace_secrets)',
    ],
  ])(
    'is refused where its user finds %s of that name, since nothing is said of the picks then',
    async (found, change) => {
      await service.addPick('opus');
      await service.sql(`DROP SCHEMA IF EXISTS aside CASCADE; CREATE SCHEMA aside; ${change}`);
      await expect(pass()).rejects.toThrow(`finds ${found} workspace_secrets`);
    },
  );

  it('is refused where row-level security hides rows from its user', async () => {
    await service.addPick('opus');
    await service.sql('ALTER TABLE workspace_secrets ENABLE ROW LEVEL SECURITY');
    const keys = await readKeyVersions(service.encryptionKeySecretArn);
    const batches = reencrypt(service.executeAs(service.apiUserSecretArn), { keys, dryRun: true });
    await expect(batches.next()).rejects.toThrow('Row-level security hides rows of workspace_secrets');
  });

  it('leaves an undo of the rename as it would have been', async () => {
    await down(service);
    const kept = await service.addPick('opus');
    await run(runOptions(service), NEWEST);
    service.rotateKey(newKey());
    expect(await pass()).toMatchObject({ changed: 1 });
    await down(service);
    expect((await service.rowsOf(kept)).map(({ key }) => key)).toEqual(['MODEL']);
  });
});

it('without it, a second replacement makes what the first key encrypted unreadable', async () => {
  const id = await service.addPick('opus');
  service.rotateKey(newKey());
  await replaceAgain();
  expectRefused(await service.get(id), 500, 'DECRYPT_FAILED');
});
