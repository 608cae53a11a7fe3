// GetSecretValue: a secret's current value, or the version asked for.
import * as z from 'zod';
import { AwsError } from '../errors.ts';
import { optional } from '../optional.ts';
import { parseSecretRequest, secretNotFound } from './requests.ts';
import type { FindSecret } from './secret-store.ts';

const request = z.object({
  SecretId: z.string().min(1).max(2048),
  VersionId: optional(z.string()),
  VersionStage: optional(z.string()),
});

export const getSecretValue = async (findSecret: FindSecret, body: unknown): Promise<string> => {
  const { SecretId, VersionId, VersionStage } = parseSecretRequest(request, body);
  const secret = await findSecret(SecretId);
  if (secret === undefined) {
    throw secretNotFound();
  }

  const { current, previous } = secret;
  const versions = [
    { stage: 'AWSCURRENT', ...current },
    ...(previous ? [{ stage: 'AWSPREVIOUS', ...previous }] : []),
  ];
  const wantedStage = VersionStage ?? 'AWSCURRENT';
  const version = versions.find(({ id, stage }) =>
    VersionId === undefined ? stage === wantedStage : id === VersionId,
  );
  if (version === undefined) {
    const wanted = VersionId === undefined ? `staging label: ${wantedStage}` : `VersionId: ${VersionId}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${wanted}`,
    );
  }
  // As seen on AWS (getmoto/moto 5238).
  if (VersionStage !== undefined && VersionStage !== version.stage) {
    throw new AwsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  }
  return JSON.stringify({
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    SecretString: version.value,
    VersionStages: [version.stage],
    CreatedDate: version.createdAt.getTime() / 1000,
  });
};
