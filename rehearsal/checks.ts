// The checks of a rehearsal as they pass or fail, and the table of them at the end.

interface Check {
  name: string;
  seconds: number;
  failure?: string;
  /** Where the emulator is not like AWS. */
  note?: string;
}

export class Checks {
  readonly #done: Check[] = [];
  readonly #total: number;

  /** `total` is how many there will be, for the count on the terminal. */
  constructor(total: number) {
    this.#total = total;
  }

  get failed(): boolean {
    return this.#done.length === 0 || this.#done.some(({ failure }) => failure !== undefined);
  }

  /** @throws where there were more or fewer than announced */
  requireTotal(): void {
    const count = this.#done.length;
    if (count !== this.#total) {
      throw new Error(`There are ${count} checks; commands/rehearse.ts says ${this.#total}.`);
    }
  }

  /** Runs one check and goes on with the next even where it throws. Returns what it returned, if it did. */
  async that<Result>(name: string, check: () => Promise<Result>, note?: string): Promise<Result | undefined> {
    const startedAt = performance.now();
    try {
      const result = await check();
      this.#add({ name, seconds: secondsSince(startedAt), ...(note !== undefined && { note }) });
      return result;
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      this.#add({ name, seconds: secondsSince(startedAt), failure, ...(note !== undefined && { note }) });
      return undefined;
    }
  }

  /** A check without which the rest makes no sense. */
  async required<Result>(
    name: string,
    check: () => Promise<Result>,
    note?: string,
  ): Promise<NonNullable<Result>> {
    const result = await this.that(name, check, note);
    if (result === undefined || result === null) {
      throw new Error(`Nothing can be checked after: ${name}.`);
    }
    return result;
  }

  toString(): string {
    return this.#done
      .flatMap(({ name, seconds, failure, note }) => [
        `${failure === undefined ? '  ok  ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${name}`,
        ...(note === undefined ? [] : [`                 unlike AWS: ${note}`]),
        ...(failure === undefined ? [] : [indented(failure)]),
      ])
      .join('\n');
  }

  #add(check: Check): void {
    this.#done.push(check);
    const count = String(this.#done.length).padStart(String(this.#total).length);
    console.error(
      `[${count}/${this.#total}] ${check.failure === undefined ? '  ok  ' : 'FAILED'} ${check.name}`,
    );
    if (check.failure !== undefined) {
      console.error(indented(check.failure));
    }
  }
}

const secondsSince = (startedAt: number): number => (performance.now() - startedAt) / 1_000;

const indented = (text: string): string => text.replaceAll(/^/gm, '                 ');
