// What a migration consists of: statements, in one direction or the other.
import type { LedgerEntry, State } from './ledger.ts';

/** One statement of a migration. */
export interface Step {
  sql: string;
  /** A table: the statement is a batch over its pages, from $1 to below $2 (tid). */
  walk?: string;
  /** The walk ends with its statement over the whole table at once, which sees every row in one snapshot. */
  swept?: boolean;
  /** A table: the statement takes a lock on it that autovacuum is in the way of. */
  alters?: string;
  /** The statement proves that the walk before it left no row: where it violates a constraint, that walk is repeated. */
  proves?: boolean;
}

/** A version's steps up or down. */
export interface Direction {
  version: string;
  state: Exclude<State, 'applied'>;
  steps: readonly Step[];
}

export interface NewEntry {
  version: string;
  name: string;
  checksum: string;
  down: readonly Step[];
}

/** An entry as it was read before. */
export type PlannedEntry = Pick<LedgerEntry, 'version' | 'checksum' | 'state'>;
