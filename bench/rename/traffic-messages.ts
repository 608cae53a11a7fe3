// What the process of the callers receives and sends.
import * as z from 'zod';

export const trafficSettings = z.object({ awsUrl: z.string(), workspaceIds: z.array(z.string()) });

export const answered = z.object({ statusCode: z.number() });

/** `began` in milliseconds since the epoch. */
const call = z.object({ began: z.number(), ms: z.number(), statusCode: z.number() });

export type Call = z.infer<typeof call>;

export const calls = z.array(call);
