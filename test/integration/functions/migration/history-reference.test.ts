// The history of picks where the platform has put another table in the place of workspaces.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseFor } from '../../../../functions/database/attempts.ts';
import { HISTORY_VERSION } from '../../../../functions/database/history-reference.ts';
import { readLedger } from '../../../../functions/database/ledger.ts';
import { saveModel } from '../../../../functions/database/workspace-model.ts';
import { run } from '../../../../functions/migration/run.ts';
import { type ApiUser, deployApiUser } from '../../../helpers/api-user.ts';
import { event, succeed } from '../../../helpers/deploys.ts';
import { NEWEST, runOptions } from '../../../helpers/engine.ts';
import { type Service, startService } from '../../../helpers/service.ts';
import { swapWorkspaces } from '../../../helpers/swapped-table.ts';
import { unhurried } from '../../../helpers/unhurried.ts';

let service: Service;
let apiUser: ApiUser;

beforeEach(async () => {
  service = await startService();
  apiUser = await deployApiUser(service);
});

afterEach(async () => {
  await apiUser.drop();
  await service.close();
});

const deployUpdate = () =>
  succeed(
    service,
    event('Update', NEWEST, { ResourceProperties: { ApiUserSecretArn: apiUser.secretArn }, StackId: '' }),
  );
const upByHand = () => run(runOptions(service), NEWEST);

const state = async () =>
  (await readLedger(service.executeAsOwner)).find(({ version }) => version === HISTORY_VERSION)?.state;

const save = (workspaceId: string) =>
  saveModel(databaseFor(apiUser.execute, unhurried), {
    workspaceId,
    encryptedValue: Buffer.from('bytes'),
    actor: 'test',
    condition: 'always',
    refusing: { allBut: false, names: [] },
  });

const entriesOf = (workspaceId: string) =>
  service.sql('SELECT action FROM workspace_model_history WHERE workspace_id = $1', [workspaceId]);

describe('a history that refers to a table which is not workspaces any more', () => {
  it.each([
    ['an Update', 'refers to the one before', '', deployUpdate],
    ['an Update', 'refers to none', 'DROP TABLE workspaces_before CASCADE', deployUpdate],
    ['an "up"', 'refers to the one before', '', upByHand],
  ])('follows the name by %s where it %s', async (_, __, statement, mend) => {
    const before = await service.addWorkspace();
    await save(before);
    await swapWorkspaces(service);
    await service.sql(statement);
    expect(await state()).toBe('stale');

    await mend();

    expect(await state()).toBe('applied');
    const made = await service.addWorkspace();
    for (const id of [before, made]) {
      expect(await save(id)).toMatchObject({ outcome: 'written' });
      expect(await entriesOf(id)).not.toEqual([]);
      await service.sql('DELETE FROM workspace_secrets WHERE workspace_id = $1', [id]);
      await service.sql('DELETE FROM workspaces WHERE id = $1', [id]);
      expect(await entriesOf(id)).toEqual([]);
    }
  });
});
