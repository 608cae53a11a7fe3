// The one sentence that holds on any platform: a deploy is refused with everything as before, or everything works.
import fc from 'fast-check';
import { expect } from 'vitest';
import * as z from 'zod';
import { expectFailure, expectSuccess } from './claims.ts';
import { expectDocumented } from './documented-refusals.ts';
import {
  dumpDatabase,
  expectServed,
  fleetSql,
  type Platform,
  PlatformSetupError,
  type startPlatforms,
} from './platform.ts';
import { anyPlatform, type Peculiarity } from './random-platforms.ts';

const WORKSPACES = 6;

type Platforms = Awaited<ReturnType<typeof startPlatforms>>;

/** `impossible` where PostgreSQL has no such platform. */
type Verdict = 'accepted' | 'refused' | 'impossible';

/** So many random platforms, of which neither all are accepted nor all refused. */
export const expectRightOrRefused = async (platforms: Platforms, runs: number): Promise<void> => {
  const verdicts: Verdict[] = [];
  await fc.assert(
    fc.asyncProperty(anyPlatform(), async (peculiarities) => {
      verdicts.push(await rightOrRefused(platforms, peculiarities));
    }),
    { numRuns: runs, seed: 20_261_126 },
  );
  const count = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length;
  const [accepted, refused] = [count('accepted'), count('refused')];
  console.info(
    `${runs} random platforms: ${accepted} accepted, ${refused} refused, ${count('impossible')} impossible`,
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(runs / 5);
};

const rightOrRefused = async (
  platforms: Platforms,
  peculiarities: readonly Peculiarity[],
): Promise<Verdict> => {
  const platform = await openWith(platforms, peculiarities);
  if (platform === undefined) {
    return 'impossible';
  }
  const { service, apiUser } = platform;
  const dump = await dumpDatabase(service, apiUser);
  const tables = await tablesOf(platform);
  const before = { renamed: await renamedRows(platform, tables), given: await givenRows(platform, tables) };
  const answer = await platform.send('Create');
  if (answer.failed) {
    expectDocumented(expectFailure(answer, 'DatabaseSetupError'));
    expect(await dumpDatabase(service, apiUser)).toEqual(dump);
    return 'refused';
  }
  await expectRight(platform, tables, { ...before, answer: expectSuccess(answer) });
  return 'accepted';
};

const openWith = async (
  platforms: Platforms,
  peculiarities: readonly Peculiarity[],
): Promise<Platform | undefined> => {
  try {
    const platform = await platforms.open(
      [fleetSql(WORKSPACES), ...peculiarities.map(({ sql }) => sql)].join('; '),
    );
    for (const { asSuperuser = '' } of peculiarities) {
      await platform.asSuperuser(asSuperuser);
    }
    return platform;
  } catch (error) {
    if (error instanceof PlatformSetupError) {
      return undefined;
    }
    throw error;
  }
};

interface Tables {
  secrets: string;
  /** Those that a way back gives back, the secrets among them. */
  given: string[];
}

const tablesOf = async ({ service }: Platform): Promise<Tables> => {
  const found = await service.sql<{ name: string; bare: string }>(`
    SELECT CAST(oid AS regclass) AS name, relname AS bare FROM pg_class
    WHERE relname IN ('workspaces', 'workspace_secrets', 'child', 'keys', 'teams') AND relkind IN ('r', 'p', 'v')
    ORDER BY oid`);
  return {
    secrets: found.find(({ bare }) => bare === 'workspace_secrets')?.name ?? '',
    given: found.map(({ name }) => name),
  };
};

const row = (key: string): string =>
  `CAST(s.id AS text) AS id, s.workspace_id, CAST(s.encrypted_value AS text) AS value, ${key} AS key`;

/** The secrets as the rename is to leave them, told from those before it. */
const renamedRows = ({ service }: Platform, { secrets }: Tables) =>
  service.sql(`
    SELECT ${row(`replace(CAST(s.key AS text), 'MODEL_PROVIDER', 'MODEL')`)} FROM ${secrets} s
    WHERE CAST(s.key AS text) <> 'MODEL_PROVIDER' OR NOT EXISTS (
      SELECT FROM ${secrets} m WHERE m.workspace_id = s.workspace_id AND CAST(m.key AS text) = 'MODEL'
    ) ORDER BY 1`);

const presentRows = ({ service }: Platform, { secrets }: Tables) =>
  service.sql(`SELECT ${row('CAST(s.key AS text)')} FROM ${secrets} s ORDER BY 1`);

type Rows = Record<string, string | null>[];

const givenRows = async ({ service }: Platform, { given }: Tables): Promise<Rows[]> => {
  const tables = await Promise.all(
    given.map((table) =>
      service.sql<{ columns: Rows[number] }>(`
        SELECT (SELECT json_object_agg(key, value) FROM jsonb_each_text(to_jsonb(t))) AS columns
        FROM ${table} t ORDER BY CAST(to_jsonb(t) AS text)`),
    ),
  );
  return tables.map((rows) => rows.map(({ columns }) => columns));
};

/** In an order of their own, since a column that has moved may have been what they were ordered by. */
const without = (moved: readonly string[], tables: Rows[]): string[][] =>
  tables.map((rows) =>
    rows
      .map((columns) => JSON.stringify(Object.entries(columns).filter(([name]) => !moved.includes(name))))
      .sort(),
  );

const Answer = z.object({ Data: z.object({ MovedColumns: z.string() }) });

const workspaceIds = async ({ service }: Platform, { given }: Tables): Promise<string[]> => {
  const table = given.find((name) => name.endsWith('workspaces')) ?? '';
  const rows = await service.sql<{ id: string }>(`SELECT id FROM ${table}`);
  return rows.map(({ id }) => id);
};

/** Renamed as it should be, given back whole but for the columns that the deploy named, renamed again, and served. */
const expectRight = async (
  platform: Platform,
  tables: Tables,
  { renamed, given, answer }: { renamed: unknown; given: Rows[]; answer: unknown },
): Promise<void> => {
  const { service } = platform;
  const moved = Answer.parse(answer).Data.MovedColumns.split(',');
  expect(await presentRows(platform, tables)).toEqual(renamed);
  await platform.undo();
  expect(without(moved, await givenRows(platform, tables))).toEqual(without(moved, given));
  await platform.deploy();
  for (const id of await workspaceIds(platform, tables)) {
    await expectServed(service, id);
  }
  await platform.undo();
};
