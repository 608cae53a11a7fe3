// When npm run models -- reencrypt says that the previous key may be removed, in the test's own process for its waits.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localTarget } from '../../../../commands/local-target.ts';
import { reencryptAll } from '../../../../commands/models/reencrypt.ts';
import { reportMoved } from '../../../../commands/models/reencrypt-report.ts';
import { readKeyVersions } from '../../../../functions/secrets/key-versions.ts';
import { expectAnswer, picked } from '../../../helpers/claims.ts';
import { forCommands } from '../../../helpers/command-line.ts';
import { error, isDataApi, isKeyFetch } from '../../../helpers/disturbances.ts';
import { down } from '../../../helpers/engine.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { holdWaits } from '../../../helpers/moved-clock.ts';
import { startServiceAround } from '../../../helpers/service.ts';

const SETTLED_MS = 90_000;
const REMOVABLE = 'The previous key may be removed';

const { stack: service, directory } = await forCommands(startServiceAround());
let printed: string[];

beforeEach(async () => {
  await service.resetDatabase();
  await service.coldStart();
  service.aws.secrets.remove(service.encryptionKeySecretArn);
  service.rotateKey(service.encryptionKey);
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((text) => printed.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const newKey = () => randomBytes(32).toString('base64');
const output = () => printed.join('\n');

const reencrypt = (options: { yes?: boolean; dryRun?: boolean } = {}) => {
  vi.stubEnv('LOCAL_DIR', directory);
  return reencryptAll(localTarget(), { format: 'text', dryRun: false, yes: true, ...options });
};

/** Runs it with --yes; `meanwhile` happens while it waits for functions that may write with the previous key. */
const reencryptDuring = async (meanwhile: () => unknown = () => {}) => {
  const pass = holdWaits();
  const done = reencrypt();
  await eventually('the wait', output).toContain('until no function writes with the previous key');
  await meanwhile();
  pass(SETTLED_MS);
  await done;
};

/** Some calls to AWS and back, in which a command that does not wait would have gone on. */
const otherWork = async () => {
  for (let calls = 0; calls < 10; calls += 1) {
    await service.sql('SELECT 1');
    await readKeyVersions(service.encryptionKeySecretArn);
  }
};

describe('the previous key may be removed', () => {
  it('after a look that began 90 s after the key was read, with what was written until then', async () => {
    const early = await service.addPick('opus');
    const late = await service.addWorkspace();
    service.rotateKey(newKey());
    await reencryptDuring(() => service.storePick(late, 'haiku'));
    expect(printed.at(-1)).toBe(
      '2 values encrypted anew. The previous key may be removed: nothing needs it any more.',
    );
    service.rotateKey(newKey());
    expectAnswer(await service.get(early), 200, picked('opus'));
    expectAnswer(await service.get(late), 200, picked('haiku'));
  });

  it('after such a look also where there was nothing to move at first', async () => {
    const late = await service.addWorkspace();
    service.rotateKey(newKey());
    await reencryptDuring(() => service.storePick(late, 'haiku'));
    expect(printed.at(-1)).toContain('1 value encrypted anew. The previous key may be removed');
    expect(process.exitCode).toBeUndefined();
  });

  it.each<[string, Buffer, number]>([
    ['opens with neither key', Buffer.alloc(64), 1],
    ['is in plain bytes, too many for a pick', Buffer.from('x'.repeat(300)), 0],
  ])('beside a value that %s, which it names all the same', async (_, bytes, version) => {
    await service.storeBytes(await service.addWorkspace(), bytes, version);
    service.rotateKey(newKey());
    await reencryptDuring();
    expect(printed.at(-1)).toContain(
      `${REMOVABLE}: nothing needs it any more.\n1 value opened by neither key`,
    );
    expect(process.exitCode).toBeUndefined();
  });

  it('after 90 s, and no moment sooner', async () => {
    service.rotateKey(newKey());
    const pass = holdWaits();
    const done = reencrypt();
    await eventually('the wait', output).toContain('Waiting');
    // What the first look took of the 90 s is no part of the wait.
    const waitMs = 1_000 * Number(/Waiting (\d+) s/.exec(output())?.[1]);
    expect(waitMs).toBeLessThanOrEqual(SETTLED_MS);
    pass(waitMs - 2_000);
    const before = service.aws.calls.length;
    await otherWork();
    expect(service.aws.calls.slice(before).filter(isDataApi)).toEqual([]);
    expect(output()).not.toContain(REMOVABLE);
    pass(2_000);
    await done;
    expect(output()).toContain(REMOVABLE);
  });
});

describe('that the previous key may be removed is not said', () => {
  const reasons: [string, () => unknown, string][] = [
    [
      'a value may open with it that is too long to be moved',
      async () => service.storeBytes(await service.addWorkspace(), Buffer.alloc(300), 1),
      '1 encrypted value too long for a pick',
    ],
    [
      'there are encrypted rows of other keys',
      async () => service.storePick(await service.addWorkspace(), 'sk-1', { key: 'ANTHROPIC_API_KEY' }),
      '1 encrypted row of other keys in workspace_secrets',
    ],
    [
      'there are legacy rows',
      async () => {
        await down(service);
        await service.addPick('opus', { key: 'MODEL_PROVIDER' });
      },
      '1 encrypted pick under MODEL_PROVIDER',
    ],
    ['the key was replaced meanwhile', () => service.rotateKey(newKey()), 'The key was replaced meanwhile.'],
    ['its stages were moved meanwhile', () => service.moveKeyBack(), 'The key was replaced meanwhile.'],
  ];

  it.each(reasons)('where %s', async (_, meanwhile, reason) => {
    service.rotateKey(newKey());
    await reencryptDuring(meanwhile);
    expect(printed.at(-1)).toContain(`The previous key has to stay for now.\n${reason}`);
    expect(output()).not.toContain(REMOVABLE);
    expect(process.exitCode).toBe(3);
  });

  it.each([{ dryRun: true }, { yes: false }])('after a first look alone: %j', async (options) => {
    service.rotateKey(newKey());
    await service.addPick('opus', {
      secretString: service.aws.secrets.find(service.encryptionKeySecretArn)?.current.value ?? '',
    });
    await reencrypt(options);
    expect(printed).toEqual([
      '1 value of the local stack looked at; 0 would be encrypted with the current key.',
      'Nothing was changed. Run it with --yes to learn, after 90 s, whether the previous key may be removed.',
    ]);
  });

  it('where there is none', async () => {
    await service.addPick('opus');
    await reencrypt();
    expect(printed.at(-1)).toBe('Nothing was changed. There is no previous key.');
  });

  it('where the previous key may not be read', async () => {
    service.rotateKey(newKey());
    let fetches = 0;
    const refused = error('AccessDeniedException', 400);
    await service.withFault(
      (call) => isKeyFetch(call) && ++fetches === 2,
      refused,
      async () => {
        await expect(reencrypt()).rejects.toMatchObject({ name: 'SecretError' });
      },
    );
    expect(printed).toEqual([]);
  });
});

it('pauses between passes that only meet rows which others have locked, and says so', async () => {
  const id = await service.addPick('opus', { version: 0 });
  const pass = holdWaits();
  const lock = `SELECT FROM workspace_secrets WHERE workspace_id = '${id}' FOR UPDATE`;
  const lines = () =>
    printed.filter((line) => line.startsWith('1 value locked by others or saved meanwhile'));
  const done = await service.inTransaction(lock, async () => {
    const working = { end: reencrypt() };
    await eventually('the first pause', lines).toHaveLength(1);
    await otherWork();
    expect(lines()).toHaveLength(1);
    pass(1_000);
    await eventually('the second pause', lines).toHaveLength(2);
    return working;
  });
  pass(1_000);
  await done.end;
  expect(printed.at(-1)).toBe('1 value encrypted anew.');
});

it.each([
  { reasons: [], previousKeyMayBeRemoved: true },
  { reasons: ['1 encrypted value too long for a pick.'], previousKeyMayBeRemoved: false },
])(
  'gives other programs the counts, and whether the previous key may be removed: %j',
  ({ reasons, previousKeyMayBeRemoved }) => {
    const totals = {
      looked: 7,
      changed: 6,
      skipped: 5,
      kept: 0,
      unreadable: 4,
      unmovable: 3,
      others: 2,
      legacy: 1,
    };
    reportMoved(totals, { reasons, notes: ['4 values opened by neither key.'] }, 'json');
    expect(JSON.parse(output())).toEqual({ ...totals, previousKeyMayBeRemoved });
  },
);
