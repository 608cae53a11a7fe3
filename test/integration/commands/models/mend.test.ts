// replace and restore where others write meanwhile.
import { rmSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { expectAnswer, picked } from '../../../helpers/claims.ts';
import { forCommands, localDirectoryOf, models as runModels } from '../../../helpers/command-line.ts';
import { behindGateway, type GatewayCall } from '../../../helpers/gateway.ts';
import { startService } from '../../../helpers/service.ts';

const { stack: service } = await forCommands(startService());

beforeEach(() => service.sql('TRUNCATE workspaces CASCADE'));

const REPLACE = ['replace', '--from', 'opus', '--to', 'haiku', '--yes', '--json'];

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
