import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { State } from '../../../../local/start/state.ts';
import { StartError } from '../../../../local/support/start-error.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../../helpers/own-directory.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64');

let directory: string;

beforeEach(() => {
  directory = makeOwnDirectory();
});

afterEach(() => removeOwnDirectory(directory));

const path = (name: string) => join(directory, name);

/** Claims that `action` fails with a sentence for people, which matches. */
const expectRefused = (action: () => unknown, words: RegExp) => {
  expect(action).toThrow(StartError);
  expect(action).toThrow(words);
};

describe('a directory', () => {
  it.each(['encryption-key', 'deployed.json', 'postgres', 'postgres-password', 'functions.log'])(
    'is refused, and stays as it is, where somebody else has put a %s into it',
    (name) => {
      writeFileSync(path(name), 'precious');
      expectRefused(
        () => new State(directory),
        new RegExp(`holds ${name}, which no local stack has made. Nothing was`),
      );
      expect(readdirSync(directory)).toEqual([name]);
      expect(readFileSync(path(name), 'utf8')).toBe('precious');
    },
  );

  it('is taken with files of other names in it, which clearing leaves alone', () => {
    writeFileSync(path('notes.txt'), 'precious');
    const state = new State(directory);
    state.write('deployed.json', '{}');
    state.clear();
    expect(readFileSync(path('notes.txt'), 'utf8')).toBe('precious');
    expect(existsSync(path('deployed.json'))).toBe(false);
  });

  it('is taken again after an earlier start', () => {
    new State(directory).write('deployed.json', '{}');
    expect(new State(directory).read('deployed.json')).toBe('{}');
  });

  it('is refused where a file is in its place', () => {
    writeFileSync(path('file'), '');
    expectRefused(() => new State(path('file')), /file cannot be used: a file is in its place/);
    expectRefused(() => new State(path('file/below')), /cannot be used: a part of the path is no directory/);
  });

  it.each(['encryption-key', 'deployed.json'])(
    'is refused where a directory is in the place of %s',
    (name) => {
      const state = new State(directory);
      mkdirSync(path(name));
      expectRefused(() => state.read(name), /cannot be used: a directory is in its place/);
      expectRefused(() => state.write(name, ''), /cannot be used: a directory is in its place/);
      expectRefused(() => state.remove(name), /cannot be used: a directory is in its place/);
    },
  );
});

describe('the encryption key', () => {
  it('is made once, and the same at the next start', () => {
    const key = new State(directory).encryptionKey(undefined);
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(new State(directory).encryptionKey(undefined)).toBe(key);
  });

  it('is kept where the first start was given one', () => {
    new State(directory).encryptionKey(KEY);
    expect(new State(directory).encryptionKey(undefined)).toBe(KEY);
  });

  it('is used where another one is given, and the kept one stays', () => {
    new State(directory).encryptionKey(KEY);
    expect(new State(directory).encryptionKey(OTHER_KEY)).toBe(OTHER_KEY);
    expect(new State(directory).encryptionKey(undefined)).toBe(KEY);
  });

  it.each(['deployed.json', 'postgres-password'])(
    'is not made anew beside a %s from an earlier start',
    (name) => {
      const state = new State(directory);
      state.write(name, 'x');
      expectRefused(
        () => state.encryptionKey(undefined),
        /encryption-key is gone, .* Restore it, or .* --fresh/,
      );
      expect(existsSync(path('encryption-key'))).toBe(false);
    },
  );

  it.each(['', 'junk', `${KEY}x`])('is refused where %j is in its place', (content) => {
    const state = new State(directory);
    state.write('encryption-key', content);
    expectRefused(
      () => state.encryptionKey(undefined),
      /encryption-key is damaged: .* Restore it, or .* --fresh/,
    );
    expect(state.read('encryption-key')).toBe(content);
  });
});
