// What `.local/` keeps between two starts.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import { PASSWORD_FILE, SERVER_FILES } from '../postgres/server-files.ts';
import { claimOwnDirectory } from '../support/mark.ts';
import { createOwnFile, readOwnFile, removeOwnFile, writeOwnFile } from '../support/own-file.ts';
import { StartError } from '../support/start-error.ts';
import { ENDPOINTS_FILE } from './endpoints.ts';

const KEY_FILE = 'encryption-key';
export const DEPLOYED_FILE = 'deployed.json';
export const FUNCTIONS_LOG = 'functions.log';
export const CATALOGUE_FILE = 'catalogue.json';

const OWN_FILES = [KEY_FILE, DEPLOYED_FILE, ENDPOINTS_FILE, FUNCTIONS_LOG, CATALOGUE_FILE];

export class State {
  readonly directory: string;

  /** @throws StartError where the directory holds files of these names that the stack has not made */
  constructor(directory: string) {
    this.directory = directory;
    claimOwnDirectory(directory, { mode: 0o755, names: [...OWN_FILES, ...SERVER_FILES] });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  read(name: string): string | undefined {
    return readOwnFile(this.path(name));
  }

  write(name: string, content: string): void {
    writeOwnFile(this.path(name), content);
  }

  /** False where there is such a file already, which stays as it is. */
  create(name: string, content: string): boolean {
    return createOwnFile(this.path(name), content);
  }

  remove(name: string): void {
    removeOwnFile(this.path(name));
  }

  /** Removes what earlier starts left, and nothing that somebody else may have put here. */
  clear(): void {
    for (const name of OWN_FILES) {
      this.remove(name);
    }
  }

  /**
   * The given key, else the one that is kept, else a new one. The first key that is used is kept; one that is kept is
   * never overwritten. @throws StartError where it is gone or damaged, and rows may be encrypted with it
   */
  encryptionKey(given: string | undefined): string {
    const kept = this.read(KEY_FILE);
    if (kept === undefined && given === undefined && this.#isUsed()) {
      throw new StartError(
        `${this.path(KEY_FILE)} is gone, and the stored picks cannot be read without it. Restore it, or begin again with --fresh.`,
      );
    }
    const key = given ?? kept ?? randomBytes(32).toString('base64');
    if (!isKey(key)) {
      throw new StartError(
        `${this.path(KEY_FILE)} is damaged: it must hold base64 of 32 bytes. Restore it, or begin again with --fresh.`,
      );
    }
    this.create(KEY_FILE, key);
    return key;
  }

  /** The file of the kept key, where that is not the one that is used. */
  otherKey(used: string): string | undefined {
    return this.read(KEY_FILE) === used ? undefined : this.path(KEY_FILE);
  }

  /** Whether an earlier start got as far as to have rows. */
  #isUsed(): boolean {
    return [DEPLOYED_FILE, PASSWORD_FILE].some((name) => existsSync(this.path(name)));
  }
}

const isKey = (text: string): boolean => {
  try {
    parseEncryptionKey(text);
    return true;
  } catch {
    return false;
  }
};
