import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { expectAnswer } from '../../helpers/claims.ts';
import { error, isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { down, NEWEST } from '../../helpers/engine.ts';
import { type Service, startService } from '../../helpers/service.ts';

const line = z.object({
  level: z.string(),
  message: z.string(),
  service: z.string(),
  request_id: z.string(),
  workspace_id: z.string().optional(),
  outcome: z.enum(['ok', 'refused', 'failed']),
  code: z.string(),
  duration_ms: z.number().positive(),
  data_api_calls: z.number().int().nonnegative(),
  DataApiErrors: z.number().int().nonnegative(),
  error: z.looseObject({ name: z.string() }).optional(),
});

/** Raw, so that it is found as it stands and in base64 or hex. */
const KEY = 'SENTINEL-key-of-exactly-32-bytes';

let service: Service;
beforeAll(async () => {
  service = await startService({ encryptionKey: KEY });
});
afterAll(() => service.close());

const linesDuring = async (action: () => Promise<unknown>) => {
  const before = service.logs().length;
  await action();
  return service
    .logs()
    .slice(before)
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => line.parse(JSON.parse(text)));
};

const postgresError = error('DatabaseErrorException', 400, 'ERROR: "SENTINEL-cause"; SQLState: 42501');
const resuming = error('DatabaseResumingException', 400, 'SENTINEL-cause');
const forbidden = error('AccessDeniedException', 400, 'SENTINEL-cause');

interface Told {
  service: string;
  outcome: string;
  code: unknown;
  data_api_calls: unknown;
  DataApiErrors?: number;
  workspace_id?: string;
}

/** One invocation, and the one line that it is to leave. */
const expectLine = async (action: () => Promise<unknown>, told: Told) => {
  const lines = await linesDuring(action);
  expect(lines).toMatchObject([told]);
  if (told.workspace_id === undefined) {
    expect(lines).not.toMatchObject([{ workspace_id: expect.any(String) }]);
  }
};

describe('the log', () => {
  it('logs one line for each GET', async () => {
    const of = (outcome: string, code: string, calls: number) => ({
      service: 'get-model',
      outcome,
      code,
      data_api_calls: calls,
    });
    for (const id of [
      await service.addPick('SENTINEL/encrypted'),
      await service.addPick('SENTINEL/plain', { version: 0 }),
      await service.addPick('SENTINEL poison'),
      await service.addWorkspace(),
    ]) {
      await expectLine(() => service.get(id), { ...of('ok', 'OK', 1), workspace_id: id });
      await expectLine(() => service.get(id.toUpperCase()), { ...of('ok', 'OK', 1), workspace_id: id });
    }
    const [absent, damaged, unknown] = [
      randomUUID(),
      await service.addWorkspace(),
      await service.addWorkspace(),
    ];
    await service.storeBytes(damaged, Buffer.from(`SENTINEL${'x'.repeat(60)}`), 1);
    await service.storeBytes(unknown, Buffer.from(`SENTINEL${'x'.repeat(60)}`), 9);
    await expectLine(() => service.get('SENTINEL'), of('refused', 'INVALID_WORKSPACE_ID', 0));
    await expectLine(() => service.get(absent), {
      ...of('refused', 'WORKSPACE_NOT_FOUND', 1),
      workspace_id: absent,
    });
    for (const id of [damaged, unknown]) {
      await expectLine(() => service.get(id), { ...of('failed', 'DECRYPT_FAILED', 1), workspace_id: id });
    }
    await service.withFault(isDataApi, postgresError, () =>
      expectLine(() => service.get(absent), {
        ...of('failed', 'DATABASE_REFUSED', 1),
        DataApiErrors: 1,
        workspace_id: absent,
      }),
    );
    await service.withFault(isDataApi, resuming, () =>
      expectLine(() => service.get(absent), {
        ...of('failed', 'DATABASE_UNAVAILABLE', 4),
        DataApiErrors: 0,
        workspace_id: absent,
      }),
    );
  });

  it('logs one line for each PUT', async () => {
    const of = (outcome: string, code: string, calls: number) => ({
      service: 'set-model',
      outcome,
      code,
      data_api_calls: calls,
    });
    const [id, absent] = [await service.addWorkspace(), randomUUID()];
    const headers = { authorization: 'Bearer SENTINEL-token', cookie: 'session=SENTINEL-cookie' };
    const put = (body: string) => () => service.putRaw(id, body, headers);

    await expectLine(put('{"model":"SENTINEL/saved","note":"SENTINEL-note"}'), {
      ...of('ok', 'OK', 1),
      workspace_id: id,
    });
    await expectLine(put('{"model":" ","note":"SENTINEL-note"}'), { ...of('ok', 'OK', 1), workspace_id: id });
    for (const body of ['SENTINEL', '{"model":SENTINEL}', '["SENTINEL"]', '{"model":["SENTINEL"]}']) {
      await expectLine(put(body), { ...of('refused', 'INVALID_REQUEST_BODY', 0), workspace_id: id });
    }
    const refusals = {
      'Abliteration-AI': 'PROVIDER_SLUG',
      'Claude-Code-Default': 'RUNTIME_NAME',
      'SENTINEL model': 'MALFORMED_MODEL_ID',
    };
    for (const [model, code] of Object.entries(refusals)) {
      await expectLine(() => service.put(id, model), { ...of('refused', code, 0), workspace_id: id });
    }
    await expectLine(() => service.put('SENTINEL', 'SENTINEL/x'), of('refused', 'INVALID_WORKSPACE_ID', 0));
    for (const model of ['SENTINEL/x', '']) {
      await expectLine(() => service.put(absent, model), {
        ...of('refused', 'WORKSPACE_NOT_FOUND', 1),
        workspace_id: absent,
      });
      await service.withFault(isDataApi, postgresError, () =>
        expectLine(() => service.put(id, model), {
          ...of('failed', 'DATABASE_REFUSED', 1),
          workspace_id: id,
        }),
      );
    }
  });

  it('logs one line for each provision', async () => {
    const of = (outcome: string, code: string, calls: number) => ({
      service: 'provision',
      outcome,
      code,
      data_api_calls: calls,
    });
    const [id, poisoned, absent, damaged] = [
      await service.addPick('SENTINEL/encrypted'),
      await service.addPick('SENTINEL poison', { version: 0 }),
      randomUUID(),
      await service.addWorkspace(),
    ];
    await service.storeBytes(damaged, Buffer.from(`SENTINEL${'x'.repeat(60)}`), 1);
    const others = { runtime: 'hermes', org_id: 'SENTINEL-org', env: { TOKEN: 'SENTINEL-token' } };
    const provision = (workspace_id: string, model?: unknown) => () =>
      service.provision({ workspace_id, ...others, ...(model !== undefined && { model }) });

    await expectLine(provision(id), { ...of('ok', 'OK', 1), workspace_id: id });
    await expectLine(provision(id, 'SENTINEL/asked'), { ...of('ok', 'OK', 1), workspace_id: id });
    await expectLine(provision(id, 'SENTINEL asked'), {
      ...of('refused', 'MALFORMED_MODEL_ID', 0),
      workspace_id: id,
    });
    await expectLine(provision(id, 'Abliteration-AI'), {
      ...of('refused', 'PROVIDER_SLUG', 0),
      workspace_id: id,
    });
    await expectLine(provision(poisoned), {
      ...of('refused', 'MALFORMED_MODEL_ID', 1),
      workspace_id: poisoned,
    });
    await expectLine(provision(absent), { ...of('refused', 'WORKSPACE_NOT_FOUND', 1), workspace_id: absent });
    await expectLine(provision(damaged), { ...of('failed', 'DECRYPT_FAILED', 1), workspace_id: damaged });
    await expectLine(provision('SENTINEL'), of('refused', 'INVALID_REQUEST', 0));
    await expectLine(provision(id, { SENTINEL: 1 }), of('refused', 'INVALID_REQUEST', 0));
    await expectLine(() => service.provision('SENTINEL'), of('refused', 'INVALID_REQUEST', 0));
    await service.withFault(isDataApi, postgresError, () =>
      expectLine(provision(id), { ...of('failed', 'DATABASE_REFUSED', 1), workspace_id: id }),
    );
    await service.withFault(isDataApi, resuming, () =>
      expectLine(provision(id), { ...of('failed', 'DATABASE_UNAVAILABLE', 4), workspace_id: id }),
    );
  });

  it('logs one line for each request that finds no usable key', async () => {
    const id = await service.addPick('SENTINEL/encrypted');
    const lost = [
      () => service.rotateKey('SENTINEL-of-no-32-bytes'),
      () => service.aws.secrets.remove(service.encryptionKeySecretArn),
    ];
    const expectThree = async () => {
      await expectLine(() => service.get(id), {
        service: 'get-model',
        outcome: 'failed',
        code: 'DECRYPT_FAILED',
        data_api_calls: 1,
        workspace_id: id,
      });
      await expectLine(() => service.put(id, 'SENTINEL/x'), {
        service: 'set-model',
        outcome: 'failed',
        code: expect.stringMatching(/KEY|SECRET/),
        data_api_calls: 0,
        workspace_id: id,
      });
      await expectLine(() => service.provision({ workspace_id: id, runtime: 'hermes' }), {
        service: 'provision',
        outcome: 'failed',
        code: 'DECRYPT_FAILED',
        data_api_calls: 1,
        workspace_id: id,
      });
    };
    for (const lose of lost) {
      await service.coldStart();
      lose();
      await expectThree();
    }
    service.rotateKey(KEY);
    await service.withFault(isKeyFetch, forbidden, expectThree);
  });

  it('logs one line for each deploy', async () => {
    await down(service);
    for (const [model, version] of [
      ['SENTINEL/legacy', 1],
      ['SENTINEL poison', 0],
    ] as const) {
      await service.storePick(await service.addWorkspace(), model, { key: 'MODEL_PROVIDER', version });
    }
    const deploy = () =>
      service.invoke('migrate', {
        RequestType: 'Create',
        RequestId: randomUUID(),
        ResourceProperties: { TargetVersion: NEWEST, ApiUserSecretArn: service.apiUserSecretArn },
      });
    const told = (outcome: string, code: unknown) => ({
      service: 'migrate',
      outcome,
      code,
      data_api_calls: expect.any(Number),
    });
    await service.withFault(
      ({ sql }) => sql?.includes('FOR UPDATE OF s') === true,
      error('NotFoundException', 404, 'SENTINEL-cause'),
      () => expectLine(deploy, told('failed', expect.any(String))),
    );
    await expectLine(deploy, told('ok', 'OK'));
    expect(await service.sql("SELECT FROM workspace_secrets WHERE key = 'MODEL_PROVIDER'")).toEqual([]);
  });

  it('logs the names of a failure and of its cause, without their messages', async () => {
    const id = await service.addPick('SENTINEL/encrypted');
    const [failed] = await service.withFault(isDataApi, resuming, () => linesDuring(() => service.get(id)));
    expect(failed?.error).toMatchObject({
      name: 'DatabaseUnavailableError',
      cause: { name: 'DatabaseResumingException' },
    });
    expect(failed?.level).toBe('ERROR');
  });

  // What every test above has made: it is the last one of this file.
  it('logs no model, ciphertext, key, body, token or message of a cause in any line', async () => {
    const id = await service.addWorkspace();
    expectAnswer(await service.put(id, 'SENTINEL/last'), 200, { status: 'saved', model: 'SENTINEL/last' });
    const values = await service.sql<{ bytes: Buffer }>(
      'SELECT encrypted_value AS bytes FROM workspace_secrets',
    );
    const ciphertexts = values.map(({ bytes }) => bytes).filter((bytes) => bytes.length > 0);
    const secrets = [
      'SENTINEL',
      'abliteration-ai',
      'claude-code-default',
      Buffer.from(KEY).toString('base64'),
      Buffer.from(KEY).toString('hex'),
      Buffer.from('SENTINEL').toString('base64').slice(0, 10),
      Buffer.from('SENTINEL').toString('hex'),
      ...ciphertexts.flatMap((bytes) => [bytes.toString('base64'), bytes.toString('hex'), bytes.join()]),
    ];
    const lines = service.logs().split('\n');
    const told = lines.filter((text) =>
      secrets.some((secret) => text.toLowerCase().includes(secret.toLowerCase())),
    );
    expect(told).toEqual([]);
    expect(lines.length).toBeGreaterThan(40);
    expect(ciphertexts.length).toBeGreaterThan(5);
  });
});
