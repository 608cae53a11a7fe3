// What a measurement is, what it is given, and what it finds.
import type { FunctionName } from '../functions/contract.ts';
import type { Peer } from './builds.ts';
import type { StackProcess } from './service/stack-process.ts';

/** The median of repeated measurements, and the quartiles on both sides of it. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

export type Unit = 'ms' | 'µs' | 'kB' | 'MB' | 'calls' | 'requests/s' | 'rows/s';

/** Bounds of the ratio that the service is to keep. */
export interface Target {
  atMost?: number;
  atLeast?: number;
}

/** One line of the table: a figure of ours against another, and how they relate. */
export interface Row {
  what: string;
  unit: Unit;
  ours: Spread;
  against: { name: string; figure: Spread };
  /** Our median in units of the other's. */
  ratio: number;
  target?: Target;
}

/** What every measurement is given; all of it is made once a run. */
export interface Bench {
  /** Of the superuser, in the database `postgres` of a server that no one else uses. Without writes for a crash. */
  postgresUrl: string;
  /** The local stack in a process of its own, over a database with the fleet that `service/fleet.ts` describes. */
  stack: StackProcess;
  /** Bundled entry points, by the file to load. */
  functions: Record<FunctionName, string>;
  peers: Record<Peer, string>;
  /** The file of a catalogue that offers 5,000 ids, among them the one that is picked, in its compact form. */
  catalogueFile: string;
  /** Somewhere to write. */
  directory: string;
  /** Reports to whoever watches how many of all steps are done. */
  progress: (done: number, of: number) => void;
}

export interface Measurement {
  /** As on the command line: `npm run bench -- <name>`. */
  name: string;
  measure: (bench: Bench) => Promise<Row[]>;
}
