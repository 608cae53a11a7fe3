// What a function's worker thread is given, asked and answers.

export interface WorkerSettings {
  handlerUrl: string;
  functionName: string;
  functionArn: string;
  memoryMb: number;
}

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
