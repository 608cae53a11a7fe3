// Moves that leave picks behind or unreadable: refused before anything is changed, unless they are said.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { expectFailure, expectSuccess } from '../../../helpers/claims.ts';
import { event, expectDeployRefused, phaseEvent, type Sent, succeed } from '../../../helpers/deploys.ts';
import { NEWEST, RENAMED } from '../../../helpers/engine.ts';
import { countKeys, dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';
import { storedPicks } from '../../../helpers/stored-picks.ts';

const newKey = () => randomBytes(32).toString('base64');

let stack: TestStack;
let picks: ReturnType<typeof storedPicks>;

beforeAll(async () => {
  stack = await startTestStack();
  picks = storedPicks(stack);
});

afterAll(() => stack.close());

beforeEach(() => stack.resetDatabase());

const addLegacyPicks = async (count: number, secretString = stack.encryptionKey) => {
  for (let index = 0; index < count; index += 1) {
    await picks.addPick('opus', { key: 'MODEL_PROVIDER', secretString });
  }
};

const expectNothingChanged = async (deploying: () => Promise<void>) => {
  const before = await dumpTables(stack);
  await deploying();
  expect(await dumpTables(stack)).toEqual(before);
};

const allowing = (AllowedMoves: string): Sent => ({ ResourceProperties: { AllowedMoves } });

describe('the encryption key', () => {
  const OPENS_NOTHING =
    /Nothing was changed\. The encryption key opens none.*encryptionKeySecretArn.*allowMove=key/;

  it.each([1, 30])('is refused where it opens none of %i stored picks', async (count) => {
    await addLegacyPicks(count, newKey());
    await expectNothingChanged(() =>
      expectDeployRefused(stack, event('Create', NEWEST), 'DatabaseSetupError', OPENS_NOTHING),
    );
    expect(await stack.sql(`SELECT to_regclass('workspace_model_migrations') AS ledger`)).toEqual([
      { ledger: null },
    ]);
  });

  it('is taken where nothing is encrypted, where it opens some, and where it was said', async () => {
    await picks.addPick('opus', { key: 'MODEL_PROVIDER', version: 0 });
    await succeed(stack, event('Create', NEWEST));

    await stack.resetDatabase();
    await addLegacyPicks(5, newKey());
    await addLegacyPicks(1);
    await succeed(stack, event('Create', NEWEST));

    await stack.resetDatabase();
    await addLegacyPicks(5, newKey());
    await succeed(stack, event('Create', NEWEST, allowing('own,key')));
  });

  it('is looked at again by an Update that names another one, and by none that comes back', async () => {
    const keyed = (EncryptionKeySecretArn: string): Sent => ({
      ResourceProperties: { EncryptionKeySecretArn },
    });
    await addLegacyPicks(3, newKey());
    await succeed(
      stack,
      event('Create', NEWEST, {
        ResourceProperties: { EncryptionKeySecretArn: 'first', AllowedMoves: 'key' },
      }),
    );

    await expectNothingChanged(() =>
      expectDeployRefused(
        stack,
        event('Update', NEWEST, keyed('second')),
        'DatabaseSetupError',
        OPENS_NOTHING,
      ),
    );
    await succeed(stack, event('Update', NEWEST, keyed('first')));
  });

  it('is not looked at by the way back of an Update that corrects it, until that one is complete', async () => {
    const keyed = (EncryptionKeySecretArn: string, AllowedMoves = ''): Sent => ({
      ResourceProperties: { EncryptionKeySecretArn, AllowedMoves },
    });
    await addLegacyPicks(3);
    const rightKey = stack.encryptionKey;
    const put = (secretString: string) =>
      stack.aws.secrets.put('workspace-model/encryption-key', secretString);
    const deployWith = async (secretString: string, sent: object) => {
      // Two, so that the version before is none that opens anything, either.
      put(newKey());
      put(secretString);
      await stack.functions.migrate.kill();
      return stack.invoke('migrate', sent);
    };
    onTestFinished(() => {
      put(rightKey);
    });
    const wrongKey = newKey();
    expectSuccess(await deployWith(wrongKey, event('Create', NEWEST, keyed('wrong', 'key'))));
    const correct = () => deployWith(rightKey, event('Update', NEWEST, keyed('right')));
    const comeBack = () => deployWith(wrongKey, event('Update', NEWEST, keyed('wrong')));

    expectSuccess(await correct());
    expectSuccess(await comeBack());
    expectSuccess(await comeBack());
    expectSuccess(await correct());
    expectSuccess(await stack.invoke('migrate', phaseEvent('Update', 'settle')));

    expect(expectFailure(await comeBack(), 'DatabaseSetupError')).toMatch(OPENS_NOTHING);
  });

  it('may be lost where an Update comes back to it, and where none does it has to be there', async () => {
    const secretId = 'workspace-model/encryption-key';
    const rightKey = stack.encryptionKey;
    onTestFinished(() => {
      stack.aws.secrets.put(secretId, rightKey);
    });
    const update = (now: string, before: string) =>
      event('Update', NEWEST, {
        ResourceProperties: { EncryptionKeySecretArn: now },
        OldResourceProperties: { EncryptionKeySecretArn: before },
      });
    await addLegacyPicks(3);
    await succeed(stack, event('Create', NEWEST, { ResourceProperties: { EncryptionKeySecretArn: 'lost' } }));
    stack.aws.secrets.put(secretId, 'no key');
    await stack.functions.migrate.kill();

    const unsaid = event('Update', NEWEST, { ResourceProperties: { EncryptionKeySecretArn: 'lost' } });
    for (const sent of [update('lost', 'lost'), update('next', 'lost'), unsaid]) {
      await expectDeployRefused(stack, sent, 'DatabaseSetupError', /The encryption key cannot be used/);
    }
    expect(await succeed(stack, update('lost', 'next'))).toMatchObject({ Suspects: 'not counted' });
  });
});

describe('the cluster', () => {
  const updateTo = (now: 'true' | 'false', before: 'true' | 'false', AllowedMoves = '') =>
    event('Update', NEWEST, {
      ResourceProperties: { ExistingDatabase: now, AllowedMoves },
      OldResourceProperties: { ExistingDatabase: before },
    });

  it('is not left for an empty one of its own unless that is said, and a way back to or from it is no such move', async () => {
    await expectNothingChanged(() =>
      expectDeployRefused(
        stack,
        updateTo('false', 'true'),
        'DatabaseSetupError',
        /joined to a cluster.*allowMove=own/,
      ),
    );
    await succeed(stack, updateTo('false', 'true', 'own'));
    await succeed(stack, updateTo('true', 'false'));
    await succeed(stack, updateTo('false', 'true'));
  });

  it.each([
    ['another cluster', { ClusterArn: 'old', DatabaseName: 'same' }],
    ['another database', { ClusterArn: 'same', DatabaseName: 'old' }],
  ])('goes back by itself where an Update to %s fails', async (_, OldResourceProperties) => {
    await loadFleet(stack, 30);
    const before = await dumpTables(stack);
    const properties = { ClusterArn: 'same', DatabaseName: 'same', ApiUserSecretArn: stack.apiUserSecretArn };
    stack.aws.onCall = ({ operation, sql = '' }) =>
      operation === 'ExecuteStatement' && sql.includes('PASSWORD %L') && !sql.includes('trial:')
        ? { kind: 'error', name: 'BadRequestException', status: 400 }
        : undefined;
    try {
      const moved = event('Update', NEWEST, { ResourceProperties: properties, OldResourceProperties });
      await expectDeployRefused(stack, moved, 'DatabaseSetupError', /Data API/);
    } finally {
      stack.aws.onCall = undefined;
    }
    expect(await dumpTables(stack)).toEqual(before);
    expect(await stack.sql(`SELECT to_regclass('workspace_model_migrations') AS ledger`)).toEqual([
      { ledger: null },
    ]);
  });
});

describe('the stack', () => {
  const idOf = (name: string, id: string): string =>
    `arn:aws:cloudformation:eu-west-1:111122223333:stack/${name}/${id}`;

  it('is refused beside another one on the same database, unless it is said to take its place', async () => {
    await loadFleet(stack, 30);
    await succeed(stack, event('Create', NEWEST, { StackId: idOf('models', '1') }));

    await expectNothingChanged(() =>
      expectDeployRefused(
        stack,
        event('Create', RENAMED, { StackId: idOf('models-2', '2') }),
        'DatabaseSetupError',
        /The stack models migrates this database.*allowMove=stack/,
      ),
    );
    expect(await countKeys(stack)).toMatchObject({ MODEL: 30 });
    await succeed(stack, event('Create', NEWEST, { StackId: idOf('models-2', '2'), ...allowing('stack') }));
  });

  it('is taken for the same one where it was destroyed and deployed again under its name', async () => {
    await succeed(stack, event('Create', NEWEST, { StackId: idOf('models', '1') }));
    await succeed(stack, event('Create', NEWEST, { StackId: idOf('models', '2') }));
  });
});
