// GetSecretValue: a secret's current value, or the version asked for.
import * as z from 'zod';
import { AwsError } from '../errors.ts';
import { parseSecretRequest, secretNotFound } from './requests.ts';
import type { FindSecret } from './secret-store.ts';

const request = z.object({
  SecretId: z.string().min(1).max(2048),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});

export const getSecretValue = async (findSecret: FindSecret, body: unknown): Promise<string> => {
  const { SecretId, VersionId, VersionStage } = parseSecretRequest(request, body);
  const secret = await findSecret(SecretId);
  if (secret === undefined) {
    throw secretNotFound();
  }

  const stage =
    VersionStage ?? (VersionId === secret.previous?.id && VersionId ? 'AWSPREVIOUS' : 'AWSCURRENT');
  const version =
    stage === 'AWSPREVIOUS' ? secret.previous : stage === 'AWSCURRENT' ? secret.current : undefined;
  if (version === undefined || (VersionId !== undefined && VersionId !== version.id)) {
    const wanted = VersionId ? `VersionId: ${VersionId}` : `staging label: ${stage}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${wanted}`,
    );
  }
  return JSON.stringify({
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    SecretString: version.value,
    VersionStages: [stage],
    CreatedDate: version.createdAt.getTime() / 1000,
  });
};
