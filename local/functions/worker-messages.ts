// What a function is given, asked and answers, in a worker thread or elsewhere.
import * as z from 'zod';

export const workerSettings = z.object({
  handlerUrl: z.string(),
  functionName: z.string(),
  functionArn: z.string(),
  memoryMb: z.number(),
});

export type WorkerSettings = z.infer<typeof workerSettings>;

export interface InvocationRequest {
  id: string;
  payload: string;
  /** In milliseconds since 1970. */
  deadline: number;
}

export interface InvocationResult {
  id: string;
  payload: string;
  failed: boolean;
}

export type Handler = (event: unknown, context: object) => Promise<unknown>;

/** The module of a function. */
export const handlerModule = z.object({
  handler: z.custom<Handler>((value) => typeof value === 'function'),
});

/** What Lambda's Node runtime answers for an error. */
export const describeError = (error: unknown): object => {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
};
