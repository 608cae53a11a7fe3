// Whether what callers saw of one workspace can be explained by one order of its operations, in which each took effect
// at one moment between its start and its end: linearizability of a register (Herlihy and Wing, 1990). For registers
// whose writes are told apart by their values this needs no search (Gibbons and Korach, 1997): a write and the reads of
// its value stand together, so it is enough to put first whatever nothing else has to precede. Clears all write the
// same value; they are used up one by one, the earliest ending first, and only where nothing else can come next.

/** What a cleared workspace reads as. */
export const CLEARED = '';

export interface Operation {
  kind: 'read' | 'write';
  /** Read or written; no two writes but clears write the same. */
  value: string;
  /** Any clock that all operations of a history share. */
  start: number;
  end: number;
  /** Of a write: that it was not acknowledged. It took effect before its end, or never. */
  unsure?: boolean;
}

/** A write and every read of its value; a read of a value that nobody wrote stands without one. */
interface Cluster {
  write: Operation | undefined;
  reads: Operation[];
}

/** Why the operations on one register, cleared at the beginning, cannot be explained; nothing where they can. */
export const findContradiction = (history: readonly Operation[]): string | undefined => {
  const clusters = clustersOf(history);
  const impossible = clusters.find(
    ({ write, reads }) => write === undefined || reads.some(({ end }) => end < write.start),
  );
  if (impossible !== undefined) {
    return `${describe(impossible.reads)} before anybody had written it`;
  }
  const register = new Register(clusters, history);
  while (!register.isExplained) {
    if (!register.takeNext()) {
      return register.contradiction();
    }
  }
  return undefined;
};

const clustersOf = (history: readonly Operation[]): Cluster[] => {
  const clusters = new Map<string, Cluster>();
  for (const operation of history.filter(({ value }) => value !== CLEARED)) {
    const cluster = clusters.get(operation.value) ?? { write: undefined, reads: [] };
    clusters.set(operation.value, cluster);
    if (operation.kind === 'read') {
      cluster.reads.push(operation);
    } else {
      cluster.write = operation;
    }
  }
  // Whether an unsure write that nobody read took effect makes no difference.
  return [...clusters.values()].filter(({ write, reads }) => write?.unsure !== true || reads.length > 0);
};

/** The operations that are not in the order yet, and the register as those before them have left it. */
class Register {
  readonly #clusters: Set<Cluster>;
  /** Reads of the cleared register. */
  readonly #reads: Set<Operation>;
  readonly #clears: Set<Operation>;
  #isCleared = true;
  /** The latest start of what is in the order: nothing that ended before it can come any more. */
  #now = Number.NEGATIVE_INFINITY;

  constructor(clusters: Cluster[], history: readonly Operation[]) {
    const cleared = history.filter(({ value }) => value === CLEARED);
    this.#clusters = new Set(clusters);
    this.#reads = new Set(cleared.filter(({ kind }) => kind === 'read'));
    this.#clears = new Set(cleared.filter(({ kind }) => kind === 'write'));
  }

  get isExplained(): boolean {
    return this.#clusters.size === 0 && this.#reads.size === 0;
  }

  /** Puts into the order what can come next and leaves the most to come later. False where nothing can. */
  takeNext(): boolean {
    const read = this.#isCleared ? this.#readable()[0] : undefined;
    const cluster = this.#movable()[0];
    const unsure = this.#unsureClears();

    // An unsure clear that a cluster can still come before clears anew after it, unless a read passes its end.
    const after = unsure.find(({ end }) => cluster !== undefined && lastStart(cluster) <= end);
    if (read !== undefined && (after === undefined || read.start <= after.end)) {
      return this.#take(this.#reads, read, read.start, true);
    }
    // One that no cluster can come before is of use now or never.
    const fading = unsure[0];
    if (cluster !== undefined && !this.#isCleared && fading !== undefined && fading !== after) {
      return this.#take(this.#clears, fading, fading.start, true);
    }
    if (cluster !== undefined) {
      return this.#take(this.#clusters, cluster, lastStart(cluster), false);
    }
    const wanted = !this.#isCleared && this.#readable().length > 0 ? unsure : [];
    const [clear] = [...this.#sureClears(), ...wanted].sort(byEnd);
    return clear !== undefined && this.#take(this.#clears, clear, clear.start, true);
  }

  contradiction(): string {
    const readable = this.#readable();
    return readable.length > 0
      ? `${describe(readable)} although nothing had cleared it`
      : `${describe([...this.#clusters].flatMap(({ reads }) => reads))} although something else was written in between`;
  }

  #take<Taken>(from: Set<Taken>, taken: Taken, start: number, leavesCleared: boolean): true {
    from.delete(taken);
    this.#now = Math.max(this.#now, start);
    this.#isCleared = leavesCleared;
    return true;
  }

  /** The first end of what has to be in the order, except that of one cluster: nothing that starts later can come next. */
  #limit(except?: Cluster): number {
    const clusters = [...this.#clusters].filter((cluster) => cluster !== except);
    const sureClears = [...this.#clears].filter(({ unsure }) => unsure !== true);
    return Math.min(...clusters.map(firstEnd), ...[...this.#reads, ...sureClears].map(({ end }) => end));
  }

  #readable(): Operation[] {
    const limit = this.#limit();
    return [...this.#reads].filter(({ start }) => start <= limit).sort(byStart);
  }

  #movable(): Cluster[] {
    return [...this.#clusters]
      .filter((cluster) => lastStart(cluster) <= this.#limit(cluster))
      .sort((one, other) => lastStart(one) - lastStart(other));
  }

  #sureClears(): Operation[] {
    const limit = this.#limit();
    return [...this.#clears].filter(({ start, unsure }) => unsure !== true && start <= limit).sort(byEnd);
  }

  #unsureClears(): Operation[] {
    const limit = this.#limit();
    return [...this.#clears]
      .filter(({ start, end, unsure }) => unsure === true && start <= limit && end >= this.#now)
      .sort(byEnd);
  }
}

const byStart = (one: Operation, other: Operation) => one.start - other.start;
const byEnd = (one: Operation, other: Operation) => one.end - other.end;

const operationsOf = ({ write, reads }: Cluster): Operation[] => (write ? [write, ...reads] : reads);
const firstEnd = (cluster: Cluster) => Math.min(...operationsOf(cluster).map(({ end }) => end));
const lastStart = (cluster: Cluster) => Math.max(...operationsOf(cluster).map(({ start }) => start));

const describe = (reads: Operation[]): string =>
  reads
    .slice(0, 3)
    .map(({ value, start, end }) => `"${value}" was read from ${start.toFixed(1)} to ${end.toFixed(1)}`)
    .join(', ');
