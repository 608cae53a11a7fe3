// The view by which the API's user reaches picks: how a deploy brings it, what goes then, and how it is mended.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseFor } from '../../../../functions/database/attempts.ts';
import { readLedger } from '../../../../functions/database/ledger.ts';
import { PICKS_VERSION } from '../../../../functions/database/picks-view.ts';
import { findModel } from '../../../../functions/database/workspace-model.ts';
import { readMigrationFiles } from '../../../../functions/migration/migration-files.ts';
import { run } from '../../../../functions/migration/run.ts';
import { MIGRATIONS_DIRECTORY } from '../../../../lib/project.ts';
import { type ApiUser, deployApiUser } from '../../../helpers/api-user.ts';
import { expectSuccess } from '../../../helpers/claims.ts';
import { event, phaseEvent } from '../../../helpers/deploys.ts';
import { NEWEST, runOptions } from '../../../helpers/engine.ts';
import { type Service, startService } from '../../../helpers/service.ts';
import { swapSecrets } from '../../../helpers/swapped-table.ts';
import { unhurried } from '../../../helpers/unhurried.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
/** The one that the service has while nobody names one. */
const StackId = '';

let service: Service;
let apiUser: ApiUser;
let id: string;

beforeEach(async () => {
  service = await startService();
  id = await service.addPick('opus');
  apiUser = await deployApiUser(service);
});

afterEach(async () => {
  await apiUser.drop();
  await service.close();
});

const properties = () => ({ ResourceProperties: { ApiUserSecretArn: apiUser.secretArn }, StackId });
const deploy = async (kind: 'Create' | 'Update') =>
  expectSuccess(await service.invoke('migrate', event(kind, NEWEST, properties())));
const settle = async (sent: object) =>
  expectSuccess(await service.invoke('migrate', phaseEvent('Update', 'settle', { StackId, ...sent })));
const find = () => findModel(databaseFor(apiUser.execute, unhurried), id);

/** The release that read and wrote the table itself: its newest migration, and what its deploys granted. */
const EARLIER = readMigrationFiles(MIGRATIONS_DIRECTORY).filter(({ version }) => version < PICKS_VERSION);
const EARLIER_RIGHTS = `SELECT (workspace_id, key, encrypted_value, encryption_version, updated_at),
  INSERT (workspace_id, key, encrypted_value, encryption_version),
  UPDATE (encrypted_value, encryption_version, updated_at), DELETE`;

const deployEarlier = async () => {
  await run(runOptions(service, { migrations: EARLIER }), EARLIER.at(-1)?.version ?? '');
  await service.sql(`GRANT ${EARLIER_RIGHTS} ON workspace_secrets TO ${apiUser.name}`);
};
const findEarlier = () =>
  apiUser.attempt(`SELECT key FROM workspace_secrets WHERE workspace_id = '${id}' AND key = 'MODEL'`);

describe('a deploy over a release that read the table itself', () => {
  it('leaves the API user the rights of that release until its code is gone, and no longer', async () => {
    await deployEarlier();
    expect(await findEarlier()).toEqual([{ key: 'MODEL' }]);

    await deploy('Update');
    expect(await findEarlier()).toEqual([{ key: 'MODEL' }]);
    expect(await find()).toMatchObject({ stored: {} });

    await settle(properties());
    await settle(properties());
    expect(await findEarlier()).toBe(INSUFFICIENT_PRIVILEGE);
    expect(await find()).toMatchObject({ stored: {} });
  });

  it('is followed by one of that release again, whose own settling takes none of its rights', async () => {
    await settle(properties());

    await deployEarlier();
    await settle({});

    expect(await findEarlier()).toEqual([{ key: 'MODEL' }]);
    await expect(find()).rejects.toMatchObject({ name: 'DatabaseNotMigratedError' });
    await deploy('Update');
    expect(await find()).toMatchObject({ stored: {} });
  });
});

describe('a view that stands on a table which is not workspace_secrets any more', () => {
  const state = async () =>
    (await readLedger(service.executeAsOwner)).find(({ version }) => version === PICKS_VERSION)?.state;

  it.each(['Create', 'Update'] as const)('is made anew by a %s', async (kind) => {
    await swapSecrets(service);
    expect(await state()).toBe('stale');
    await expect(find()).rejects.toMatchObject({ name: 'DatabaseNotMigratedError' });

    await deploy(kind);

    expect(await state()).toBe('applied');
    expect(await find()).toMatchObject({ stored: {} });
    await service.sql('DROP TABLE secrets_before');
  });

  it.each(['workspace_model_picks', 'workspace_model_picks_table'])(
    'is made anew with the rights by hand where %s is gone',
    async (view) => {
      await service.sql(`DROP VIEW ${view}`);
      expect(await state()).toBe('stale');
      await expect(find()).rejects.toMatchObject({ name: 'DatabaseNotMigratedError' });

      await run(runOptions(service), NEWEST);

      expect(await find()).toMatchObject({ stored: {} });
    },
  );
});
