// MODEL_PROVIDER is the key that the pick had before the rename. The rename refuses such rows; here that refusal is taken
// away, so that there are some all the same.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimeNames } from '../../../functions/model/runtime-names.ts';
import { expectAnswer } from '../../helpers/claims.ts';
import { isDataApi } from '../../helpers/disturbances.ts';
import { DROP_CONSTRAINT } from '../../helpers/engine.ts';
import { type Service, startService } from '../../helpers/service.ts';

const OLD_KEY = 'MODEL_PROVIDER';
const STALE = 'stale/pick-of-the-old-name';

let service: Service;
beforeAll(async () => {
  service = await startService();
  await service.sql(DROP_CONSTRAINT);
});
afterAll(() => service.close());

const addStale = async (runtime: string, version = 1): Promise<string> => {
  const id = await service.addWorkspace(runtime);
  await service.storePick(id, STALE, { key: OLD_KEY, version });
  return id;
};

/** What GET and provision answer about a workspace, whole. */
const everythingToldOf = async (id: string, runtime: string) => {
  const [get, provision] = await Promise.all([
    service.get(id),
    service.provision({
      workspace_id: id,
      runtime,
      MODEL_PROVIDER: STALE,
      model_provider: STALE,
      env: { MODEL_PROVIDER: STALE, MODEL: STALE },
    }),
  ]);
  return { get, provision };
};

describe('a row under the old name', () => {
  it.each([...runtimeNames])(
    'shows a MODEL_PROVIDER row neither in GET nor in provision of the runtime %s',
    async (runtime) => {
      for (const version of [0, 1]) {
        const { get, provision } = await everythingToldOf(await addStale(runtime, version), runtime);
        expectAnswer(get, 200, { model: '', source: 'default' });
        expect(provision).toMatchObject({
          failed: false,
          result: { runtime, model: '', source: 'default', env: {}, env_file: '' },
        });
        const told = JSON.stringify(provision.result);
        expect(told).not.toContain(STALE);
        expect(told).not.toContain(Buffer.from(STALE).toString('base64').slice(4, -4));
        expect(told).not.toContain(OLD_KEY);
      }
    },
  );

  it.each([...runtimeNames])(
    'takes the MODEL row where there are both, with the runtime %s',
    async (runtime) => {
      const id = await addStale(runtime);
      await service.storePick(id, 'opus');
      const { get, provision } = await everythingToldOf(id, runtime);
      expectAnswer(get, 200, { model: 'opus', source: 'workspace_secrets' });
      expect(provision).toMatchObject({ failed: false, result: { model: 'opus', env: { MODEL: 'opus' } } });
      expect(JSON.stringify(provision.result)).not.toContain(STALE);
    },
  );

  it('leaves a MODEL_PROVIDER row as it is in PUT and clear', async () => {
    const id = await addStale('hermes');
    const [stale] = await service.rowsOf(id);
    await service.put(id, 'opus');
    expect(await service.rowsOf(id)).toMatchObject([{ key: 'MODEL', encryption_version: 1 }, stale]);
    await service.put(id, '');
    expect(await service.rowsOf(id)).toEqual([stale]);
    expectAnswer(await service.get(id), 200, { model: '', source: 'default' });
  });

  it('takes no MODEL_PROVIDER row where the MODEL row is empty', async () => {
    const id = await addStale('hermes');
    await service.storePick(id, '');
    const { get, provision } = await everythingToldOf(id, 'hermes');
    expectAnswer(get, 200, { model: '', source: 'default' });
    expect(provision).toMatchObject({ failed: false, result: { source: 'default', env: {} } });
  });

  it('ignores MODEL_PROVIDER in the body of PUT', async () => {
    const id = await service.addWorkspace();
    await service.putRaw(id, JSON.stringify({ MODEL_PROVIDER: STALE, model: 'opus' }));
    expect(await service.rowsOf(id)).toMatchObject([{ key: 'MODEL' }]);
    expectAnswer(await service.get(id), 200, { model: 'opus', source: 'workspace_secrets' });
    expect((await service.putRaw(id, JSON.stringify({ MODEL_PROVIDER: STALE }))).status).toBe(400);
    expectAnswer(await service.get(id), 200, { model: 'opus', source: 'workspace_secrets' });
  });
});

describe('the round trip', () => {
  it('goes through the view of the rows keyed MODEL in every statement, and names MODEL_PROVIDER in none', async () => {
    const id = await service.addWorkspace();
    const statements: string[] = [];
    const ways = {
      'read nothing': () => service.get(id),
      save: () => service.put(id, 'opus'),
      read: () => service.get(id),
      provision: () => service.provision({ workspace_id: id, runtime: 'hermes' }),
      'provision as asked': () => service.provision({ workspace_id: id, runtime: 'hermes', model: 'haiku' }),
      clear: () => service.put(id, ' '),
      'provision nothing': () => service.provision({ workspace_id: id, runtime: 'hermes' }),
    };
    for (const [name, way] of Object.entries(ways)) {
      const sent = (await service.callsDuring(way)).filter(isDataApi).map(({ sql }) => sql);
      expect(sent, name).toEqual([expect.stringContaining('workspace_model_picks ')]);
      statements.push(...sent.flatMap((sql) => sql ?? []));
    }
    expect(new Set(statements).size).toBe(4);
    for (const sql of statements) {
      expect(sql).not.toContain(OLD_KEY);
    }
  });
});
