// What the endpoint notes of every call, and the faults that a test or a rehearsal can ask of it.

export interface Call {
  readonly service: string;
  readonly operation: string;
  /** How many calls to the same service came before this one. */
  readonly index: number;
  readonly sql?: string;
  readonly transactionId?: string;
  /** `pending` while it runs, then `ok`, the name of the error answered, `lost-response` or `dropped-request`. */
  outcome: string;
}

export type Fault =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'error'; readonly name: string; readonly message?: string; readonly status: number }
  /** The call happens, commit included, but the connection breaks before the answer. */
  | { readonly kind: 'lost-response' }
  /** The connection breaks before the call happens. */
  | { readonly kind: 'dropped-request' };

export type OnCall = (call: Call) => Fault | undefined;
