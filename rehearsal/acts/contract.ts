// The deployed service keeps its contract: over HTTP, for CP, and towards its database and logs.
import assert from 'node:assert/strict';
import { LEGACY_KEY, MODEL_KEY } from '../../local/fleet/keys.ts';
import type { DeployedService } from '../deployed-service.ts';
import type { Stage } from '../stage.ts';

const PICK = 'minimax/MiniMax-M2.7';
const NOBODY = '00000000-0000-4000-8000-000000000000';

export const keepContract = async (stage: Stage, service: DeployedService): Promise<void> => {
  const { checks, platform, callers } = stage;
  const fleet = await platform.fleet();
  const picked = fleet.find(({ name }) => name === 'release-notes');
  const poisoned = fleet.find(({ name }) => name === 'churn-watch');
  const unpicked = fleet.find(({ name }) => name === 'sandbox');
  assert.ok(picked && poisoned && unpicked, 'The demo fleet has changed its names.');
  const model = picked.picks[MODEL_KEY];
  const call = (method: 'GET' | 'PUT', id: string, body?: unknown) =>
    service.call(method, id, body, callers.root);

  await checks.that('a call that is not signed is refused', async () => {
    assert.equal((await service.call('GET', picked.id)).status, 403);
    assert.equal((await service.call('PUT', picked.id, { model: PICK })).status, 403);
  });

  await checks.that('a call signed by somebody without execute-api:Invoke is refused', async () => {
    assert.equal((await service.call('GET', picked.id, undefined, callers.stranger)).status, 403);
  });

  await checks.that(
    'GET tells the renamed pick, the default, and what is wrong with a poisoned one',
    async () => {
      assert.deepEqual(await call('GET', picked.id), {
        status: 200,
        body: { model, source: 'workspace_secrets' },
      });
      assert.deepEqual(await call('GET', unpicked.id), {
        status: 200,
        body: { model: '', source: 'default' },
      });
      assert.partialDeepStrictEqual(await call('GET', poisoned.id), {
        status: 200,
        body: { problem: { code: 'PROVIDER_SLUG' } },
      });
    },
  );

  await checks.that('PUT saves, refuses and clears', async () => {
    assert.deepEqual(await call('PUT', unpicked.id, { model: ` ${PICK} ` }), {
      status: 200,
      body: { status: 'saved', model: PICK },
    });
    assert.partialDeepStrictEqual(await call('GET', unpicked.id), { body: { model: PICK } });
    assert.partialDeepStrictEqual(await call('PUT', unpicked.id, { model: 'minimax' }), {
      status: 422,
      body: { code: 'PROVIDER_SLUG' },
    });
    assert.partialDeepStrictEqual(await call('PUT', unpicked.id, {}), {
      status: 400,
      body: { code: 'INVALID_REQUEST_BODY' },
    });
    assert.partialDeepStrictEqual(await call('PUT', NOBODY, { model: PICK }), {
      status: 404,
      body: { code: 'WORKSPACE_NOT_FOUND' },
    });
    assert.deepEqual(await call('PUT', unpicked.id, { model: '' }), {
      status: 200,
      body: { status: 'cleared' },
    });
  });

  await checks.that('provision, found by its SSM parameter, gives MODEL and nothing else', async () => {
    const request = { workspace_id: picked.id, runtime: picked.runtime, env: { [LEGACY_KEY]: 'minimax' } };
    const { failed, result } = await service.provision(request, callers.root);
    assert.equal(failed, false);
    assert.partialDeepStrictEqual(result, {
      model,
      source: 'workspace_secrets',
      env_file: `MODEL=${model}\n`,
    });
    assert.doesNotMatch(JSON.stringify(result), new RegExp(LEGACY_KEY));
  });

  await checks.that('provision refuses a poisoned pick by the name of the error', async () => {
    const { failed, result } = await service.provision(
      { workspace_id: poisoned.id, runtime: poisoned.runtime },
      callers.root,
    );
    assert.equal(failed, true);
    assert.partialDeepStrictEqual(result, { errorType: 'ModelRefusedError' });
  });

  await checks.that(
    'provision may be invoked by the role that context names, and by no stranger',
    async () => {
      const request = { workspace_id: picked.id, runtime: picked.runtime };
      assert.equal((await service.provision(request, callers.controlPlane)).failed, false);
      await assert.rejects(service.provision(request, callers.stranger), { name: 'AccessDeniedException' });
    },
  );
};
