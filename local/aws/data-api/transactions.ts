// Transactions begun through the Data API: each has one connection, and ends by itself when nobody uses it.
import { randomBytes } from 'node:crypto';
import { AwsError } from '../errors.ts';
import type { RunningStatement } from './run-statement.ts';
import type { Connection } from './sessions.ts';

export interface TransactionLimits {
  idleMs: number;
  totalMs: number;
}

interface Entry {
  id: string;
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

  /** Takes over a connection on which BEGIN has been run. */
  add(connection: Connection): string {
    const entry: Entry = { id: randomBytes(96).toString('base64'), connection, busy: false };
    this.#entries.set(entry.id, entry);
    entry.idleTimer = this.#timer(entry, this.#limits.idleMs);
    entry.totalTimer = this.#timer(entry, this.#limits.totalMs);
    return entry.id;
  }

  /** Lets `work` have the connection to itself. @throws AwsError where there is no such transaction, or it is in use */
  async use<T>(id: string, work: (connection: Connection) => RunningStatement<T>): Promise<T> {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      throw new AwsError('TransactionNotFoundException', `Transaction ${id} is not found`, 404);
    }
    if (entry.busy) {
      throw new AwsError('DatabaseErrorException', 'Transaction is still running a query');
    }

    entry.busy = true;
    clearTimeout(entry.idleTimer);
    const { answer, ended } = work(entry.connection);
    const unlocked = ended.then(() => this.#unlock(entry));
    const value = await answer;
    await unlocked;
    return value;
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

  async #unlock(entry: Entry): Promise<void> {
    entry.busy = false;
    // The statement may have been COMMIT or ROLLBACK, the Data API's own or one in SQL.
    if (entry.connection.client.getTransactionStatus() === 'I') {
      await this.#end(entry);
    } else if (this.#entries.has(entry.id)) {
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
