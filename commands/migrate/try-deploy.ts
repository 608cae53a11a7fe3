// What a deploy would be refused for, tried on the database and rolled back.
import { preflight } from '../../functions/migration/preflight/preflight.ts';
import type { Connection } from './connection.ts';

/** The trial makes a user of this name and removes it: the command does not know the name of the deployment's own. */
const TRIED_API_USER = 'workspace_model_trial';

/** `refusals` has what would fail half-way, too: by hand there is no deploy that goes back by itself. */
export const tryDeploy = async (
  { execute, migrations }: Pick<Connection, 'execute' | 'migrations'>,
  target: string,
) => {
  const { reasons, failing, moved, hasTables } = await preflight({
    execute,
    migrations,
    target,
    apiUser: TRIED_API_USER,
    isJoined: true,
  });
  return { refusals: [...reasons, ...failing], moved, hasTables };
};
