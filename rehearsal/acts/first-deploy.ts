// The deploy that renames the fleet, on a cluster that is asleep.
import assert from 'node:assert/strict';
import { refuseModelId } from '../../functions/model/model-id.ts';
import { LEGACY_KEY, MODEL_KEY } from '../../local/fleet/keys.ts';
import type { FleetWorkspace } from '../../local/fleet/read-fleet.ts';
import { DeployedService } from '../deployed-service.ts';
import type { Stage } from '../stage.ts';

const RESUME_MS = 5_000;

export const deployFirst = async ({
  checks,
  cdk,
  platform,
  context,
  endpoint,
}: Stage): Promise<DeployedService> => {
  const before = await platform.fleet();
  const legacyOnly = before.filter(({ picks }) => LEGACY_KEY in picks && !(MODEL_KEY in picks));
  const both = before.filter(({ picks }) => LEGACY_KEY in picks && MODEL_KEY in picks);

  platform.stack.aws.pause(RESUME_MS);
  const outputs = await checks.required(
    'one cdk deploy stands it all up, on a cluster that has to resume first',
    async () => {
      const deployed = await cdk.deploy(context, { method: 'change-set' });
      assert.ok(deployed.succeeded, deployed.printed);
      return deployed.outputs;
    },
    'the local Data API takes any signature, so rights to rds-data are checked in the templates only; alarms over several metrics watch a single one, for the emulator has no others',
  );

  await checks.that('the outputs report what the rename did', async () => {
    const suspects = legacyOnly.filter(
      ({ picks }) => refuseModelId(picks[LEGACY_KEY] ?? '', new Set()) !== undefined,
    );
    assert.ok(suspects.length > 0 && both.length > 0, 'The demo fleet has no suspects or no doubles.');
    assert.match(outputs['Version'] ?? '', /^\d{14}$/);
    assert.equal(outputs['Renamed'], String(legacyOnly.length));
    assert.equal(outputs['Superseded'], String(both.length));
    assert.equal(outputs['Suspects'], String(suspects.length));
    assert.deepEqual(outputs['SuspectWorkspaces']?.split(',').sort(), suspects.map(({ id }) => id).sort());
  });

  await checks.that('every pick is under the new key, the newer one where there were two', async () => {
    assert.deepEqual(await platform.fleet(), before.map(renamed));
  });
  return new DeployedService(endpoint, outputs);
};

const renamed = ({ picks, ...workspace }: FleetWorkspace): FleetWorkspace => {
  const pick = picks[MODEL_KEY] ?? picks[LEGACY_KEY];
  return { ...workspace, picks: pick === undefined ? {} : { [MODEL_KEY]: pick } };
};
