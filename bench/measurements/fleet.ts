// A million picks: how fast they are audited and listed beside the same pages by pg, in how much memory; and 10,000 replaced
// beside a PUT of each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { REGION } from '../../local/aws/account.ts';
import { ENDPOINTS_FILE, type Endpoints } from '../../local/start/endpoints.ts';
import { withClient } from '../../local/support/database.ts';
import type { Bench, Measurement, Row } from '../measurement.ts';
import { walkFleet } from '../runtime/walk-fleet.ts';
import { createFleet, type FleetOptions, MODEL } from '../service/fleet.ts';
import { type StackProcess, startStackProcess } from '../service/stack-process.ts';
import { compare, exactly } from '../statistics.ts';

const PICKS = 1_000_000;
const REPLACED = 10_000;
const PAGE = 500;
const IN_FLIGHT = 8;
const MEMORY_LIMIT_MB = 256;
const COMMAND = fileURLToPath(new URL('../../commands/models.ts', import.meta.url));

const OLD = 'old/model';
const NEW = 'new/model';

export const fleet: Measurement = {
  name: 'fleet',
  measure: async (bench) => {
    const million = await startOn(bench, {
      database: 'bench_million',
      workspaces: PICKS,
      modelOf: () => MODEL,
    });
    bench.progress(1, 4);
    const rows = await walks(bench, million).finally(() => million.close());
    const smaller = await startOn(bench, {
      database: 'bench_replace',
      workspaces: REPLACED,
      modelOf: () => OLD,
    });
    return [...rows, await replacement(bench, smaller).finally(() => smaller.close())];
  },
};

const startOn = async ({ postgresUrl }: Bench, options: FleetOptions): Promise<StackProcess> =>
  startStackProcess(await createFleet(postgresUrl, options), true);

const walks = async ({ functions, progress }: Bench, stack: StackProcess): Promise<Row[]> => {
  const byPg = {
    name: 'the same pages by pg',
    figure: exactly(rate(PICKS, await timePages(stack.databaseUrl))),
  };
  const rows: Row[] = [];
  for (const [name, what] of [
    ['audit', 'audit'],
    ['list-models', 'list'],
  ] as const) {
    const before = await stack.countDataApiCalls();
    const { rows: seen, wallMs, peakMegabytes } = await walkFleet(functions[name], stack.variables[name]);
    if (seen !== PICKS) {
      throw new Error(`${name} saw ${seen} picks.`);
    }
    const calls = (await stack.countDataApiCalls()) - before;
    rows.push(
      compare(`${what} of 1,000,000 picks`, 'rows/s', exactly(rate(PICKS, wallMs)), byPg),
      compare(
        `${what}, peak memory`,
        'MB',
        exactly(peakMegabytes),
        { name: 'limit', figure: exactly(MEMORY_LIMIT_MB) },
        { atMost: 1 },
      ),
      compare(
        `${what}, Data API calls`,
        'calls',
        exactly(calls),
        { name: 'one for 500', figure: exactly(PICKS / PAGE + 1) },
        { atMost: 1 },
      ),
    );
    progress(rows.length / 3 + 1, 4);
  }
  return rows;
};

const rate = (count: number, ms: number): number => (count * 1_000) / ms;

/** Every page by its keyset, as the function asks for them, without judging or opening a value. */
const timePages = (databaseUrl: string): Promise<number> =>
  withClient(databaseUrl, async (client) => {
    const startedAt = performance.now();
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await client.query<{ id: string }>(
        `SELECT w.id, w.name, w.runtime, s.encrypted_value, s.encryption_version, s.updated_at
         FROM (SELECT id, name, runtime FROM workspaces WHERE id > $1 ORDER BY id LIMIT ${PAGE}) AS w
         LEFT JOIN workspace_secrets s ON s.workspace_id = w.id AND s.key = 'MODEL'
         ORDER BY w.id`,
        [last],
      );
      const end = rows.at(-1);
      if (end === undefined) {
        return performance.now() - startedAt;
      }
      last = end.id;
    }
  });

const replacement = async ({ directory, progress }: Bench, stack: StackProcess): Promise<Row> => {
  const ours = await timeReplace(stack, join(directory, 'local'));
  const puts = await timePuts(stack);
  progress(4, 4);
  return compare('replace of 10,000 picks', 'rows/s', exactly(rate(REPLACED, ours)), {
    name: `a PUT of each, ${IN_FLIGHT} in flight`,
    figure: exactly(rate(REPLACED, puts)),
  });
};

/** By the command, from its start to its end: it looks through the whole fleet, and then changes what it has found. */
const timeReplace = async (stack: StackProcess, folder: string): Promise<number> => {
  const { apiUrl: api, awsUrl: aws, variables: _, kind: __, ...facts } = stack;
  mkdirSync(folder);
  const endpoints: Endpoints = { ...facts, api, aws, region: REGION, functions: {}, workspaces: [] };
  writeFileSync(join(folder, ENDPOINTS_FILE), JSON.stringify(endpoints));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'replace', '--from', OLD, '--to', NEW, '--yes', '--json'], {
    env: { ...process.env, LOCAL_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const { changed } = z.object({ changed: z.number() }).parse(JSON.parse(printed));
  if (changed !== REPLACED) {
    throw new Error(`${changed} picks were replaced.`);
  }
  return performance.now() - startedAt;
};

const timePuts = async ({ apiUrl, workspaceIds }: StackProcess): Promise<number> => {
  const ids = workspaceIds.values();
  const body = JSON.stringify({ model: NEW });
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (const id of ids) {
        const { ok } = await fetch(`${apiUrl}/workspaces/${id}/model`, { method: 'PUT', body });
        if (!ok) {
          throw new Error(`The PUT of ${id} failed.`);
        }
      }
    }),
  );
  return performance.now() - startedAt;
};
