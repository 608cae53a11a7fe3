// What the endpoint notes of every call: for tests to count, and to choose the calls that are to go wrong.
import * as z from 'zod';

export interface Call {
  readonly service: string;
  readonly operation: string;
  /** How many calls to the same service came before this one. */
  readonly index: number;
  readonly sql?: string;
  readonly transactionId?: string;
  /** `pending` while it runs, then `ok`, the name of the error answered, or the kind of the fault that ended it. */
  outcome: string;
}

const statement = z.object({ sql: z.string().optional(), transactionId: z.string().optional() }).catch({});

export class CallRecord {
  /** In the order of their arrival; empty where `keep` is false, because a long run makes many. */
  readonly calls: Call[] = [];
  readonly #keep: boolean;
  readonly #counts = new Map<string, number>();

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  add(service: string, operation: string, body: unknown): Call {
    const index = this.#counts.get(service) ?? 0;
    this.#counts.set(service, index + 1);
    const { sql, transactionId } = service === 'rds-data' ? statement.parse(body) : {};
    const call: Call = {
      service,
      operation,
      index,
      ...(sql !== undefined && { sql }),
      ...(transactionId !== undefined && { transactionId }),
      outcome: 'pending',
    };
    if (this.#keep) {
      this.calls.push(call);
    }
    return call;
  }
}
