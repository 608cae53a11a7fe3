// The only Secrets Manager client.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NoSecretStringError, SecretError, SecretUnavailableError } from './errors.ts';

/**
 * The SDK's three attempts take at most 20 s, so that a write which waited for the key has time to settle: 3 s until an
 * answer begins, and as long for one that does not go on.
 */
const client = new SecretsManagerClient({
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 3_000,
    socketTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
});

export type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

export interface SecretVersion {
  id: string;
  value: string;
}

/** The current string of a secret, by ARN or name. The errors name AWS's and never the value. */
export const readSecret = async (secretId: string): Promise<string> =>
  (await readVersion(secretId, 'AWSCURRENT')).value;

/** @throws SecretUnavailableError where it passes by itself, SecretError where it does not */
export const readVersion = async (secretId: string, stage: Stage): Promise<SecretVersion> => {
  const { SecretString, SecretBinary, VersionId } = await client
    .send(new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage }))
    .catch((cause) => {
      throw errorOf(secretId, cause);
    });
  if (SecretBinary !== undefined) {
    throw new NoSecretStringError(`The secret ${secretId} holds bytes, not a string.`);
  }
  if (typeof SecretString !== 'string') {
    throw new SecretError(`Secrets Manager answered without a value of the secret ${secretId}.`);
  }
  return { id: `${VersionId}`, value: SecretString };
};

const errorOf = (secretId: string, cause: unknown): SecretError | SecretUnavailableError => {
  const name = socketCodeOf(cause) || (cause instanceof Error ? cause.name : 'UnknownError');
  if (isPassing(cause)) {
    return new SecretUnavailableError(`Secrets Manager does not serve at the moment (${name}). Try again.`, {
      cause,
    });
  }
  const Unreadable = name === 'ResourceNotFoundException' ? NoSecretStringError : SecretError;
  return new Unreadable(`The secret ${secretId} cannot be read (${name}).`, { cause });
};

const PASSING_NAMES: ReadonlySet<string> = new Set([
  'TimeoutError',
  'ThrottlingException',
  'RequestAbortedException',
]);

/** Throttled, failed, silent, or answered by something other than Secrets Manager; not a refusal by Secrets Manager itself. */
const isPassing = (cause: unknown): boolean => {
  if (!(cause instanceof Error)) {
    return false;
  }
  const metadata = '$metadata' in cause ? Object(cause.$metadata) : {};
  const status = Number(metadata.httpStatusCode ?? 0);
  const isForeign = '$response' in cause && status < 400;
  return (
    [408, 429].includes(status) ||
    status >= 500 ||
    socketCodeOf(cause) !== '' ||
    isForeign ||
    PASSING_NAMES.has(cause.name)
  );
};

/** Such as ECONNREFUSED, where the name is no more than Error; an empty string where it is no failure of a socket. */
const socketCodeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && /^E[A-Z_]+$/.test(`${cause.code}`) ? `${cause.code}` : '';
