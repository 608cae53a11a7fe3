// What Lambda's Invoke needs of a function.

export interface Invocation {
  /** JSON text: what the handler returned, or `{errorType, errorMessage, trace}`. */
  payload: string;
  failed: boolean;
  /** What the function printed meanwhile. */
  log: string;
}

export interface LocalFunction {
  invoke(payload: string): Promise<Invocation>;
}

export interface KillableFunction extends LocalFunction {
  /** Ends everything where it stands, as when Lambda's host dies; the next invocation starts anew. */
  kill(): Promise<void>;
}

/** By function name. */
export type LocalFunctions = ReadonlyMap<string, LocalFunction>;
