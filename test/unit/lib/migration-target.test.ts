import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readMigrationTarget } from '../../../lib/migration-target.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  writeFileSync(join(folder, '00000000000000_baseline.up.sql'), 'SELECT 0;');
  writeFileSync(join(folder, '00000000000000_baseline.down.sql'), '');
  writeFileSync(join(folder, '20260101000000_next.up.sql'), 'SELECT 1;');
  writeFileSync(join(folder, '20260101000000_next.down.sql'), 'SELECT -1;');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the target of a migration', () => {
  it('targets the newest version, unless another one is wanted', () => {
    expect(readMigrationTarget(folder).version).toBe('20260101000000');
    expect(readMigrationTarget(folder, '00000000000000').version).toBe('00000000000000');
  });

  it('refuses a target without an up file, naming those there are', () => {
    expect(() => readMigrationTarget(folder, '20990101000000')).toThrow(/00000000000000, 20260101000000/);
  });

  it('refuses at synth what the function would refuse', () => {
    writeFileSync(join(folder, '20270101000000_Add-Index.up.sql'), 'SELECT 1;');
    expect(() => readMigrationTarget(folder)).toThrow(
      /20270101000000_Add-Index\.up\.sql: a migration is named/,
    );
  });

  it('makes a hash that any change of a file changes, and nothing else', () => {
    const { hash } = readMigrationTarget(folder);
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    onTestFinished(() => rmSync(copy, { recursive: true }));
    expect(readMigrationTarget(copy).hash).toBe(hash);
    writeFileSync(join(copy, '20260101000000_next.down.sql'), 'SELECT 2;');
    expect(readMigrationTarget(copy).hash).not.toBe(hash);
  });
});
