// What a deploy would be refused for, tried on the database and rolled back.
import { apiUserOf } from '../../functions/contract.ts';
import type { Execute } from '../../functions/database/client.ts';
import { readDeployment } from '../../functions/database/deployment.ts';
import { stackNameOf } from '../../functions/migration/deploy-event.ts';
import { preflight } from '../../functions/migration/preflight/preflight.ts';
import { retrying } from '../../functions/migration/retry.ts';
import type { Connection } from './connection.ts';

/**
 * The trial makes a user of this name and removes it, where nothing says which stack it is for. A refusal quotes it in statements to
 * run, where the right name has to be put in.
 */
const TRIED_API_USER = '<stackName>_api';

/** `refusals` has what would fail half-way, too: by hand there is no deploy that goes back by itself. */
export const tryDeploy = async (
  { execute, migrations, deploy: { stackName } }: Pick<Connection, 'execute' | 'migrations' | 'deploy'>,
  target: string,
) => {
  const { reasons, failing, moved, hasTables } = await preflight({
    execute,
    migrations,
    target,
    apiUser: await triedUser(execute, stackName),
    isJoined: true,
  });
  return { refusals: [...reasons, ...failing], moved, hasTables };
};

/** By the stack that is named, or else by the one that has been deployed here: rights may have been given to its user. */
const triedUser = async (execute: Execute, stackName: string | undefined): Promise<string> => {
  if (stackName !== undefined) {
    return apiUserOf(stackName);
  }
  const noted = await readDeployment(retrying(execute, 'deployment'));
  return noted === undefined ? TRIED_API_USER : apiUserOf(stackNameOf(noted.stackId));
};
