import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { removePostgres } from '../../../../local/postgres/remove-postgres.ts';
import { startPostgres } from '../../../../local/postgres/start-postgres.ts';
import { withClient } from '../../../../local/support/database.ts';
import { StartError } from '../../../../local/support/start-error.ts';
import { processesNaming } from '../../../helpers/npm-start.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../../helpers/own-directory.ts';

/** Less than the 30 s for which it waits for a server that starts slowly: it must not wait for one that has ended. */
const AT_ONCE_MS = 20_000;
/** State with data in it, made once, of which each test damages a copy. */
let made: string;
let directory: string;

beforeAll(async () => {
  made = makeOwnDirectory();
  await (await start(made)).close();
});

afterAll(() => removeOwnDirectory(made));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'workspace-model-copy-'));
  chmodSync(directory, 0o755);
});

afterEach(async () => {
  await removeOwnDirectory(directory);
  expect(processesNaming(directory)).toEqual([]);
});

const start = (where: string, settings: string[] = []) =>
  startPostgres({ directory: where, durable: false, settings });
/** With the owners of the files, as Node's own copy does not. */
const copyMade = () => execFileSync('cp', ['-a', `${made}/.`, directory]);
const path = (name: string) => join(directory, name);
/** Root alone gives files to others, and takes them. */
const ofAnotherUser: [string, () => void, RegExp][] =
  process.getuid?.() === 0
    ? [
        [
          'of another user',
          () => chownSync(path('postgres/data'), 54_321, 54_321),
          /postgres\/data was made by the user with the id 54321\. Start as that user/,
        ],
      ]
    : [];
const one = (url: string) =>
  withClient(url, async (client) => (await client.query<{ one: number }>('SELECT 1 AS one')).rows[0]?.one);

/** A start for which the time is up as its server says of itself that it is in this state. */
const startLate = async (state: string, settings: string[] = []) => {
  copyMade();
  writeFileSync(path('postgres/data/recovery.signal'), '');
  // It asks an archive for more to recover from, which has nothing.
  const starting = start(directory, ['restore_command=sleep 1; false', ...settings]);
  const file = path('postgres/data/postmaster.pid');
  await vi.waitUntil(
    () => existsSync(file) && readFileSync(file, 'utf8').split('\n')[7]?.trim() === state,
    10_000,
  );
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
  return starting.finally(() => clock.mockRestore());
};

describe('startPostgres', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'whose password is gone',
      () => rmSync(path('postgres-password')),
      /postgres-password is gone, .* Restore it, or begin again with --fresh\.$/,
    ],
    [
      'whose password is empty',
      () => truncateSync(path('postgres-password')),
      /postgres-password is empty, .* Restore it, or begin again with --fresh\.$/,
    ],
    [
      'whose password is a directory',
      () => {
        rmSync(path('postgres-password'));
        mkdirSync(path('postgres-password'));
      },
      /postgres-password cannot be used: a directory is in its place/,
    ],
    [
      'whose data is gone',
      () => rmSync(path('postgres/data'), { recursive: true }),
      /postgres\/data is gone\. Restore it, or begin again with --fresh\.$/,
    ],
    [
      'that somebody else has made',
      () => {
        rmSync(path('postgres'), { recursive: true });
        mkdirSync(path('postgres/data'), { recursive: true });
        writeFileSync(path('postgres/data/PRECIOUS'), 'x');
      },
      /postgres holds data, which no local stack has made\. Nothing was touched\./,
    ],
    ['of another version', () => writeFileSync(path('postgres/data/PG_VERSION'), '9.6\n'), /incompatible/],
    [
      'with a damaged control file',
      () => truncateSync(path('postgres/data/global/pg_control')),
      /pg_control/,
    ],
    [
      'with damaged settings',
      () => writeFileSync(path('postgres/data/postgresql.conf'), 'nonsense\n'),
      /does not start: .*configuration/,
    ],
    ...ofAnotherUser,
  ])(
    'refuses a state %s at once, and changes nothing of it',
    { timeout: AT_ONCE_MS },
    async (_, damage, words) => {
      copyMade();
      damage();
      const failure = await start(directory).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StartError);
      expect(String(failure)).toMatch(words);
      expect(String(failure)).not.toContain('\n');
      await expect(start(directory)).rejects.toThrow(words);
    },
  );

  it('begins anew after a start that was interrupted while it made the data', async () => {
    copyMade();
    rmSync(path('postgres/data'), { recursive: true });
    mkdirSync(path('postgres/data.unfinished'));
    const server = await start(directory);
    expect(await one(server.url)).toBe(1);
    await server.close();
  });

  // Root alone has accounts to choose from, and directories that they may not enter.
  if (process.getuid?.() === 0) {
    it('runs as the account that made the data, where the first choice has come since', async () => {
      copyMade();
      execFileSync('chown', ['-R', 'nobody', path('postgres/data')]);
      const server = await start(directory);
      expect(await one(server.url)).toBe(1);
      await server.close();
    });

    it('says where the data is where its account can enter the state no more', async () => {
      copyMade();
      chmodSync(directory, 0o700);
      const refused = await start(directory).catch(String);
      expect(refused).toContain(`it was ${path('postgres/data')}: move that`);
      expect(existsSync(path('postgres/data'))).toBe(true);
    });

    it('leaves data outside that is of another path, and says where it is', async () => {
      chmodSync(directory, 0o700);
      const { outside = '', close } = await start(directory);
      await close();
      const moved = `${directory}-moved`;
      renameSync(directory, moved);
      const said = vi.spyOn(console, 'error').mockReturnValue();
      onTestFinished(() => said.mockRestore());
      await removePostgres(moved);
      expect(said.mock.lastCall?.[0]).toContain(`${outside} is left`);
      expect(existsSync(outside)).toBe(true);
      renameSync(moved, directory);
      await removePostgres(directory);
      expect(existsSync(outside)).toBe(false);
    });

    it('says where the data is from before the state was moved, if it had to be outside', async () => {
      chmodSync(directory, 0o700);
      const { outside = '', close } = await start(directory);
      await close();
      expect(outside).toMatch(/^\/var\/lib\/workspace-model-service-\w+\/postgres\/data$/);
      const moved = `${directory}-moved`;
      renameSync(directory, moved);
      const refused = await start(moved).catch(String);
      const [, expected = '', found] =
        /^StartError: Cannot start: (\S+) is gone\. Before \S+ was moved, .* it was (\S+): move that, or/.exec(
          `${refused}`,
        ) ?? [];
      expect(found).toBe(outside);
      renameSync(outside, expected);
      const server = await start(moved);
      expect(await one(server.url)).toBe(1);
      await server.close();
      await removePostgres(moved);
      renameSync(moved, directory);
      await removePostgres(directory);
      expect([outside, expected].filter((data) => existsSync(dirname(dirname(data))))).toEqual([]);
    });
  }

  it('waits for a server that recovers, however long that takes, and says so once', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => said.mockRestore());
    const server = await startLate('starting');
    expect(said.mock.calls).toEqual([['PostgreSQL still recovers its data, which is waited for.']]);
    expect(await one(server.url)).toBe(1);
    await server.close();
  });

  it('gives no data up for a server that is not ready in time', async () => {
    await expect(startLate('standby', ['hot_standby=off'])).rejects.toThrow(
      /PostgreSQL is not ready after 30 s\. \S+postgres\.log may say why\. Start again\.$/,
    );
    await vi.waitUntil(() => processesNaming(directory).length === 0, 10_000);
  });

  it('starts a server again that was killed, at the same place, and says so', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => said.mockRestore());
    copyMade();
    const server = await start(directory);
    const pid = Number(readFileSync(path('postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => said.mock.calls.some(([line]) => line === 'PostgreSQL runs again.'), 20_000);
    expect(said.mock.calls[0]).toEqual(['PostgreSQL has ended. It is started again.']);
    expect(await one(server.url)).toBe(1);
    await server.close();
    expect(existsSync(path('postgres/data/postmaster.pid'))).toBe(false);
  });
});

describe('removePostgres', () => {
  it('removes what a server has made', async () => {
    copyMade();
    writeFileSync(path('notes.txt'), 'precious');
    await removePostgres(directory);
    expect(
      ['postgres', 'postgres-password', 'postgres.log'].filter((name) => existsSync(path(name))),
    ).toEqual([]);
    expect(readFileSync(path('notes.txt'), 'utf8')).toBe('precious');
  });

  it('refuses to remove a directory that somebody else has made', async () => {
    mkdirSync(path('postgres/data'), { recursive: true });
    writeFileSync(path('postgres/data/PRECIOUS'), 'x');
    await expect(removePostgres(directory)).rejects.toThrow(/postgres does not have the mark .* not removed/);
    expect(existsSync(path('postgres/data/PRECIOUS'))).toBe(true);
  });
});
