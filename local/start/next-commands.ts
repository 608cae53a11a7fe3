// Commands to try next, ready to be pasted: three of the service's own, and those that show and mend a wrong pick.
import { isPicked, pickOf } from '../../functions/model/model-id.ts';
import type { ModelRules } from '../../functions/model/model-rules.ts';
import { MODEL_KEY } from '../fleet/keys.ts';
import type { FleetWorkspace, StoredPicks } from '../fleet/read-fleet.ts';
import { visible } from '../support/visible.ts';

const SOME_ID = '00000000-0000-4000-8000-000000000000';
const SOME_MODEL = JSON.stringify({ model: 'minimax/MiniMax-M2.7' });
const MOST_SHOWN = 3;

export const nextCommands = (api: string, aws: string, fleet: FleetWorkspace[]): string[] => {
  // What another key opens is not to be overwritten.
  const first = fleet.find(({ picks }) => !isUnopened(picks));
  const id = first?.id ?? SOME_ID;
  const request = JSON.stringify({ workspace_id: id, runtime: first?.runtime ?? 'langgraph' });
  return [
    look(api, id),
    mend(api, id),
    visible(`curl -X POST ${aws}/2015-03-31/functions/provision/invocations -d ${quoted(request)}`),
  ];
};

/** What to do about the picks that are no model id, the first few of them by name; nothing where all are. */
export const mendingCommands = (api: string, fleet: FleetWorkspace[], rules: ModelRules): string[] => {
  const wrong = fleet.filter(({ picks, runtime }) => {
    const pick = pickOf(picks[MODEL_KEY] ?? '');
    return isPicked(pick) && rules.refuseId(pick, runtime) !== undefined;
  });
  if (wrong.length === 0) {
    return [];
  }
  const count = wrong.length === 1 ? '1 pick is' : `${wrong.length} picks are`;
  return [
    `${count} no model id. To see why, and to set another one:`,
    ...wrong
      .slice(0, MOST_SHOWN)
      .flatMap(({ id, name, picks }) => [
        visible(`# ${name}: ${picks[MODEL_KEY]}`),
        look(api, id),
        mend(api, id),
      ]),
  ];
};

/** What to do about the picks that the key does not open, `otherKey` being the file of another one, if there is such. */
export const unopenedPicks = (fleet: FleetWorkspace[], otherKey: string | undefined): string[] => {
  const { length } = fleet.filter(({ picks }) => isUnopened(picks));
  if (length === 0) {
    return [];
  }
  const mend =
    otherKey === undefined
      ? 'Set SECRETS_ENCRYPTION_KEY to the key of the stored picks.'
      : `${otherKey} has another one, which is used where SECRETS_ENCRYPTION_KEY is not set.`;
  return [`${length === 1 ? '1 pick' : `${length} picks`} cannot be opened with this key. ${mend}`];
};

const isUnopened = (picks: StoredPicks): boolean => picks[MODEL_KEY] === null;

/** For a shell: within single quotes nothing means anything but the next one. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const look = (api: string, id: string): string => `curl ${api}/workspaces/${id}/model`;

const mend = (api: string, id: string): string =>
  `curl -X PUT ${api}/workspaces/${id}/model -d ${quoted(SOME_MODEL)}`;
