// What every measurement needs, made once: the builds, a PostgreSQL server, the fleet, and the local stack beside it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgres } from '../local/postgres/remove-postgres.ts';
import { startPostgres } from '../local/postgres/start-postgres.ts';
import { buildFunctions, buildPeers } from './builds.ts';
import { writeCatalogue } from './catalogue.ts';
import type { Bench } from './measurement.ts';
import { createFleet, MODEL } from './service/fleet.ts';
import { startStackProcess } from './service/stack-process.ts';

/** As much memory as a small Aurora instance gives to its buffers, for the largest fleet has 4 GB. */
const SETTINGS = ['shared_buffers=2GB', 'max_wal_size=8GB', 'maintenance_work_mem=512MB'];

const SMALL_FLEET = { database: 'bench', workspaces: 1_000, modelOf: () => MODEL };

export interface PreparedBench {
  bench: Bench;
  close: () => Promise<void>;
}

export const prepareBench = async (progress: Bench['progress']): Promise<PreparedBench> => {
  const directory = mkdtempSync(join(tmpdir(), 'workspace-model-bench-'));
  // Passable, so that under root the server's account can work right here.
  chmodSync(directory, 0o755);
  const functions = buildFunctions(directory);
  const peers = buildPeers(directory);
  const catalogueFile = writeCatalogue(directory);
  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    durable: false,
    settings: SETTINGS,
  });
  const stack = await startStackProcess(await createFleet(postgres.url, SMALL_FLEET), true);
  return {
    bench: { postgresUrl: postgres.url, stack, functions, peers, catalogueFile, directory, progress },
    close: async () => {
      await stack.close();
      await postgres.close();
      await removePostgres(join(directory, 'postgres'));
      rmSync(directory, { recursive: true });
    },
  };
};
