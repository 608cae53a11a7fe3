// CDK context to deploy with, without the CDK, which takes seconds to load.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

export const account = '111122223333';
export const region = 'eu-west-1';

export const clusterArn = `arn:aws:rds:${region}:${account}:cluster:platform`;
export const databaseSecretArn = `arn:aws:secretsmanager:${region}:${account}:secret:platform-AbCdEf`;
export const encryptionKeySecretArn = `arn:aws:secretsmanager:${region}:${account}:secret:platform-key-GhIjKl`;
export const kmsKeyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;

/** The usual way: an existing cluster, with a key of its own. */
export const joined = { clusterArn, databaseSecretArn, databaseName: 'platform', encryptionKeySecretArn };

/** The other way: a cluster made here. */
export const own = { database: 'own' };

/** Tokens instead of IAM. */
export const tokens = { auth: 'jwt', jwtIssuer: 'https://tokens.example.com/', jwtAudience: 'canvas' };

export const cdkJsonContext = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))).context;
