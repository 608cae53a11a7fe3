// Which folders of migrations are read, and which are refused by name of the file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MigrationFileError } from '../../../../functions/migration/errors.ts';
import { migrationsDirectory, readMigrationFiles } from '../../../../functions/migration/migration-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  write('10000000000000_first.up.sql', 'SELECT 1;');
  write('10000000000000_first.down.sql', '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const write = (name: string, sql: string) => writeFileSync(join(folder, name), sql);

const expectRefused = (message: RegExp) => {
  expect(() => readMigrationFiles(folder)).toThrow(MigrationFileError);
  expect(() => readMigrationFiles(folder)).toThrow(message);
};

it('reads up and down of each version, in ascending order, and passes over other files', () => {
  write('00000000000001_earlier.up.sql', 'SELECT 0;');
  write('00000000000001_earlier.down.sql', 'SELECT -1;');
  write('README.md', 'Some words.');
  expect(readMigrationFiles(folder)).toMatchObject([
    { version: '00000000000001', name: 'earlier', up: [{ sql: 'SELECT 0' }], down: [{ sql: 'SELECT -1' }] },
    { version: '10000000000000', name: 'first', up: [{ sql: 'SELECT 1' }], down: [] },
  ]);
});

it('gives the SHA-256 of the up file as its checksum', () => {
  expect(readMigrationFiles(folder)[0]?.checksum).toBe(
    '17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a',
  );
});

it('reads the same from a checkout with the line ends of Windows', () => {
  const lines = ['-- Why: a test.', '-- @walk workspace_secrets', 'SELECT 1,', '  2;', ''];
  write('10000000000000_first.up.sql', lines.join('\n'));
  write('10000000000000_first.down.sql', lines.join('\n'));
  const before = readMigrationFiles(folder);
  write('10000000000000_first.up.sql', lines.join('\r\n'));
  write('10000000000000_first.down.sql', lines.join('\r\n'));

  expect(readMigrationFiles(folder)).toEqual(before);
});

it.each(['20000000000000_Second.up.sql', '2_second.up.sql', '20000000000000_second.sql', 'second.up.sql'])(
  'refuses the misnamed file %s',
  (name) => {
    write(name, 'SELECT 2;');
    expectRefused(new RegExp(`^${name}: a migration is named`));
  },
);

it('knows the checksums of its earlier forms, which the file declares', () => {
  const checksum = '0'.repeat(64);
  write('10000000000000_first.up.sql', `-- @supersedes ${checksum}\nSELECT 1;`);
  expect(readMigrationFiles(folder)).toMatchObject([{ supersedes: [checksum] }]);
});

it('refuses two files of one version', () => {
  write('10000000000000_other.up.sql', 'SELECT 2;');
  write('10000000000000_other.down.sql', '');
  expectRefused(/^10000000000000_first\.up\.sql: its version is used by another file/);
});

it('refuses an up file without its down file', () => {
  rmSync(join(folder, '10000000000000_first.down.sql'));
  expectRefused(/^10000000000000_first\.down\.sql: the file is missing/);
});

it('refuses a down file without its up file', () => {
  write('20000000000000_second.down.sql', 'SELECT 2;');
  expectRefused(/^20000000000000_second\.down\.sql: there is no \.up\.sql beside it\.$/);
});

it('refuses an up file that holds no statement', () => {
  write('10000000000000_first.up.sql', '-- Nothing.\n');
  expectRefused(/^10000000000000_first\.up\.sql: the file holds no statement/);
});

it("finds a relative folder in the function's own, and not in the working directory", () => {
  vi.stubEnv('LAMBDA_TASK_ROOT', '/var/task');
  expect(migrationsDirectory('migrations')).toBe('/var/task/migrations');
  expect(migrationsDirectory('/elsewhere')).toBe('/elsewhere');
});
