// replace and restore where others write, delete and throttle meanwhile.
import { rmSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { expectAnswer, picked } from '../../../helpers/claims.ts';
import {
  forCommands,
  localDirectoryOf,
  resultOf,
  models as runModels,
  spawnCommand,
} from '../../../helpers/command-line.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { behindGateway, type GatewayCall, ofGateway } from '../../../helpers/gateway.ts';
import { startService } from '../../../helpers/service.ts';

const { stack: service } = await forCommands(startService());

beforeEach(() => service.sql('TRUNCATE workspaces CASCADE'));

const REPLACE = ['replace', '--from', 'opus', '--to', 'haiku', '--yes', '--json'];

const TURNED_AWAY = ofGateway(429, 'Too Many Requests');
const UNAVAILABLE = ofGateway(503, 'Service Unavailable');

const isWrite = ({ method }: GatewayCall) => method === 'PUT';
const isList = ({ path }: GatewayCall) => path.startsWith('/workspaces/models');
const isHistory = ({ path }: GatewayCall) => path.endsWith('/history');

/** What the commands read of the stack behind a gateway. */
const directoryBehind = async (...gateway: [Parameters<typeof behindGateway>[1]]): Promise<string> => {
  const directory = localDirectoryOf(await behindGateway(service, ...gateway));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
};

/** The first call of its kind. */
const firstOf = (matches: (call: GatewayCall) => boolean) => {
  let found = false;
  return (call: GatewayCall): boolean => {
    const isFirst = !found && matches(call);
    found ||= isFirst;
    return isFirst;
  };
};

/** A workspace whose pick was opus at the time, and is haiku. */
const changedSince = async () => {
  const id = await service.addWorkspace();
  await service.put(id, 'opus');
  const [row] = await service.sql<{ now: Date }>('SELECT clock_timestamp() AS now');
  await service.put(id, 'haiku');
  return { id, restoring: ['restore', '--to', row?.now.toISOString() ?? '', '--yes', '--json'] };
};

describe('a pick that is saved after it was shown', () => {
  it('is not overwritten by restore', async () => {
    const { id, restoring } = await changedSince();
    const isFirstHistory = firstOf(isHistory);
    const directory = await directoryBehind(async (call) => {
      const reply = await call.pass();
      if (isFirstHistory(call)) {
        await service.put(id, 'sonnet');
      }
      return reply;
    });
    const { out } = await runModels(restoring, directory);
    expect(JSON.parse(out)).toMatchObject({ changed: 0, skippedBecause: { 'changed meanwhile': 1 } });
    expectAnswer(await service.get(id), 200, picked('sonnet'));
  });

  it('is not overwritten by replace, also where it is the same model again', async () => {
    const id = await service.addPick('opus');
    const isFirstList = firstOf(isList);
    const directory = await directoryBehind(async (call) => {
      const reply = await call.pass();
      if (isFirstList(call)) {
        await service.put(id, 'opus');
      }
      return reply;
    });
    const { out } = await runModels(REPLACE, directory);
    expect(JSON.parse(out)).toMatchObject({ changed: 0, skippedBecause: { 'changed meanwhile': 1 } });
    expectAnswer(await service.get(id), 200, picked('opus'));
  });
});

describe('a throttle', () => {
  it('is waited for, and every pick is changed', async () => {
    await Promise.all(Array.from({ length: 40 }, () => service.addPick('opus')));
    let turnedAway = 0;
    let passed = 0;
    let closedUntil = 0;
    // Ten calls pass, however fast they come; the next one closes the gate for a while.
    const directory = await directoryBehind(({ pass }) => {
      const now = performance.now();
      if (passed === 10) {
        passed = 0;
        closedUntil = now + 300;
      }
      if (now < closedUntil) {
        turnedAway += 1;
        return TURNED_AWAY;
      }
      passed += 1;
      return pass();
    });
    expect(await runModels(REPLACE, directory)).toMatchObject({ code: 0, err: '' });
    expect(turnedAway).toBeGreaterThan(0);
    expect(await service.sql("SELECT FROM workspace_model_history WHERE action = 'saved'")).toHaveLength(40);
  });

  it('is not waited for after Ctrl-C', async () => {
    await service.addPick('opus');
    let writes = 0;
    const directory = await directoryBehind((call) => {
      if (isWrite(call)) {
        writes += 1;
        return { ...TURNED_AWAY, headers: { 'retry-after': '600' } };
      }
      return call.pass();
    });
    const child = spawnCommand('models', REPLACE, directory);
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const ended = resultOf(child);
    await eventually('the throttled write', () => writes).toBe(1);
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect([code, JSON.parse(out)]).toMatchObject([130, { changed: 0, skipped: 0 }]);
    expect(err).toMatch(/was not sent again, and is not counted\.\n$/);
  });
});

describe('a write that is not answered', () => {
  it('counts as changed where it has taken effect', async () => {
    await Promise.all([1, 2, 3].map(() => service.addPick('opus')));
    const met = new Set<string>();
    const directory = await directoryBehind(async (call) => {
      const reply = await call.pass();
      const isLost = isWrite(call) && !met.has(call.path);
      met.add(call.path);
      return isLost ? UNAVAILABLE : reply;
    });
    const { code, out } = await runModels(REPLACE, directory);
    expect([code, JSON.parse(out)]).toMatchObject([0, { changed: 3, skipped: 0 }]);
  });

  it('counts as skipped where somebody else has saved another pick', async () => {
    const id = await service.addPick('opus');
    const isFirstWrite = firstOf(isWrite);
    const directory = await directoryBehind(async (call) => {
      if (!isFirstWrite(call)) {
        return call.pass();
      }
      await service.put(id, 'sonnet');
      return UNAVAILABLE;
    });
    const { out } = await runModels(REPLACE, directory);
    expect(JSON.parse(out)).toMatchObject({ changed: 0, skippedBecause: { 'changed meanwhile': 1 } });
    expectAnswer(await service.get(id), 200, picked('sonnet'));
  });
});

describe('restore', () => {
  it('reads again what is not served for a while', async () => {
    const { id, restoring } = await changedSince();
    const [isFirstList, isFirstHistory] = [firstOf(isList), firstOf(isHistory)];
    const directory = await directoryBehind((call) => {
      if (isFirstList(call)) {
        return UNAVAILABLE;
      }
      return isFirstHistory(call) ? TURNED_AWAY : call.pass();
    });
    const { code, out } = await runModels(restoring, directory);
    expect([code, JSON.parse(out)]).toMatchObject([0, { changed: 1 }]);
    expectAnswer(await service.get(id), 200, picked('opus'));
  });

  it('skips a workspace that is deleted after it was listed, and changes the others', async () => {
    const [gone, kept] = [await service.addWorkspace(), await changedSince()];
    await service.put(gone, 'opus');
    const directory = await directoryBehind(async (call) => {
      const reply = await call.pass();
      if (isList(call)) {
        await service.sql('DELETE FROM workspace_secrets WHERE workspace_id = $1', [gone]);
        await service.sql('DELETE FROM workspaces WHERE id = $1', [gone]);
      }
      return reply;
    });
    const { code, out } = await runModels(kept.restoring, directory);
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      { changed: 1, skippedBecause: { 'its workspace is gone': 1 } },
    ]);
  });
});
