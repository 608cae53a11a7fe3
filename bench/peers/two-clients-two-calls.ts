// As two-clients, and the key fetched beside the row, which get-model does too.
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { handler as queryOnce, secretsManager } from './two-clients.ts';

export const handler = async (event: APIGatewayProxyEventV2) => {
  const key = secretsManager.send(
    new GetSecretValueCommand({ SecretId: process.env['ENCRYPTION_KEY_SECRET_ARN'] }),
  );
  const [answer] = await Promise.all([queryOnce(event), key]);
  return answer;
};
