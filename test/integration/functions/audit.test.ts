// The daily audit: what of the stored picks cannot work, by code.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditCountNames, recordOf } from '../../../functions/contract.ts';
import { compactCatalogue } from '../../../functions/model/catalogue.ts';
import type { Call } from '../../../local/aws/calls.ts';
import { error, isDataApi } from '../../helpers/disturbances.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../helpers/own-directory.ts';
import { type Service, startService } from '../../helpers/service.ts';

const directory = makeOwnDirectory();
const catalogueFile = join(directory, 'catalogue.json');
const NOTHING = recordOf(auditCountNames, () => 0);
const SLUGS = {
  ...NOTHING,
  Picks: 1001,
  Findings: 1001,
  Unusable: 1001,
  PROVIDER_SLUG: 1001,
  PLAINTEXT: 1001,
};

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

/** Workspaces whose pick is a provider's name, stored without encryption. */
const addSlugs = ({ sql }: Service, count: number) =>
  sql(
    `WITH made AS (INSERT INTO workspaces (name, runtime) SELECT 'many', 'hermes' FROM generate_series(1, $1) RETURNING id)
     INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
     SELECT id, 'MODEL', 'minimax', 0 FROM made`,
    [count],
  );

/** Picks out the nth call of the Data API from now on, and no other. */
const nthPage = (wanted: number) => {
  let seen = 0;
  return (call: Call): boolean => {
    seen += Number(isDataApi(call));
    return isDataApi(call) && seen === wanted;
  };
};

const failedAudit = async ({ invoke, logs }: Service) => {
  const before = logs().length;
  const { result } = await invoke('audit', {});
  return { result, line: logs().slice(before) };
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
      Unusable: 6,
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
    await addSlugs(service, 1001);
    const calls = await service.callsDuring(async () => expect(await audit()).toEqual(SLUGS));
    expect(calls.filter(isDataApi)).toHaveLength(3);
  });

  it('ends at a page that is just full', async () => {
    await addSlugs(service, 500);
    expect(await audit()).toMatchObject({ Picks: 500, Findings: 500 });
  });

  it('counts nothing twice where a page in the middle is asked for again', async () => {
    await addSlugs(service, 1001);
    const calls = await service.callsDuring(() =>
      service.withFault(nthPage(2), { kind: 'lost-response' }, async () =>
        expect(await audit()).toEqual(SLUGS),
      ),
    );
    expect(calls.filter(isDataApi)).toHaveLength(4);
  });

  it('fails as a whole, without counts, where a page in the middle cannot be read', async () => {
    await addSlugs(service, 1001);
    const { result, line } = await service.withFault(nthPage(2), error('AccessDeniedException', 403), () =>
      failedAudit(service),
    );
    expect(result).toMatchObject({ errorType: 'DatabaseRefusedError' });
    expect(line).toContain('"audit failed"');
    expect(line).not.toContain('Findings');
  });

  it('fails, without counts, where its time ends before the fleet does, and says how to see all of it', async () => {
    const hurried = await startService({ functionTimeoutMs: 29_000 });
    await addSlugs(hurried, 501);
    const { result, line } = await failedAudit(hurried).finally(() => hurried.close());
    expect(result).toMatchObject({
      errorType: 'AuditIncompleteError',
      errorMessage: expect.stringMatching(/after 500 picks.* npm run models -- audit/),
    });
    expect(line).toContain('"AUDIT_INCOMPLETE"');
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
