// What the process of the local stack, and that of the network before it, receive and send.
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
  apiUrl: z.string(),
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

export const tlsProxySettings = z.object({
  targetUrl: z.string(),
  /** Both in PEM; the certificate is followed by the one that signed it. */
  key: z.string(),
  cert: z.string(),
  roundTripsMs: z.array(z.number()),
});

export type TlsProxySettings = z.infer<typeof tlsProxySettings>;

/** One address for each round trip. */
export const tlsProxyMessage = z.object({ kind: z.literal('proxying'), urls: z.array(z.string()) });

export type StackMessage = z.infer<typeof stackMessage>;
