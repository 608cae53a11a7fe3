// Looks up secrets that were made at another Secrets Manager endpoint, such as an emulator's.
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { REGION } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { FindSecret } from './secret-store.ts';

/** Nothing is kept: a secret that is changed over there is changed at the next call here. */
export const findElsewhere = (endpoint: string): FindSecret => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SecretsManagerClient({ endpoint, region: REGION, credentials });
  return async (id) => {
    try {
      const {
        ARN = id,
        Name = id,
        VersionId = '',
        SecretString = '',
        CreatedDate,
      } = await client.send(new GetSecretValueCommand({ SecretId: id }));
      const current = { id: VersionId, value: SecretString, createdAt: CreatedDate ?? new Date() };
      return { arn: ARN, name: Name, current };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        return undefined;
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new AwsError(
        'SecretsErrorException',
        `Secrets Manager at ${endpoint} does not answer: ${reason}`,
      );
    }
  };
};
