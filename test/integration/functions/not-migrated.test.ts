// While the database is not at the version that the functions need, picks are where another release looks for them.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEEDED_VERSION } from '../../../functions/database/pick-sql.ts';
import { run } from '../../../functions/migration/run.ts';
import { MIGRATIONS_DIRECTORY } from '../../../lib/project.ts';
import { expectAnswer, expectFailure, expectRefused } from '../../helpers/claims.ts';
import { isDataApi } from '../../helpers/disturbances.ts';
import { down, NEWEST, runOptions } from '../../helpers/engine.ts';
import { type Service, startService } from '../../helpers/service.ts';
import { swapSecrets } from '../../helpers/swapped-table.ts';

let service: Service;
let id: string;
beforeAll(async () => {
  service = await startService();
  id = await service.addPick('opus');
});
afterAll(() => service.close());

const provision = (model?: string) => service.provision({ workspace_id: id, runtime: 'hermes', model });

const expectClosed = async () => {
  const before = await service.sql('SELECT * FROM workspace_secrets');
  const calls = await service.callsDuring(async () => {
    for (const answer of [await service.get(id), await service.put(id, 'haiku'), await service.put(id, '')]) {
      expectRefused(answer, 503, 'DATABASE_NOT_MIGRATED');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    for (const path of ['workspaces/models', `workspaces/${id}/model/history`]) {
      const response = await fetch(`${service.api}/${path}`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'DATABASE_NOT_MIGRATED' });
    }
    for (const failure of [await provision(), await provision('haiku')]) {
      expectFailure(failure, 'DatabaseNotMigratedError');
    }
  });
  expect(calls.filter(isDataApi)).toHaveLength(7);
  expect(await service.sql('SELECT * FROM workspace_secrets')).toEqual(before);
};

const setState = (state: string) =>
  service.sql('UPDATE workspace_model_migrations SET state = $1 WHERE version = $2', [state, NEEDED_VERSION]);

describe('a database that is not migrated', () => {
  it('is closed while it has no ledger', async () => {
    await service.sql('ALTER TABLE workspace_model_migrations RENAME TO elsewhere');
    await expectClosed();
    await service.sql('ALTER TABLE elsewhere RENAME TO workspace_model_migrations');
    expectAnswer(await service.get(id), 200, { model: 'opus', source: 'workspace_secrets' });
  });

  it.each(['applying', 'reverting'])('is closed while the version that is needed is %s', async (state) => {
    await setState(state);
    await expectClosed();
    await setState('applied');
    expectAnswer(await service.get(id), 200, { model: 'opus', source: 'workspace_secrets' });
  });

  it('is closed after an undo, until somebody migrates it by hand', async () => {
    await down(service);
    await expectClosed();
    await run(runOptions(service), NEWEST);
    expectAnswer(await service.put(id, 'haiku'), 200, { status: 'saved', model: 'haiku' });
  });
});

describe('a database in which the platform has put another table in the place of workspace_secrets', () => {
  it('is closed, until somebody migrates it by hand; picks are then in the new table', async () => {
    await swapSecrets(service);
    await expectClosed();
    expect(await service.sql('TABLE secrets_before')).toEqual(await service.sql('TABLE workspace_secrets'));

    await run(runOptions(service), NEWEST);

    await service.sql('DROP TABLE secrets_before');
    expectAnswer(await service.put(id, 'sonnet'), 200, { status: 'saved', model: 'sonnet' });
    expectAnswer(await service.get(id), 200, { model: 'sonnet', source: 'workspace_secrets' });
  });
});

it('needs a version that stands in migrations/', () => {
  expect(readdirSync(MIGRATIONS_DIRECTORY).some((file) => file.startsWith(`${NEEDED_VERSION}_`))).toBe(true);
});
