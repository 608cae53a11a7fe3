// What `.local/` keeps between two starts.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OWN_FILES = ['encryption-key', 'deployed.json', 'endpoints.json', 'functions.log', 'postgres.log'];

export class State {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : undefined;
  }

  /** Readable by its owner only, and never half written. */
  write(name: string, content: string): void {
    const unfinished = `${this.path(name)}.${process.pid}`;
    writeFileSync(unfinished, content, { mode: 0o600 });
    renameSync(unfinished, this.path(name));
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** Removes what earlier starts left, and nothing that somebody else may have put here. */
  clear(): void {
    for (const name of OWN_FILES) {
      this.remove(name);
    }
  }

  /** The given key, else the one of the last start, else a new one; it is kept for the next start. */
  encryptionKey(given: string | undefined): string {
    const key = given ?? this.read('encryption-key') ?? randomBytes(32).toString('base64');
    this.write('encryption-key', key);
    return key;
  }
}
