// Moves that a deploy refuses unless context allows them: each would leave picks behind, or unreadable, after a green deploy.
import * as z from 'zod/mini';
import type { Move } from '../contract.ts';
import type { Execute } from '../database/client.ts';
import { type Deployment, isKeyOf, isSettledBy } from '../database/deployment.ts';
import { sqlStateOf } from '../database/failures.ts';
import { firstRow } from '../database/fields.ts';
import { queryRows } from '../database/rows.ts';
import { AES_256_GCM_VERSION, LONGEST_VALUE, type StoredValue } from '../secrets/cipher.ts';
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import { type DeployRequest, stackNameOf } from './deploy-event.ts';
import { retrying } from './retry.ts';

const SAMPLE_ROWS = 20;
/** Something in the statement is not there, or may not be read: the preflight says what. */
const NO_SUCH_THING = /^42/;

/** What is asked of a key that is tried on stored picks. */
export type TriedKey = Pick<EncryptionKey, 'openAll'>;

export interface MovesContext {
  /** As the owner. */
  execute: Execute;
  encryptionKey: EncryptionKey;
  /** The deployment that was noted last. */
  noted: Deployment | undefined;
}

/** A sentence for each move that would be made and is not allowed. */
export const refusedMoves = async (request: DeployRequest, context: MovesContext): Promise<string[]> => {
  const { AllowedMoves } = request.ResourceProperties;
  return [
    ...(!AllowedMoves.includes('own') && leavesJoinedCluster(request, context)
      ? [LEAVES_JOINED_CLUSTER]
      : []),
    ...(await refusedTakeovers(
      { stackName: stackNameOf(request.StackId), allowedMoves: AllowedMoves },
      isNotedKey(request, context) ? { ...context, encryptionKey: undefined } : context,
    )),
  ];
};

export interface Takeover {
  /** Undefined where there is none to compare. */
  stackName: string | undefined;
  allowedMoves: readonly Move[];
}

/** The same of a database alone, which another stack or another key may have. No key is tried where none is given. */
export const refusedTakeovers = async (
  { stackName, allowedMoves }: Takeover,
  {
    execute,
    encryptionKey,
    noted,
  }: Pick<MovesContext, 'execute' | 'noted'> & { encryptionKey: TriedKey | undefined },
): Promise<string[]> => {
  const triedKey = allowedMoves.includes('key') ? undefined : encryptionKey;
  return [
    ...(allowedMoves.includes('stack') || stackName === undefined ? [] : otherStack(stackName, noted)),
    ...(triedKey !== undefined && (await opensNothing(execute, triedKey)) ? [OPENS_NOTHING] : []),
  ];
};

const LEAVES_JOINED_CLUSTER =
  'The service is joined to a cluster, and this deploy would move it to an empty one of its own, where nothing is picked. ' +
  'Write clusterArn, databaseSecretArn and databaseName as before; or, to leave that cluster, allowMove=own.';

const OPENS_NOTHING =
  "The encryption key opens none of the stored picks. Name the platform's key in encryptionKeySecretArn; or, to give up " +
  'the stored picks, write allowMove=key.';

/**
 * An own cluster on which this very stack was completed is not empty: an Update that was to join another one has failed, and
 * comes back.
 */
const leavesJoinedCluster = (request: DeployRequest, { noted }: MovesContext): boolean =>
  request.RequestType === 'Update' &&
  request.OldResourceProperties.ExistingDatabase === 'true' &&
  request.ResourceProperties.ExistingDatabase === 'false' &&
  !isSettledBy(request.StackId, noted);

const otherStack = (stackName: string, noted: Deployment | undefined): string[] => {
  if (noted === undefined || stackNameOf(noted.stackId) === stackName) {
    return [];
  }
  return [
    `The stack ${stackNameOf(noted.stackId)} migrates this database, and two stacks would undo each other's migrations. ` +
      `Deploy to another database; or, where ${stackNameOf(noted.stackId)} no longer exists, write allowMove=stack.`,
  ];
};

const isNotedKey = (
  { RequestType, ResourceProperties }: DeployRequest,
  { noted }: Pick<MovesContext, 'noted'>,
): boolean => RequestType === 'Update' && isKeyOf(ResourceProperties.EncryptionKeySecretArn, noted);

/** Such an Update need not even read the key: it may be lost, and the way back from the next one would be closed. */
export const comesBackToKey = (request: DeployRequest, noted: Deployment | undefined): boolean => {
  if (request.RequestType === 'Create') {
    return false;
  }
  const { EncryptionKeySecretArn: before } = request.OldResourceProperties;
  const isChanged = before !== undefined && before !== request.ResourceProperties.EncryptionKeySecretArn;
  return isChanged && isNotedKey(request, { noted });
};

/** Whether there are encrypted picks and the key opens none of those looked at. */
const opensNothing = async (execute: Execute, encryptionKey: TriedKey): Promise<boolean> => {
  const sample = await readSample(execute);
  return sample.length > 0 && (await encryptionKey.openAll(sample)).every((text) => text === undefined);
};

const Sampled = z.object({ value: z.nullable(z.string()) });

const readSample = async (execute: Execute): Promise<StoredValue[]> => {
  const sql = `
    SELECT encode(s.encrypted_value, 'base64') AS value FROM (VALUES (1)) AS one (row) LEFT JOIN (
      SELECT encrypted_value FROM workspace_secrets
      WHERE CAST(key AS text) IN ('MODEL', 'MODEL_PROVIDER') AND encryption_version = ${AES_256_GCM_VERSION}
        AND octet_length(encrypted_value) <= ${LONGEST_VALUE}
      LIMIT ${SAMPLE_ROWS}
    ) AS s ON true`;
  try {
    const rows = await queryRows(retrying(execute, 'sample of picks'), Sampled, { sql });
    firstRow(rows);
    return rows.flatMap(({ value }) =>
      value === null
        ? []
        : [{ encryptedValue: Buffer.from(value, 'base64'), encryptionVersion: AES_256_GCM_VERSION }],
    );
  } catch (error) {
    if (NO_SUCH_THING.test(sqlStateOf(error))) {
      return [];
    }
    throw error;
  }
};
