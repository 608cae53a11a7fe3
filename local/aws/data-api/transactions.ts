// Transactions begun through the Data API: each has one connection, and ends by itself when nobody uses it.
import { randomBytes } from 'node:crypto';
import { AwsError } from '../errors.ts';
import type { Running } from './running.ts';
import type { Connection } from './sessions.ts';

export interface TransactionLimits {
  /** A transaction that nobody uses is rolled back after so long: 3 minutes on AWS. */
  idleMs: number;
  /** No transaction lives longer: 24 hours on AWS. */
  totalMs: number;
}

type Work<T> = (connection: Connection) => Running<T>;

/** Which transaction a call names, and the database that it names beside. */
export interface TransactionCall {
  transactionId: string;
  database?: string | undefined;
}

interface Entry {
  id: string;
  database: string;
  connection: Connection;
  busy: boolean;
  idleTimer?: NodeJS.Timeout;
  totalTimer?: NodeJS.Timeout;
}

export class Transactions {
  readonly #limits: TransactionLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: TransactionLimits) {
    this.#limits = limits;
  }

  /** Takes over a connection to `database` on which BEGIN has been run. */
  add(connection: Connection, database: string): string {
    const entry: Entry = { id: randomBytes(96).toString('base64'), database, connection, busy: false };
    this.#entries.set(entry.id, entry);
    entry.idleTimer = this.#timer(entry, this.#limits.idleMs);
    entry.totalTimer = this.#timer(entry, this.#limits.totalMs);
    return entry.id;
  }

  /**
   * Lets `work` have the connection to itself.
   * @throws AwsError where there is no such transaction, it is in another database, or in use
   */
  use<T>(call: TransactionCall, work: Work<T>): Promise<T> {
    return this.#use(call, work, (entry) => this.#unlock(entry));
  }

  /** The same for the last time: for CommitTransaction and RollbackTransaction. */
  finish<T>(call: TransactionCall, work: Work<T>): Promise<T> {
    return this.#use(call, work, (entry) => this.#end(entry));
  }

  /** Rolls back, whatever state the transaction is in; nothing where it is gone. */
  async abandon(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      await this.#end(entry);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => this.#end(entry)));
  }

  async #use<T>(
    call: TransactionCall,
    work: Work<T>,
    afterwards: (entry: Entry) => Promise<void>,
  ): Promise<T> {
    const entry = this.#idle(call);
    entry.busy = true;
    clearTimeout(entry.idleTimer);
    const { answer, ended } = work(entry.connection);
    const over = ended.then(() => afterwards(entry));
    // No failure ends a transaction: AWS rolls back after a failed statement on request (jeremydaly/data-api-client), and
    // answers further statements with PostgreSQL's own 25P02 (cloud-utils/aurora-data-api, test_continue_after_timeout).
    const value = await answer;
    await over;
    return value;
  }

  #idle({ transactionId, database }: TransactionCall): Entry {
    const entry = this.#entries.get(transactionId);
    if (entry === undefined) {
      throw new AwsError('TransactionNotFoundException', `Transaction ${transactionId} is not found`, 404);
    }
    // A call need not name it again, but cannot name another one (aws/aws-sdk-js-v3 2595).
    if (database && database !== entry.database) {
      throw new AwsError('BadRequestException', 'Database name is not the same as transaction');
    }
    if (entry.busy) {
      throw new AwsError('DatabaseErrorException', 'Transaction is still running a query');
    }
    return entry;
  }

  /** SQL's own COMMIT or ROLLBACK ends nothing here: the id stays known, with a connection that is in no transaction. */
  async #unlock(entry: Entry): Promise<void> {
    entry.busy = false;
    if (this.#entries.has(entry.id)) {
      entry.idleTimer = this.#timer(entry, this.#limits.idleMs);
    }
  }

  #timer(entry: Entry, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#end(entry), ms).unref();
  }

  /** Forgets the transaction; whatever was not committed is rolled back, by closing its connection. */
  async #end(entry: Entry): Promise<void> {
    if (!this.#entries.delete(entry.id)) {
      return;
    }
    clearTimeout(entry.idleTimer);
    clearTimeout(entry.totalTimer);
    const { client } = entry.connection;
    if (client.getTransactionStatus() !== 'I') {
      return client.release(true);
    }
    await client.query('DISCARD ALL').then(
      () => client.release(),
      () => client.release(true),
    );
  }
}
