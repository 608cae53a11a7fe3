// What a deploy would be refused for, tried on the database and rolled back.
import { apiUserOf } from '../../functions/contract.ts';
import { readDeployment } from '../../functions/database/deployment.ts';
import { stackNameOf } from '../../functions/migration/deploy-event.ts';
import { planMigration } from '../../functions/migration/plan.ts';
import { findObstacles } from '../../functions/migration/preflight/obstacles.ts';
import { lackingRight, preflight } from '../../functions/migration/preflight/preflight.ts';
import { readLedgerOrExplain } from '../../functions/migration/read-ledger.ts';
import { retrying } from '../../functions/migration/retry.ts';
import type { DatabaseToMigrate } from './database.ts';

/**
 * The trial makes a user of this name and removes it, where nothing says which stack it is for. A refusal quotes it in statements to
 * run, where the right name has to be put in.
 */
const TRIED_API_USER = '<stackName>_api';

/** `refusals` has what would fail half-way, too: by hand there is no deploy that goes back by itself. */
export const tryDeploy = async (
  { execute, migrations, deploy }: Pick<DatabaseToMigrate, 'execute' | 'migrations' | 'deploy'>,
  target: string,
) => {
  const noted = await readDeployment(retrying(execute, 'deployment'));
  const deployed = noted && stackNameOf(noted.stackId);
  const stackName = deploy.stackName ?? deployed;
  // By the stack that is named, or else by the one that has been deployed here: rights may have been given to its user.
  const apiUser = stackName === undefined ? TRIED_API_USER : apiUserOf(stackName);
  const { reasons, failing, moved, hasTables } = await preflight({
    execute,
    migrations,
    target,
    apiUser,
    isJoined: true,
  });
  const { work, reasons: obstacles } = await findObstacles(execute, async () =>
    planMigration(migrations, await readLedgerOrExplain(execute), target),
  );
  // An update that only undoes asks of the tables what its steps need, and no more.
  const onlyUndoes = deployed === stackName && work.undo.length > 0 && work.apply.length === 0;
  const unfit = onlyUndoes ? await lackingRight(execute, apiUser) : reasons;
  return { refusals: [...new Set([...unfit, ...obstacles, ...failing])], moved, hasTables };
};
