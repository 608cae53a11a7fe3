// What a deploy would be refused for, tried on the database and rolled back.
import { apiUserOf } from '../../functions/contract.ts';
import { preflight } from '../../functions/migration/preflight/preflight.ts';
import type { Connection } from './connection.ts';

/** The trial makes a user of this name and removes it, where the command does not know which stack it is for. */
const TRIED_API_USER = 'workspace_model_trial';

/** `refusals` has what would fail half-way, too: by hand there is no deploy that goes back by itself. */
export const tryDeploy = async (
  { execute, migrations, deploy: { stackName } }: Pick<Connection, 'execute' | 'migrations' | 'deploy'>,
  target: string,
) => {
  const { reasons, failing, moved, hasTables } = await preflight({
    execute,
    migrations,
    target,
    apiUser: stackName === undefined ? TRIED_API_USER : apiUserOf(stackName),
    isJoined: true,
  });
  return { refusals: [...reasons, ...failing], moved, hasTables };
};
