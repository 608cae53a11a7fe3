// The three commands to try next, ready to be pasted.
import type { FleetWorkspace } from '../fleet/read-fleet.ts';
import { functionNames } from '../functions/service-functions.ts';

const SOME_ID = '00000000-0000-4000-8000-000000000000';

export const nextCommands = (api: string, aws: string, [first]: FleetWorkspace[]): string[] => {
  const id = first?.id ?? SOME_ID;
  const request = JSON.stringify({ workspace_id: id, runtime: first?.runtime ?? 'langgraph' });
  return [
    `curl ${api}/workspaces/${id}/model`,
    `curl -X PUT ${api}/workspaces/${id}/model -d '{"model":"minimax/MiniMax-M2.7"}'`,
    `curl -X POST ${aws}/2015-03-31/functions/${functionNames.provision}/invocations -d '${request}'`,
  ];
};
