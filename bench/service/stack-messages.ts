// What the process of the local stack is told and tells.
import * as z from 'zod';
import { functionNames } from '../../functions/contract.ts';

export const stackSettings = z.object({
  databaseUrl: z.string(),
  encryptionKey: z.string(),
  /** Whether the database is to be migrated first, so that the functions serve. */
  migrated: z.boolean(),
});

/** Asks for the number of Data API calls since the start. */
export const stackCommand = z.literal('count');

const variables = z.record(z.string(), z.string());

const stackFacts = z.object({
  kind: z.literal('started'),
  awsUrl: z.string(),
  clusterArn: z.string(),
  databaseSecretArn: z.string(),
  databaseName: z.string(),
  encryptionKeySecretArn: z.string(),
  /** The whole environment of each function. */
  variables: z.record(z.enum(functionNames()), variables),
});

export type StackFacts = z.infer<typeof stackFacts>;

export const stackMessage = z.discriminatedUnion('kind', [
  stackFacts,
  z.object({ kind: z.literal('counted'), dataApiCalls: z.number() }),
]);

export type StackMessage = z.infer<typeof stackMessage>;
