import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildUserData } from '../../../../functions/model/user-data.ts';
import { hasSystemd, readAsDocker, readAsSystemd, systemdFinds } from '../../../helpers/env-file-readers.ts';
import { modelIds } from '../../../helpers/model-ids.ts';

/** Ids whose first or last characters mean something to a shell, to YAML or to an env file. */
const awkwardIds = [
  '~anthropic/claude-opus-latest',
  '@cf/meta/llama-3.1-8b-instruct',
  'opus[1m]',
  '[1m]',
  '-',
  '---',
  ':',
  '~',
  'a:b',
  'null',
  'true',
  '1e3',
  '0x10',
  'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-7-v1:0',
];

const anyId = fc.oneof(modelIds, fc.constantFrom(...awkwardIds));

/** cloud-init's own verdict where it is installed, otherwise that of its schema's rules for `write_files`. */
const hasCloudInit = spawnSync('cloud-init', ['--version']).status === 0;

const expectCloudConfig = (userData: string) =>
  hasCloudInit ? expectPassesCloudInit(userData) : expectFitsSchema(userData);

const expectPassesCloudInit = (userData: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'user-data-'));
  writeFileSync(join(directory, 'user-data'), userData);
  const { status, stdout, stderr } = spawnSync('cloud-init', ['schema', '--config-file', 'user-data'], {
    cwd: directory,
    encoding: 'utf8',
  });
  rmSync(directory, { recursive: true });
  expect([status, stderr.includes('errors')], stdout + stderr).toEqual([0, false]);
};

const expectFitsSchema = (userData: string) => {
  expect(userData).toMatch(/^#cloud-config\n/);
  const config = parse(userData);
  expect(Object.keys(config)).toEqual(['write_files']);
  for (const file of config.write_files) {
    expect(file).toEqual({
      path: expect.stringMatching(/^\//),
      owner: expect.stringMatching(/^\w+:\w+$/),
      permissions: expect.stringMatching(/^0[0-7]{3}$/),
      content: expect.any(String),
    });
  }
};

describe('user-data', () => {
  it('gives MODEL to the environment and nothing else', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(buildUserData(id).env).toEqual({ MODEL: id });
      }),
    );
  });

  it('writes an env file that docker and systemd read as the same id, unchanged', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const { envFile } = buildUserData(id);
        expect(envFile).toBe(`MODEL=${id}\n`);
        expect(readAsDocker(envFile)).toEqual({ MODEL: id });
        expect(readAsSystemd(envFile)).toEqual({ MODEL: id });
      }),
    );
  });

  it.each(awkwardIds)('writes an env file in which systemd finds %s', (id) => {
    const { envFile } = buildUserData(id);
    const found = hasSystemd ? systemdFinds(envFile, 'MODEL', id) : readAsSystemd(envFile)['MODEL'] === id;
    expect(found).toBe(true);
  });

  it('writes exactly that env file into user-data, for root alone to read', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const { envFile, userData } = buildUserData(id);
        expect(parse(userData)).toEqual({
          write_files: [
            {
              path: '/etc/workspace/model.env',
              owner: 'root:root',
              permissions: '0600',
              content: envFile,
            },
          ],
        });
      }),
    );
  });

  it.each(['minimax/MiniMax-M2.7', '~anthropic/x', '@cf/x', 'opus[1m]', 'm'.repeat(256), ''])(
    'makes a cloud-config that cloud-init takes, with the model %s',
    (id) => {
      expectCloudConfig(buildUserData(id).userData);
    },
  );

  it('gives user-data in base64 as well, below the 16 KiB that EC2 takes', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const { userData, userDataBase64 } = buildUserData(id);
        expect(Buffer.from(userDataBase64, 'base64').toString('utf8')).toBe(userData);
        expect(Buffer.byteLength(userData)).toBeLessThan(16 * 1_024);
      }),
    );
  });

  it('gives no MODEL where nothing is picked, and an env file that is there but empty', () => {
    const { env, envFile, userData } = buildUserData('');
    expect(env).toEqual({});
    expect(envFile).toBe('');
    expect(userData).not.toContain('MODEL');
    expect(parse(userData).write_files).toMatchObject([{ path: '/etc/workspace/model.env', content: '' }]);
  });
});

describe('the readers that these tests rely on', () => {
  // Values that each reader changes, so that a reader which passed everything on would be found out.
  const changed = { 'a\\b': 'ab', '"a b"': 'a b', "'a'b": 'ab', ' a ': 'a', '"a\\$\\b"': 'a$\\b' };

  it.each(Object.entries(changed))('reads %s as systemd does', (written, read) => {
    const file = `# a comment\n;another\nMODEL=${written}\n`;
    expect(readAsSystemd(file)).toEqual({ MODEL: read });
    // Only a plain word can be handed to systemd for comparison.
    if (hasSystemd && /^\w+$/.test(read)) {
      expect(systemdFinds(file, 'MODEL', read)).toBe(true);
    }
  });

  it('reads a quoted value as docker does, with its quotes', () => {
    expect(readAsDocker('# a comment\n  MODEL="a b"\r\n')).toEqual({ MODEL: '"a b"' });
    expect(() => readAsDocker('MODEL NAME=a')).toThrow('docker refuses');
  });
});
