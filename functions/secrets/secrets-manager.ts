// The only Secrets Manager client. Its code is loaded when a secret is first needed: a request that needs none
// starts without it.
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretError } from './errors.ts';

const TIMEOUTS_MS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

let client: SecretsManagerClient | undefined;

/** The current string of a secret, by ARN or name. @throws SecretError, naming AWS's error and never the value. */
export const readSecret = async (secretId: string): Promise<string> => {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  client ??= new sdk.SecretsManagerClient({ requestHandler: TIMEOUTS_MS });
  const { SecretString } = await client
    .send(new sdk.GetSecretValueCommand({ SecretId: secretId }))
    .catch((cause) => {
      throw new SecretError(`The secret ${secretId} cannot be read (${cause.name}).`, { cause });
    });
  if (SecretString === undefined) throw new SecretError(`The secret ${secretId} holds bytes, not a string.`);
  return SecretString;
};
