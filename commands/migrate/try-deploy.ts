// What a deploy would be refused for, tried on the database and rolled back.
import { apiUserOf, MADE_KEY_ID } from '../../functions/contract.ts';
import type { Execute } from '../../functions/database/client.ts';
import { type Deployment, isKeyOf, readDeployment } from '../../functions/database/deployment.ts';
import { ServiceError } from '../../functions/errors.ts';
import { stackNameOf } from '../../functions/migration/deploy-event.ts';
import { refusedTakeovers, type TriedKey } from '../../functions/migration/moves.ts';
import { planMigration } from '../../functions/migration/plan.ts';
import { findObstacles } from '../../functions/migration/preflight/obstacles.ts';
import { lackingRight, preflight } from '../../functions/migration/preflight/preflight.ts';
import { readLedgerOrExplain } from '../../functions/migration/read-ledger.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { EncryptionKey } from '../../functions/secrets/encryption-key.ts';
import type { DatabaseToMigrate, PlannedDeploy } from './database.ts';

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
  const {
    reasons,
    failing,
    moved = [],
    hasTables,
  } = await preflight({
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
  const moves = await refusedMoves(execute, deploy, noted);
  return { refusals: [...new Set([...moves, ...unfit, ...obstacles, ...failing])], moved, hasTables };
};

/** As a deploy would refuse them, with the key tried on stored picks. */
const refusedMoves = async (
  execute: Execute,
  deploy: PlannedDeploy,
  noted: Deployment | undefined,
): Promise<string[]> => {
  const { stackName, allowedMoves } = deploy;
  try {
    const encryptionKey = await keyToTry(deploy, noted);
    return await refusedTakeovers({ stackName, allowedMoves }, { execute, noted, encryptionKey });
  } catch (error) {
    if (error instanceof ServiceError) {
      return [
        `The encryption key cannot be used. ${error.message} Check encryptionKeySecretArn, and your right to read it.`,
      ];
    }
    throw error;
  }
};

/** Undefined where nothing is known of it, and where the stack keeps the one that it has: that may not even be readable here. */
const keyToTry = async (
  { stackName, encryptionKeySecretArn, makesKey }: PlannedDeploy,
  noted: Deployment | undefined,
): Promise<TriedKey | undefined> => {
  const isUpdate = noted !== undefined && [undefined, stackNameOf(noted.stackId)].includes(stackName);
  if (encryptionKeySecretArn === undefined) {
    const isKept = isUpdate && noted.encryptionKey.includes(`:secret:${MADE_KEY_ID}-`);
    return makesKey && !isKept ? NEW_KEY : undefined;
  }
  if (isUpdate && isKeyOf(encryptionKeySecretArn, noted)) {
    return undefined;
  }
  const key = new EncryptionKey(encryptionKeySecretArn);
  await key.current();
  return key;
};

const NEW_KEY: TriedKey = { openAll: async (values) => values.map(() => undefined) };
