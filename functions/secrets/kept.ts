// What is fetched from elsewhere and kept. The last value that arrived stays until another one is there.

/** By the monotonic clock, which nobody sets, and by the wall clock, which goes on while Lambda has the function frozen. */
interface Moment {
  monotonic: number;
  wall: number;
}

const now = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });
const ageOf = ({ monotonic, wall }: Moment): number =>
  Math.max(performance.now() - monotonic, Date.now() - wall);

export interface Arrived<Value> {
  value: Value;
  /** When its fetch began. */
  at: Moment;
}

interface UnderWay<Value> {
  answer: Promise<Arrived<Value>>;
  at: Moment;
}

export class Kept<Value> {
  readonly #read: () => Promise<Value>;
  #last: Arrived<Value> | undefined;
  #underWay: UnderWay<Value> | undefined;

  constructor(read: () => Promise<Value>) {
    this.#read = read;
  }

  /** What arrived last, if anything has. */
  get last(): Value | undefined {
    return this.#last?.value;
  }

  /** What arrived last, of whatever age; fetched where nothing has. */
  async any(): Promise<Arrived<Value>> {
    return this.#last ?? this.#joined();
  }

  /** Fetched less than `ms` ago. */
  async youngerThan(ms: number): Promise<Arrived<Value>> {
    if (this.#last !== undefined && ageOf(this.#last.at) < ms) {
      return this.#last;
    }
    const isYoung = this.#underWay !== undefined && ageOf(this.#underWay.at) < ms;
    return isYoung ? this.#joined() : this.fetch();
  }

  /** Another than `tried`: of several that ask at once the first one fetches, and the others wait for the same answer. */
  async otherThan(tried: Arrived<Value>): Promise<Arrived<Value>> {
    return this.#last === undefined || this.#last === tried ? this.#joined() : this.#last;
  }

  /** Begins to fetch. Its failure is for those who wait for it; what was kept before is not touched by it. */
  fetch(read = this.#read): Promise<Arrived<Value>> {
    const at = now();
    const answer = read().then((value) => this.#keep({ value, at }));
    const underWay = { answer, at };
    this.#underWay = underWay;
    const end = () => {
      if (this.#underWay === underWay) {
        this.#underWay = undefined;
      }
    };
    answer.then(end, end);
    return answer;
  }

  #joined(): Promise<Arrived<Value>> {
    return this.#underWay?.answer ?? this.fetch();
  }

  /** The answer of a fetch that began later is the newer one, whichever arrives first. */
  #keep(arrived: Arrived<Value>): Arrived<Value> {
    if (this.#last === undefined || this.#last.at.monotonic <= arrived.at.monotonic) {
      this.#last = arrived;
    }
    return arrived;
  }
}
