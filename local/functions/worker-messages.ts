// What a function's worker thread is given, asked and answers.
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
