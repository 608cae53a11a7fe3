// The workspaces of the demo fleet that the acts look at, and a pick that no log may ever show.
import assert from 'node:assert/strict';
import type { FleetWorkspace } from '../local/fleet/read-fleet.ts';
import type { Platform } from './platform.ts';

export const NEW_PICK = 'rehearsal/never-logged';

export interface DemoWorkspaces {
  picked: FleetWorkspace;
  /** Its pick is the name of a provider. */
  poisoned: FleetWorkspace;
  unpicked: FleetWorkspace;
}

export const demoWorkspaces = async (platform: Platform): Promise<DemoWorkspaces> => {
  const fleet = await platform.fleet();
  const named = (name: string): FleetWorkspace => {
    const workspace = fleet.find((each) => each.name === name);
    assert.ok(workspace, `The demo fleet has no workspace ${name} any more.`);
    return workspace;
  };
  return { picked: named('release-notes'), poisoned: named('churn-watch'), unpicked: named('sandbox') };
};
