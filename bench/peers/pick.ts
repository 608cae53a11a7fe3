// What the peers that are whole get-model functions share, written as one writes it the first time: the answer from a
// row, with the key from Secrets Manager, kept once it is there.
import { createDecipheriv } from 'node:crypto';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

let key: Promise<Buffer> | undefined;

export const encryptionKey = (client: SecretsManagerClient): Promise<Buffer> => {
  key ??= client
    .send(new GetSecretValueCommand({ SecretId: process.env['ENCRYPTION_KEY_SECRET_ARN'] }))
    .then(({ SecretString = '' }) => Buffer.from(SecretString, 'base64'));
  return key;
};

export const decrypt = (secret: Buffer, value: Uint8Array): string => {
  const decipher = createDecipheriv('aes-256-gcm', secret, value.subarray(0, 12));
  decipher.setAuthTag(value.subarray(-16));
  return Buffer.concat([decipher.update(value.subarray(12, -16)), decipher.final()]).toString('utf8');
};

export const answer = (model: string) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(model === '' ? { model, source: 'default' } : { model, source: 'workspace_secrets' }),
});
