// The deployed API keeps its contract, for those who may call it.
import assert from 'node:assert/strict';
import { MODEL_KEY } from '../../local/fleet/keys.ts';
import { demoWorkspaces, NEW_PICK } from '../demo.ts';
import type { Answer, DeployedService } from '../deployed-service.ts';
import type { Stage } from '../stage.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

export const keepHttpContract = async (stage: Stage, service: DeployedService): Promise<void> => {
  await refuseStrangers(stage, service);
  await showPicks(stage, service);
  await takePicks(stage, service);
};

const refuseStrangers = async (
  { checks, platform, callers }: Stage,
  service: DeployedService,
): Promise<void> => {
  const { picked } = await demoWorkspaces(platform);

  await checks.that('a call without a signature is refused', async () => {
    expectAnswer(await service.call('GET', picked.id), 403);
    expectAnswer(await service.call('PUT', picked.id, { model: NEW_PICK }), 403);
  });

  await checks.that(
    'a call signed by somebody without execute-api:Invoke is refused',
    async () => {
      expectAnswer(await service.call('GET', picked.id, undefined, callers.stranger), 403);
    },
    'the emulator asks who signed and what they may, but does not verify the signature',
  );
};

const showPicks = async ({ checks, platform, callers }: Stage, service: DeployedService): Promise<void> => {
  const { picked, poisoned, unpicked } = await demoWorkspaces(platform);
  const get = (id: string) => service.call('GET', id, undefined, callers.root);

  await checks.that(
    'GET answers the renamed pick, the default, and what is wrong with a poisoned one',
    async () => {
      expectAnswer(await get(picked.id), 200, {
        model: picked.picks[MODEL_KEY],
        source: 'workspace_secrets',
      });
      expectAnswer(await get(unpicked.id), 200, { model: '', source: 'default' });
      expectAnswer(await get(poisoned.id), 200, { problem: { code: 'PROVIDER_SLUG' } });
      expectAnswer(await get(NOBODY), 404, { code: 'WORKSPACE_NOT_FOUND' });
    },
  );
};

const takePicks = async ({ checks, platform, callers }: Stage, service: DeployedService): Promise<void> => {
  const { id } = (await demoWorkspaces(platform)).unpicked;
  const put = (body: unknown, workspaceId = id) => service.call('PUT', workspaceId, body, callers.root);

  await checks.that('PUT saves, refuses and clears', async () => {
    expectAnswer(await put({ model: ` ${NEW_PICK} ` }), 200, { status: 'saved', model: NEW_PICK });
    expectAnswer(await put({ model: 'minimax' }), 422, { code: 'PROVIDER_SLUG' });
    expectAnswer(await put({}), 400, { code: 'INVALID_REQUEST_BODY' });
    expectAnswer(await put({ model: NEW_PICK }, NOBODY), 404, { code: 'WORKSPACE_NOT_FOUND' });
    expectAnswer(await service.call('GET', id, undefined, callers.root), 200, { model: NEW_PICK });
    expectAnswer(await put({ model: '' }), 200, { status: 'cleared' });
  });

  await checks.that('history, fleet and catalogue can be read', async () => {
    const read = (path: string) => service.request('GET', path, undefined, callers.root);
    expectAnswer(await read(`workspaces/${id}/model/history`), 200, {
      items: [{ action: 'cleared' }, { action: 'saved', model: NEW_PICK }],
    });
    expectAnswer(await read('workspaces/models?problem=PROVIDER_SLUG'), 200, { items: [{ problem: {} }] });
    expectAnswer(await read('models'), 200, { mode: 'off' });
  });
};

const expectAnswer = (answer: Answer, status: number, body: object = {}): void =>
  assert.partialDeepStrictEqual(answer, { status, body });
