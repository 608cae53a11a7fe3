import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { expectFailure, expectSuccess } from '../../helpers/claims.ts';
import { isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { readAsDocker, readAsSystemd } from '../../helpers/env-file-readers.ts';
import { modelIds } from '../../helpers/model-ids.ts';
import { type Service, startService } from '../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const provisioned = z.strictObject({
  workspace_id: z.string(),
  runtime: z.string(),
  model: z.string(),
  source: z.enum(['request', 'workspace_secrets', 'default']),
  saved: z.literal(true).optional(),
  env: z.strictObject({ MODEL: z.string().optional() }),
  env_file: z.string(),
  user_data: z.string(),
  user_data_base64: z.string(),
});

const provision = async (request: unknown) => {
  return provisioned.parse(expectSuccess(await service.provision(request)));
};

/** That the machine gets this model, in every form, and no other variable. */
const expectMachineGets = (answer: z.infer<typeof provisioned>, model: string) => {
  expect(answer.model).toBe(model);
  expect(answer.env).toEqual({ MODEL: model });
  expect(answer.env_file).toBe(`MODEL=${model}\n`);
  expect(readAsDocker(answer.env_file)).toEqual({ MODEL: model });
  expect(readAsSystemd(answer.env_file)).toEqual({ MODEL: model });
  expect(parse(answer.user_data).write_files).toEqual([
    {
      path: '/etc/workspace/model.env',
      owner: 'root:root',
      permissions: '0600',
      content: answer.env_file,
    },
  ]);
  expect(Buffer.from(answer.user_data_base64, 'base64').toString('utf8')).toBe(answer.user_data);
};

const expectMachineGetsNoModel = (answer: z.infer<typeof provisioned>) => {
  expect(answer).toMatchObject({ model: '', source: 'default', env: {}, env_file: '' });
  expect(answer.env).toEqual({});
  expect(parse(answer.user_data).write_files).toMatchObject([{ content: '' }]);
};

const expectNothingHandedOut = async (request: unknown, name: string): Promise<string> =>
  expectFailure(await service.provision(request), name);

describe('provision', () => {
  it("answers with CP's own words and the workspace's pick, in every form that a machine takes", async () => {
    const id = await service.addPick('minimax/MiniMax-M2.7');
    const answer = await provision({ workspace_id: id, runtime: 'hermes' });
    expect(answer).toMatchObject({ workspace_id: id, runtime: 'hermes', source: 'workspace_secrets' });
    expectMachineGets(answer, 'minimax/MiniMax-M2.7');
  });

  it('takes the model of the request before that of the workspace', async () => {
    const answer = await provision({
      workspace_id: await service.addPick('opus'),
      runtime: 'hermes',
      model: 'haiku',
    });
    expect(answer.source).toBe('request');
    expectMachineGets(answer, 'haiku');
  });

  it("takes the workspace's pick where the request's model is empty, white space or null", async () => {
    const id = await service.addPick('opus');
    for (const model of ['', ' \n', null]) {
      const answer = await provision({ workspace_id: id, runtime: 'hermes', model });
      expect(answer.source).toBe('workspace_secrets');
      expectMachineGets(answer, 'opus');
    }
  });

  it('leaves the runtime its own default where nothing is picked', async () => {
    expectMachineGetsNoModel(
      await provision({ workspace_id: await service.addWorkspace(), runtime: 'hermes' }),
    );
    expectMachineGetsNoModel(
      await provision({ workspace_id: await service.addPick(' ', { version: 0 }), runtime: 'hermes' }),
    );
  });

  it("trims the request's model, and a pick that was once stored untrimmed", async () => {
    const id = await service.addPick('opus[1m]\n', { version: 0 });
    expectMachineGets(await provision({ workspace_id: id, runtime: 'hermes', model: ' @cf/x\n' }), '@cf/x');
    expectMachineGets(await provision({ workspace_id: id, runtime: 'hermes' }), 'opus[1m]');
  });

  it.each(['~anthropic/x', '@cf/x', 'opus[1m]', 'm'.repeat(256)])(
    'provisions the model %s unchanged',
    async (model) => {
      const id = await service.addPick(model);
      expectMachineGets(await provision({ workspace_id: id, runtime: 'hermes' }), model);
      expectMachineGets(await provision({ workspace_id: id, runtime: 'hermes', model }), model);
    },
  );

  it('provisions whatever model id was saved over HTTP', async () => {
    const id = await service.addWorkspace();
    await fc.assert(
      fc.asyncProperty(modelIds, async (model) => {
        await service.put(id, model);
        expectMachineGets(await provision({ workspace_id: id, runtime: 'hermes' }), model);
      }),
      { numRuns: 25 },
    );
  });

  it('ignores every other field of the request', async () => {
    const id = await service.addPick('opus');
    const answer = await provision({
      workspace_id: id,
      runtime: 'hermes',
      org_id: 'org-1',
      tier: 4,
      platform_url: 'https://platform.example',
      env: { MODEL: 'env/model', MODEL_PROVIDER: 'minimax', TOKEN: 'sk-1' },
      MODEL: 'upper/model',
      MODEL_PROVIDER: 'minimax',
      model_provider: 'minimax',
      source: 'request',
      user_data: '#!/bin/sh',
    });
    expectMachineGets(answer, 'opus');
    expect(JSON.stringify(answer)).not.toMatch(
      /org-1|platform\.example|env\/model|upper\/model|minimax|sk-1|bin\/sh/,
    );
  });

  it('reads no other secret of the workspace', async () => {
    const id = await service.addPick('opus');
    await service.storePick(id, 'sk-sentinel', { key: 'ANTHROPIC_API_KEY', version: 0 });
    const calls = await service.callsDuring(async () => {
      const answer = await provision({ workspace_id: id, runtime: 'hermes' });
      expect(JSON.stringify(answer)).not.toContain('sk-sentinel');
    });
    const statements = calls.flatMap(({ sql }) => sql ?? []);
    for (const sql of statements) {
      expect(sql).toContain('workspace_model_picks');
      expect(sql).not.toMatch(/(FROM|JOIN|INTO|UPDATE)\s+workspace_secrets/);
    }
  });

  it('provisions the same workspace in either letter case of its id', async () => {
    const id = await service.addPick('opus');
    const answer = await provision({ workspace_id: id.toUpperCase(), runtime: 'hermes' });
    expect(answer.workspace_id).toBe(id);
    expectMachineGets(answer, 'opus');
  });

  it('provisions with one call to the database, whatever the source', async () => {
    const requests = [
      { workspace_id: await service.addPick('opus'), runtime: 'hermes' },
      { workspace_id: await service.addPick('opus'), runtime: 'hermes', model: 'haiku' },
      { workspace_id: await service.addWorkspace(), runtime: 'hermes' },
    ];
    for (const request of requests) {
      const calls = await service.callsDuring(() => provision(request));
      expect(calls.filter(isDataApi)).toMatchObject([{ operation: 'ExecuteStatement', outcome: 'ok' }]);
    }
  });

  it('reads a pick in plain text while there is no key', async () => {
    const id = await service.addPick('opus', { version: 0 });
    await service.coldStart();
    service.aws.secrets.remove(service.encryptionKeySecretArn);
    const calls = await service.callsDuring(async () => {
      expectMachineGets(await provision({ workspace_id: id, runtime: 'hermes' }), 'opus');
    });
    service.rotateKey(service.encryptionKey);
    expect(calls.filter(isKeyFetch).some(({ outcome }) => outcome === 'ok')).toBe(false);
  });
});

describe('a first deploy', () => {
  const provisionAs = (id: string, model: string) =>
    provision({ workspace_id: id, runtime: 'hermes', model });

  it('keeps the model of its request as the pick, in one call', async () => {
    const id = await service.addWorkspace();
    const calls = await service.callsDuring(async () => {
      const answer = await provisionAs(id, ' haiku\n');
      expect(answer).toMatchObject({ model: 'haiku', source: 'request', saved: true });
      expectMachineGets(answer, 'haiku');
    });
    expect(calls.filter(isDataApi)).toHaveLength(1);
    const restarted = await provision({ workspace_id: id, runtime: 'hermes' });
    expect(restarted).toMatchObject({ source: 'workspace_secrets' });
    expectMachineGets(restarted, 'haiku');
  });

  it.each([0, 1])('keeps it in the place of a row that holds no text (version %i)', async (version) => {
    const id = await service.addPick('', { version });
    expect(await provisionAs(id, 'haiku')).toMatchObject({ source: 'request', saved: true });
    expectMachineGets(await provision({ workspace_id: id, runtime: 'hermes' }), 'haiku');
    expect(await provisionAs(id, 'opus')).not.toHaveProperty('saved');
  });

  it('changes no pick that is there, whatever it is', async () => {
    const [picked, poisoned, damaged] = [
      await service.addPick('opus'),
      await service.addPick('minimax', { version: 0 }),
      await service.addWorkspace(),
    ];
    await service.storeBytes(damaged, Buffer.alloc(64), 7);
    for (const id of [picked, poisoned, damaged]) {
      const before = await service.rowsOf(id);
      const answer = await provisionAs(id, 'haiku');
      expect(answer).not.toHaveProperty('saved');
      expectMachineGets(answer, 'haiku');
      expect(await service.rowsOf(id)).toEqual(before);
    }
  });

  it('leaves one row where there are two at once, and each machine gets what it asked for', async () => {
    const id = await service.addWorkspace();
    const models = ['haiku', 'opus', 'sonnet', 'vendor/x'];
    const answers = await Promise.all(models.map((model) => provisionAs(id, model)));
    expect(answers.map(({ model }) => model)).toEqual(models);
    const winner = answers.filter(({ saved }) => saved);
    expect(winner).toHaveLength(1);
    expect(await service.rowsOf(id)).toHaveLength(1);
    expect((await provision({ workspace_id: id, runtime: 'hermes' })).model).toBe(winner[0]?.model);
  });

  it('saves nothing without a key, a model id or a workspace', async () => {
    const id = await service.addWorkspace();
    const absent = randomUUID();
    await expectNothingHandedOut(
      { workspace_id: id, runtime: 'hermes', model: 'minimax' },
      'ModelRefusedError',
    );
    await expectNothingHandedOut(
      { workspace_id: absent, runtime: 'hermes', model: 'opus' },
      'WorkspaceNotFoundError',
    );
    await service.coldStart();
    service.aws.secrets.remove(service.encryptionKeySecretArn);
    await expectNothingHandedOut({ workspace_id: id, runtime: 'hermes', model: 'opus' }, 'SecretError');
    service.rotateKey(service.encryptionKey);
    expect(await service.rowsOf(id)).toEqual([]);
    expect(await service.rowsOf(absent)).toEqual([]);
  });
});

describe('a deployment that demands a model', () => {
  it('hands out no machine without one, but for runtimes that need none', async () => {
    const strict = await startService({ requireModel: 'true', requireModelExempt: 'mock, external' });
    onTestFinished(() => strict.close());
    const [none, picked] = [await strict.addWorkspace(), await strict.addPick('opus')];
    const message = expectFailure(
      await strict.provision({ workspace_id: none, runtime: 'hermes' }),
      'ModelRequiredError',
    );
    expect(message).toContain(`PUT /workspaces/${none}/model`);
    for (const request of [
      { workspace_id: none, runtime: 'external' },
      { workspace_id: picked, runtime: 'hermes' },
      { workspace_id: none, runtime: 'hermes', model: 'opus' },
    ]) {
      expect(await strict.provision(request)).toMatchObject({ failed: false });
    }
  });
});

describe('provision fails', () => {
  const notModels = {
    'a provider slug': ['MiniMax', 'name of a model provider'],
    'a runtime name': ['claude-code', 'name of an agent runtime'],
    'a malformed id': ['opus\nMODEL_PROVIDER=x', 'ASCII letters, digits'],
    'an id that is too long': ['m'.repeat(257), 'at most 256 characters'],
    'a line that is no model': ['opus"; runcmd: [reboot]', 'ASCII letters, digits'],
  } as const;

  it.each(Object.entries(notModels))(
    'fails with ModelRefusedError at %s in the request',
    async (_, [model, reason]) => {
      const request = { workspace_id: await service.addPick('opus'), runtime: 'hermes', model };
      const message = await expectNothingHandedOut(request, 'ModelRefusedError');
      expect(message).toContain(reason);
      expect(message).toContain('for example "minimax/MiniMax-M2.7"');
    },
  );

  it.each(Object.entries(notModels))(
    'fails with ModelRefusedError at %s in the row',
    async (_, [model, reason]) => {
      for (const version of [0, 1]) {
        const request = { workspace_id: await service.addPick(model, { version }), runtime: 'hermes' };
        const message = await expectNothingHandedOut(request, 'ModelRefusedError');
        expect(message).toContain(reason);
      }
    },
  );

  it('fails with WorkspaceNotFoundError where there is no such workspace, with a model or without', async () => {
    const id = randomUUID();
    for (const model of ['opus', '']) {
      const request = { workspace_id: id, runtime: 'hermes', model };
      expect(await expectNothingHandedOut(request, 'WorkspaceNotFoundError')).toContain(id);
    }
  });

  const id = randomUUID();
  const wrongRequests: Record<string, [unknown, string[]]> = {
    nothing: [null, ['JSON object with "workspace_id" and "runtime"']],
    'a string': ['opus', ['JSON object with "workspace_id" and "runtime"']],
    'an array': [[], ['JSON object']],
    'an empty object': [{}, ['"workspace_id" must be the UUID', '"runtime" must be the name']],
    'no workspace': [{ runtime: 'hermes' }, ['"workspace_id" must be the UUID']],
    'a workspace that is no UUID': [
      { workspace_id: '1', runtime: 'hermes' },
      ['"workspace_id" must be the UUID'],
    ],
    'a workspace that is a number': [{ workspace_id: 1, runtime: 'hermes' }, ['"workspace_id"']],
    'no runtime': [{ workspace_id: id }, ['"runtime" must be the name']],
    'an empty runtime': [{ workspace_id: id, runtime: '' }, ['"runtime" must not be empty']],
    'a runtime that is no string': [{ workspace_id: id, runtime: ['hermes'] }, ['"runtime"']],
    'a model that is no string': [{ workspace_id: id, runtime: 'hermes', model: 5 }, ['"model"']],
  };

  it.each(Object.entries(wrongRequests))(
    'fails with InvalidRequestError at %s, without a call',
    async (_, [request, parts]) => {
      const calls = await service.callsDuring(async () => {
        const message = await expectNothingHandedOut(request, 'InvalidRequestError');
        for (const part of parts) {
          expect(message).toContain(part);
        }
      });
      expect(calls.filter((call) => call.service !== 'lambda')).toEqual([]);
    },
  );

  it('fails with DecryptError where the stored bytes are damaged, or of a version that it does not know', async () => {
    const [damaged, unknown] = [await service.addWorkspace(), await service.addWorkspace()];
    await service.storeBytes(damaged, Buffer.alloc(64), 1);
    await service.storeBytes(unknown, Buffer.alloc(64), 7);
    expect(
      await expectNothingHandedOut({ workspace_id: damaged, runtime: 'hermes' }, 'DecryptError'),
    ).toContain('does not decrypt with the current encryption key');
    expect(
      await expectNothingHandedOut({ workspace_id: unknown, runtime: 'hermes' }, 'DecryptError'),
    ).toContain('encryption_version 7');
  });

  it('provisions the model of the request over a stored pick that is no model id', async () => {
    for (const stored of ['minimax', 'two words']) {
      const request = { workspace_id: await service.addPick(stored), runtime: 'hermes', model: 'opus' };
      expectMachineGets(await provision(request), 'opus');
    }
    const damaged = await service.addWorkspace();
    await service.storeBytes(damaged, Buffer.alloc(64), 1);
    expectMachineGets(await provision({ workspace_id: damaged, runtime: 'hermes', model: 'opus' }), 'opus');
  });
});
