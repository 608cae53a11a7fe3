// The daily audit: what of the stored picks cannot work, by code.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditCountNames, recordOf } from '../../../functions/contract.ts';
import { compactCatalogue } from '../../../functions/model/catalogue.ts';
import { isDataApi } from '../../helpers/disturbances.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../helpers/own-directory.ts';
import { type Service, startService } from '../../helpers/service.ts';

const directory = makeOwnDirectory();
const catalogueFile = join(directory, 'catalogue.json');
const NOTHING = recordOf(auditCountNames, () => 0);

let service: Service;
beforeAll(async () => {
  const models = [
    { id: 'opus' },
    { id: 'only-codex', runtimes: ['codex'] },
    { id: 'old', status: 'retired' as const },
  ];
  writeFileSync(catalogueFile, JSON.stringify(compactCatalogue(models)));
  service = await startService({ catalogueMode: 'warn', catalogueFile });
});
afterAll(async () => {
  await service.close();
  await removeOwnDirectory(directory);
});
beforeEach(async () => {
  await service.sql('DELETE FROM workspace_secrets');
  await service.sql('DELETE FROM workspaces');
});

const audit = async () => {
  const { failed, result } = await service.invoke('audit', {});
  expect({ failed, result }).toEqual({ failed: false, result });
  return result;
};

describe('the audit', () => {
  it('finds nothing where nothing is picked, and where every pick can work', async () => {
    expect(await audit()).toEqual(NOTHING);
    await service.addWorkspace();
    await service.addPick('opus');
    expect(await audit()).toEqual({ ...NOTHING, Picks: 1 });
  });

  it('counts each code, and a pick with two of them once among the findings', async () => {
    await service.addPick('minimax');
    await service.addPick('claude-code');
    await service.addPick('with space');
    await service.addPick('only-codex');
    await service.addPick('old');
    await service.addPick('opus', { version: 0 });
    await service.addPick('hermes', { version: 0 });
    await service.storeBytes(await service.addWorkspace(), randomBytes(60), 1);
    await service.addPick('x'.repeat(5_000));
    expect(await audit()).toEqual({
      Picks: 9,
      Findings: 9,
      PROVIDER_SLUG: 1,
      RUNTIME_NAME: 2,
      MALFORMED_MODEL_ID: 1,
      MODEL_NOT_OFFERED: 1,
      MODEL_RETIRED: 1,
      UNREADABLE: 2,
      PLAINTEXT: 2,
    });
  });

  it('reads a fleet of several pages, each by one call', async () => {
    await service.sql(`
      WITH made AS (INSERT INTO workspaces (name, runtime) SELECT 'many', 'hermes' FROM generate_series(1, 1001) RETURNING id)
      INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
      SELECT id, 'MODEL', 'minimax', 0 FROM made`);
    const calls = await service.callsDuring(async () => {
      expect(await audit()).toEqual({
        ...NOTHING,
        Picks: 1001,
        Findings: 1001,
        PROVIDER_SLUG: 1001,
        PLAINTEXT: 1001,
      });
    });
    expect(calls.filter(isDataApi)).toHaveLength(3);
  });

  it('fails as a whole, without counts, where a page cannot be read', async () => {
    await service.addPick('minimax');
    const { result, line } = await service.withFault(
      isDataApi,
      { kind: 'error', name: 'AccessDeniedException', status: 403 },
      async () => {
        const before = service.logs().length;
        const { result } = await service.invoke('audit', {});
        return { result, line: service.logs().slice(before) };
      },
    );
    expect(result).toMatchObject({ errorType: 'DatabaseRefusedError' });
    expect(line).toContain('"audit failed"');
    expect(line).not.toContain('Findings');
  });

  it('shows no value in its log', async () => {
    await service.addPick('sentinel pick');
    const before = service.logs().length;
    await audit();
    const line = service.logs().slice(before);
    expect(line).toContain('"MALFORMED_MODEL_ID":1');
    expect(line).not.toContain('sentinel');
  });
});
