// What a session that the Data API keeps has prepared, after the platform has changed the types of columns.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { run } from '../../../../functions/migration/run.ts';
import { replacePlaceholders } from '../../../../local/aws/data-api/placeholders.ts';
import { NEWEST, runOptions } from '../../../helpers/engine.ts';
import { type Service, startService } from '../../../helpers/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

/** The statements of every request. */
const statements = async (): Promise<string[]> => {
  const id = await service.addPick('opus');
  const requests = [
    () => service.get(id),
    () => service.put(id, 'vendor/model'),
    () => service.put(id, ''),
    () => service.provision({ workspace_id: id, runtime: 'hermes', model: 'vendor/model' }),
    () => fetch(`${service.api}/workspaces/${id}/model/history`),
    () => fetch(`${service.api}/workspaces/models`),
  ];
  const calls = await service.callsDuring(async () => {
    for (const request of requests) {
      await request();
    }
  });
  return [...new Set(calls.flatMap(({ sql = [] }) => sql))];
};

it('gives the statements of requests the same types of columns whatever types the platform gives its own', async () => {
  const session = new Client(service.databaseUrl);
  await session.connect();
  onTestFinished(() => session.end());
  const prepared = (await statements()).map((sql, index) => {
    const { text, names } = replacePlaceholders(sql);
    return { name: `kept_${index}`, text, values: names.map(() => null) };
  });
  const runAll = async () => {
    for (const each of prepared) {
      await session.query(each);
    }
  };
  await runAll();
  await service.sql(`
    ALTER TABLE workspaces ALTER COLUMN name TYPE varchar(200), ALTER COLUMN runtime TYPE varchar(40);
    DROP VIEW workspace_model_picks, workspace_model_picks_table;
    ALTER TABLE workspace_secrets ALTER COLUMN encryption_version TYPE bigint`);
  await run(runOptions(service), NEWEST);

  await runAll();

  expect(prepared.length).toBeGreaterThan(4);
});
