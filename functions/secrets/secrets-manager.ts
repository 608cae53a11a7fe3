// The only Secrets Manager client.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretError } from './errors.ts';

const client = new SecretsManagerClient({
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/** The current string of a secret, by ARN or name. @throws SecretError, naming AWS's error and never the value. */
export const readSecret = async (secretId: string): Promise<string> => {
  const { SecretString } = await client
    .send(new GetSecretValueCommand({ SecretId: secretId }))
    .catch((cause) => {
      throw new SecretError(`The secret ${secretId} cannot be read (${cause.name}).`, { cause });
    });
  if (SecretString === undefined) {
    throw new SecretError(`The secret ${secretId} holds bytes, not a string.`);
  }
  return SecretString;
};
