// That no write takes effect behind the back of somebody who was told otherwise.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { databaseFor } from '../../../../functions/database/attempts.ts';
import { connect } from '../../../../functions/database/client.ts';
import { clearModel, saveModel } from '../../../../functions/database/workspace-model.ts';
import { encrypt, parseEncryptionKey } from '../../../../functions/secrets/cipher.ts';
import type { Call } from '../../../../local/aws/calls.ts';
import type { Fault } from '../../../../local/aws/faults.ts';
import { expectAnswer, expectUnavailable, nothingPicked, picked, saved } from '../../../helpers/claims.ts';
import { isDataApi } from '../../../helpers/disturbances.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { type Service, startService, stubAwsEnvironment } from '../../../helpers/service.ts';
import { unhurried } from '../../../helpers/unhurried.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** Lets the next write of either kind go wrong, and only that one. */
const disturbNextWrites = (fault: Fault | readonly Fault[]): Call[] => {
  const disturbed: Call[] = [];
  service.aws.onCall = (call) => {
    const isWrite = /INSERT|DELETE/.test(call.sql ?? '');
    if (!isWrite || disturbed.some(({ sql }) => sql === call.sql)) {
      return undefined;
    }
    disturbed.push(call);
    return fault;
  };
  onTestFinished(() => {
    service.aws.onCall = undefined;
  });
  return disturbed;
};

/** A PUT and a clear that are answered 503, and what others see once both have ended in the database as well. */
const expectOvertaken = async (fault: Fault | readonly Fault[]): Promise<Call[]> => {
  const [saving, clearing] = [await service.addPick('first'), await service.addPick('first')];
  const disturbed = disturbNextWrites(fault);
  for (const answer of await Promise.all([service.put(saving, 'late'), service.put(clearing, '')])) {
    expectUnavailable(answer);
  }
  expectAnswer(await service.put(saving, 'newer'), 200, saved('newer'));
  expectAnswer(await service.put(clearing, 'newer'), 200, saved('newer'));
  await eventually('the late writes', () => disturbed.map(({ outcome }) => outcome)).not.toContain('pending');
  expectAnswer(await service.get(saving), 200, picked('newer'));
  expectAnswer(await service.get(clearing), 200, picked('newer'));
  return disturbed;
};

describe('a write that may have run', () => {
  it('takes no effect any more where it was held up on its way', async () => {
    const disturbed = await expectOvertaken({ kind: 'delay', ms: 10_000 });
    expect(disturbed.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });

  it.each<[string, Fault]>([
    ['was lost', { kind: 'lost-response' }],
    ['stops after its headers', { kind: 'stalled-answer' }],
  ])('is not sent again where its answer %s', async (_, fault) => {
    const calls = await service.callsDuring(() => expectOvertaken(fault));
    // Two late ones, two newer ones and two reads.
    expect(calls.filter(isDataApi)).toHaveLength(6);
  });

  it.each([
    ['workspaces', 'id', ''],
    ['workspace_secrets', 'workspace_id', 'first'],
  ])('is ended in the database while it waits for a lock in %s', async (table, column, before) => {
    const id = await service.addWorkspace();
    if (before !== '') {
      await service.storePick(id, before);
    }
    const lock = `SELECT FROM ${table} WHERE ${column} = '${id}' FOR UPDATE`;
    const calls = await service.callsDuring(() =>
      service.inTransaction(lock, async () => expectUnavailable(await service.put(id, 'late'))),
    );
    expect(calls.filter(isDataApi)).toHaveLength(1);
    expectAnswer(await service.get(id), 200, before === '' ? nothingPicked : picked(before));
  });

  it('is not begun when the invocation has no time left to see it through', async () => {
    const hurried = await startService({ functionTimeoutMs: 5_000 });
    onTestFinished(() => hurried.close());
    const id = await hurried.addWorkspace();
    const calls = await hurried.callsDuring(async () => expectUnavailable(await hurried.put(id, 'late')));
    expect(calls.filter(isDataApi)).toEqual([]);
  });

  it('is given up with the invocation, and not sent again after the answer', async () => {
    const hurried = await startService({ functionTimeoutMs: 4_000 });
    onTestFinished(() => hurried.close());
    const id = await hurried.addWorkspace();
    await eventually('a function that is loaded', async () => (await hurried.get(id)).status).toBe(200);
    const before = hurried.aws.calls.length;
    const calls = await hurried.callsDuring(() =>
      hurried.withFault(isDataApi, [{ kind: 'delay', ms: 3_600 }, { kind: 'dropped-request' }], async () => {
        expectUnavailable(await hurried.get(id));
      }),
    );
    await eventually('the call', () => calls.filter(isDataApi).map(({ outcome }) => outcome)).not.toContain(
      'pending',
    );
    expect(hurried.aws.calls.slice(before).filter(isDataApi)).toHaveLength(1);
  });
});

describe('a connection that was kept while the function was frozen', () => {
  /** Answers one call on each connection, and resets it when another one comes. */
  const forgetfulServer = async () => {
    const answer = '{"records":[[{"stringValue":"written"},{"longValue":1},{"stringValue":""}]]}';
    const server = createServer((request, response) => {
      if (answered.has(request.socket)) {
        request.socket.resetAndDestroy();
        return;
      }
      answered.add(request.socket);
      response.end(answer);
    });
    const answered = new Set<object>();
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
  };

  it('is not used by a write', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', await forgetfulServer());
    stubAwsEnvironment(service);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
    });
    const connection = connect({ clusterArn: 'cluster', secretArn: 'secret', name: 'database' }, 8_000);
    const execute = connection({ dataApiCalls: 0, dataApiErrors: 0 });
    const database = databaseFor(execute, { timeLeft: () => 30_000, beforeWrite: connection.closeStale });
    const clear = () => clearModel(database, { workspaceId: '', actor: '', condition: 'always' });
    const now = Date.now.bind(Date);

    for (const frozenMs of [0, 60_000, 3_600_000]) {
      vi.spyOn(Date, 'now').mockImplementation(() => now() + frozenMs);
      expect(await clear()).toMatchObject({ outcome: 'written' });
    }
  });
});

describe('a clock that differs from the database', () => {
  const bytes = encrypt(parseEncryptionKey('k'.repeat(32)), 'opus');
  const HOUR_MS = 3_600_000;

  const writeWithClock = async (offsetMs: number) => {
    const id = await service.addWorkspace();
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + offsetMs);
    onTestFinished(() => void vi.restoreAllMocks());
    const database = databaseFor(service.executeAsOwner, unhurried);
    const write = { workspaceId: id, actor: 'test', condition: 'always' } as const;
    const calls = await service.callsDuring(() =>
      saveModel(database, { ...write, encryptedValue: bytes, refusing: { allBut: false, names: [] } }),
    );
    expect(await service.rowsOf(id)).toHaveLength(1);
    await clearModel(database, write);
    expect(await service.rowsOf(id)).toEqual([]);
    return calls.length;
  };

  it.each([500, 0, -500])('writes at once where it is %i ms ahead', async (offsetMs) => {
    expect(await writeWithClock(offsetMs)).toBe(1);
  });

  it.each([HOUR_MS, 5_000, -5_000, -HOUR_MS])(
    "writes by the database's own clock where it is %i ms ahead",
    async (offsetMs) => {
      expect(await writeWithClock(offsetMs)).toBe(2);
    },
  );

  // The SDK puts its clock right with every failed answer, and says so. That is no word on whether the statement has run.
  it('repeats no write that may have run, although the SDK has put its clock right', async () => {
    const id = await service.addWorkspace();
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 5 * 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
    let written = 0;
    service.aws.onCall = ({ sql = '' }) => {
      written += sql.includes('INSERT') ? 1 : 0;
      // The first attempt is untimely; the second has run when its answer is lost.
      return written === 2 ? { kind: 'answer', status: 504, after: true } : undefined;
    };
    onTestFinished(() => {
      service.aws.onCall = undefined;
    });
    stubAwsEnvironment(service);
    vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', service.aws.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { clusterArn, databaseSecretArn: secretArn, databaseName: name } = service;
    const execute = connect({ clusterArn, secretArn, name }, 8_000)({ dataApiCalls: 0, dataApiErrors: 0 });
    const saving = saveModel(databaseFor(execute, unhurried), {
      workspaceId: id,
      actor: 'test',
      condition: 'always',
      encryptedValue: bytes,
      refusing: { allBut: false, names: [] },
    });
    await expect(saving).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(written).toBe(2);
  });
});

it('clears nothing twice, and says so for a workspace without a pick', async () => {
  const id = await service.addPick('opus');
  for (let i = 0; i < 2; i += 1) {
    expectAnswer(await service.put(id, ''), 200, { status: 'cleared' });
  }
  expectAnswer(await service.get(id), 200, nothingPicked);
});
