import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ModelClient } from '../../../client/client.ts';
import { type CatalogueModel, compactCatalogue } from '../../../functions/model/catalogue.ts';
import { platformModels } from '../../helpers/catalogues.ts';
import { error, isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { type Service, startService } from '../../helpers/service.ts';

const models: CatalogueModel[] = [
  ...platformModels,
  { id: 'gpt-4', runtimes: ['codex'], status: 'retired', replacement: 'gpt-5.5' },
  { id: 'gpt-5.1', runtimes: ['codex'], status: 'withdrawn' },
];

let folder: string;
let service: Service;
let advising: Service;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  const catalogueFile = join(folder, 'catalogue.json');
  writeFileSync(catalogueFile, JSON.stringify(compactCatalogue(models)));
  service = await startService({ catalogueMode: 'enforce', catalogueFile });
  advising = await startService({ catalogueMode: 'warn', catalogueFile });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await service.close();
  await advising.close();
});

const bodyOf = ({ text }: { text: string }) => JSON.parse(text);

it('refuses a model that is not offered for the runtime of the workspace, and suggests the one that was meant', async () => {
  const id = await service.addWorkspace('claude-code');
  expect(bodyOf(await service.put(id, 'sonnt'))).toMatchObject({
    code: 'MODEL_NOT_OFFERED',
    suggestions: ['sonnet', 'anthropic:sonnet'],
  });
  expect(bodyOf(await service.put(id, 'sonnet'))).toEqual({ status: 'saved', model: 'sonnet' });
});

it('suggests models of the provider for its slug', async () => {
  const id = await service.addWorkspace('codex');
  expect(bodyOf(await service.put(id, 'minimax'))).toMatchObject({
    code: 'PROVIDER_SLUG',
    suggestions: ['minimax/MiniMax-M3', 'minimax/MiniMax-M2.7', 'minimax/MiniMax-M2.7-highspeed'],
  });
});

it('flags a retired pick when it is read, and gives it to no machine', async () => {
  const id = await service.addWorkspace('codex');
  await service.storePick(id, 'gpt-4');
  expect(bodyOf(await service.get(id))).toMatchObject({
    model: 'gpt-4',
    problem: { code: 'MODEL_RETIRED', suggestions: expect.arrayContaining(['gpt-5.5']) },
  });
  const { failed, result } = await service.provision({ workspace_id: id, runtime: 'codex' });
  expect(failed).toBe(true);
  expect(result).toMatchObject({
    errorType: 'ModelRefusedError',
    errorMessage: expect.stringContaining('Pick gpt-5.5 instead.'),
  });
});

it('flags a pick that is merely not offered any more, and gives it to the machine all the same', async () => {
  const id = await service.addWorkspace('codex');
  await service.storePick(id, 'sonnet');
  expect(bodyOf(await service.get(id))).toMatchObject({ problem: { code: 'MODEL_NOT_OFFERED' } });
  expect(await service.provision({ workspace_id: id, runtime: 'codex' })).toMatchObject({
    failed: false,
    result: { model: 'sonnet', source: 'workspace_secrets' },
  });
});

it('refuses a model of the request that is not offered for the runtime of the machine, and saves nothing', async () => {
  const id = await service.addWorkspace('claude-code');
  expect(await service.provision({ workspace_id: id, runtime: 'codex', model: 'sonnet' })).toMatchObject({
    failed: true,
    result: { errorType: 'ModelRefusedError' },
  });
  expect(bodyOf(await service.get(id))).toEqual({ model: '', source: 'default' });
});

it.each(['gpt-5.1', 'sonnet'])(
  'goes on giving the machine the pick %s, which is not offered any more, where the request names it as well',
  async (model) => {
    const id = await service.addWorkspace('codex');
    await service.storePick(id, model);
    const before = await service.rowsOf(id);
    const calls = await service.callsDuring(async () => {
      const { failed, result } = await service.provision({ workspace_id: id, runtime: 'codex', model });
      expect([failed, result]).toMatchObject([false, { model, source: 'request', env: { MODEL: model } }]);
      expect(result).not.toHaveProperty('saved');
    });
    expect(calls.filter(isDataApi)).toHaveLength(1);
    expect(await service.rowsOf(id)).toEqual(before);
  },
);

it('refuses a model that is not offered by its own reason where the stored pick does not decrypt', async () => {
  const id = await service.addWorkspace('codex');
  await service.storeBytes(id, Buffer.alloc(64), 1);
  expect(await service.provision({ workspace_id: id, runtime: 'codex', model: 'gpt-5.1' })).toMatchObject({
    failed: true,
    result: { errorType: 'ModelRefusedError' },
  });
});

it.each([
  ['the key may not be read', isKeyFetch, error('AccessDeniedException', 400), 'DecryptError'],
  ['no key can be fetched', isKeyFetch, error('ThrottlingException', 400), 'SecretUnavailableError'],
  ['the database refuses', isDataApi, error('ForbiddenException', 403), 'DatabaseRefusedError'],
])(
  'refuses no model that is not offered by that reason while nobody knows whether it is picked: %s',
  async (_, matches, fault, errorType) => {
    const id = await service.addWorkspace('codex');
    await service.storePick(id, 'gpt-5.1');
    await service.coldStart();
    const provisioning = service.withFault(matches, fault, () =>
      service.provision({ workspace_id: id, runtime: 'codex', model: 'gpt-5.1' }),
    );
    expect(await provisioning).toMatchObject({ failed: true, result: { errorType } });
  },
);

it('gives no machine a model that is not offered for it where another is picked, nor a retired one that is', async () => {
  for (const [picked, model] of [
    ['gpt-5.5', 'gpt-5.1'],
    ['gpt-5.5', 'sonnet'],
    ['gpt-4', 'gpt-4'],
    ['minimax', 'minimax'],
  ] as const) {
    const id = await service.addWorkspace('codex');
    await service.storePick(id, picked);
    expect(await service.provision({ workspace_id: id, runtime: 'codex', model })).toMatchObject({
      failed: true,
      result: { errorType: 'ModelRefusedError' },
    });
  }
});

describe('a catalogue that only advises', () => {
  it('saves a retired model with a warning, and gives it to the machine', async () => {
    const id = await advising.addWorkspace('codex');
    expect(bodyOf(await advising.put(id, 'gpt-4'))).toEqual({
      status: 'saved',
      model: 'gpt-4',
      warning: {
        code: 'MODEL_RETIRED',
        reason: expect.stringContaining('Pick gpt-5.5 instead.'),
        suggestions: expect.arrayContaining(['gpt-5.5']),
      },
    });
    expect(await advising.provision({ workspace_id: id, runtime: 'codex' })).toMatchObject({
      failed: false,
      result: { model: 'gpt-4' },
    });
  });

  it('refuses all the same what is no model id', async () => {
    const id = await advising.addWorkspace('hermes');
    for (const [model, code] of [
      ['deepseek', 'PROVIDER_SLUG'],
      ['deepseek/', 'PROVIDER_SLUG'],
    ]) {
      expect(bodyOf(await advising.put(id, model))).toMatchObject({ code });
    }
    expect(bodyOf(await advising.get(id))).toMatchObject({ source: 'default' });
  });
});

const Listed = z.object({
  mode: z.string(),
  items: z.array(z.looseObject({ id: z.string(), runtimes: z.array(z.string()).optional() })),
});

describe('GET /models', () => {
  const list = async (query = '') => {
    const response = await fetch(`${service.api}/models${query}`);
    expect(response.status).toBe(200);
    return Listed.parse(await response.json());
  };

  it('lists every entry of the catalogue, with its status, in the order of ids', async () => {
    const entries = models.map((model) => ({ status: 'offered', ...model }));
    const sorted = entries.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    expect(await list()).toEqual({ mode: 'enforce', items: sorted });
  });

  it('lists what is about one runtime, with what takes the place of a retired model', async () => {
    const { items } = await list('?runtime=codex');
    expect(items).toContainEqual({
      id: 'gpt-4',
      runtimes: ['codex'],
      status: 'retired',
      replacement: 'gpt-5.5',
    });
    expect(items.every(({ runtimes }) => runtimes?.includes('codex'))).toBe(true);
    expect(items.map(({ id }) => id)).not.toContain('sonnet');
  });

  it('is what the client reads', async () => {
    const { mode, items } = await new ModelClient({ url: service.api, fetch }).models('claude-code');
    expect(mode).toBe('enforce');
    expect(items.map(({ id }) => id)).toContain('sonnet');
  });
});
