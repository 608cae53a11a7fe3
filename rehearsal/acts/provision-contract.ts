// The deployed provision function keeps its contract with CP.
import assert from 'node:assert/strict';
import { LEGACY_KEY, MODEL_KEY } from '../../local/fleet/keys.ts';
import { demoWorkspaces } from '../demo.ts';
import type { DeployedService } from '../deployed-service.ts';
import type { Stage } from '../stage.ts';

export const keepProvisionContract = async (stage: Stage, service: DeployedService): Promise<void> => {
  const { checks, platform, callers } = stage;
  const { picked, poisoned } = await demoWorkspaces(platform);
  const model = picked.picks[MODEL_KEY];
  const request = { workspace_id: picked.id, runtime: picked.runtime, env: { [LEGACY_KEY]: 'minimax' } };

  await checks.that('provision, found by its SSM parameter, gives MODEL and nothing else', async () => {
    const { failed, result } = await service.provision(request, callers.root);
    assert.equal(failed, false);
    assert.partialDeepStrictEqual(result, {
      model,
      source: 'workspace_secrets',
      env_file: `MODEL=${model}\n`,
    });
    assert.doesNotMatch(JSON.stringify(result), new RegExp(LEGACY_KEY));
  });

  await checks.that(
    'provision refuses a poisoned pick, saying what to send instead',
    async () => {
      const wrong = { workspace_id: poisoned.id, runtime: poisoned.runtime };
      const { failed, result } = await service.provision(wrong, callers.root);
      assert.equal(failed, true);
      assert.match(JSON.stringify(result), /the name of a model provider, not of a model/);
    },
    'the emulator calls every error Runtime.HandlerError; Lambda tells its name, ModelRefusedError',
  );

  await checks.that(
    'provision may be invoked by the role that context names, and by no stranger',
    async () => {
      assert.equal((await service.provision(request, callers.controlPlane)).failed, false);
      await assert.rejects(service.provision(request, callers.stranger), { name: 'AccessDeniedException' });
    },
  );
};
