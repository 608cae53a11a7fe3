// The rename shown as a table: each workspace's keys and pick before and after.
import { isPicked, pickOf } from '../../functions/model/model-id.ts';
import type { ModelRules } from '../../functions/model/model-rules.ts';
import { LEGACY_KEY, MODEL_KEY } from '../fleet/keys.ts';
import type { FleetWorkspace, StoredPicks } from '../fleet/read-fleet.ts';
import { terminalTable } from '../support/terminal-table.ts';

const NONE = '–';

export const fleetTable = (before: FleetWorkspace[], after: FleetWorkspace[], rules: ModelRules): string => {
  const later = new Map(after.map((workspace) => [workspace.id, workspace]));
  const rows = before.map((workspace) => {
    const now = later.get(workspace.id)?.picks ?? {};
    return [
      workspace.name,
      workspace.runtime,
      keys(workspace.picks),
      keys(now),
      shown(now[MODEL_KEY]),
      note(workspace, now, rules),
    ];
  });
  return terminalTable(['WORKSPACE', 'RUNTIME', 'KEYS BEFORE', 'KEY AFTER', 'PICK AFTER', 'NOTE'], rows);
};

const shown = (value: string | null = NONE): string => value ?? '(does not open)';

const keys = (picks: StoredPicks): string => Object.keys(picks).join(' + ') || NONE;

const note = ({ picks, runtime }: FleetWorkspace, now: StoredPicks, rules: ModelRules): string => {
  const { [MODEL_KEY]: stored = '' } = now;
  if (stored === null) {
    return 'cannot be opened with this key';
  }
  const pick = pickOf(stored);
  const legacy = picks[LEGACY_KEY];
  if (!isPicked(pick)) {
    return 'no pick: the runtime has its own default';
  }
  const refusal = rules.refuseId(pick, runtime);
  if (refusal !== undefined) {
    return `not a model id (${refusal.code})`;
  }
  if (legacy !== undefined && picks[MODEL_KEY] !== undefined) {
    return `kept; the legacy row said ${shown(legacy)}`;
  }
  return legacy === undefined ? 'as it was' : 'renamed';
};
