// DescribeSecret: everything about a secret but its value.
import * as z from 'zod';
import { parseSecretRequest, secretNotFound } from './requests.ts';
import type { FindSecret } from './secret-store.ts';

const request = z.object({ SecretId: z.string().min(1).max(2048) });

export const describeSecret = async (findSecret: FindSecret, body: unknown): Promise<string> => {
  const secret = await findSecret(parseSecretRequest(request, body).SecretId);
  if (secret === undefined) {
    throw secretNotFound();
  }

  const { current, previous } = secret;
  return JSON.stringify({
    ARN: secret.arn,
    Name: secret.name,
    CreatedDate: (previous ?? current).createdAt.getTime() / 1000,
    LastChangedDate: current.createdAt.getTime() / 1000,
    VersionIdsToStages: {
      [current.id]: ['AWSCURRENT'],
      ...(previous && { [previous.id]: ['AWSPREVIOUS'] }),
    },
  });
};
