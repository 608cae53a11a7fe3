// Commands to try next, ready to be pasted: three of the service's own, and those that show and mend a wrong pick.
import { isPicked, pickOf } from '../../functions/model/model-id.ts';
import type { ModelRules } from '../../functions/model/model-rules.ts';
import { MODEL_KEY } from '../fleet/keys.ts';
import type { FleetWorkspace } from '../fleet/read-fleet.ts';
import { visible } from '../support/visible.ts';

const SOME_ID = '00000000-0000-4000-8000-000000000000';
const SOME_MODEL = JSON.stringify({ model: 'minimax/MiniMax-M2.7' });
const MOST_SHOWN = 3;

export const nextCommands = (api: string, aws: string, [first]: FleetWorkspace[]): string[] => {
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

/** For a shell: within single quotes nothing means anything but the next one. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const look = (api: string, id: string): string => `curl ${api}/workspaces/${id}/model`;

const mend = (api: string, id: string): string =>
  `curl -X PUT ${api}/workspaces/${id}/model -d ${quoted(SOME_MODEL)}`;
