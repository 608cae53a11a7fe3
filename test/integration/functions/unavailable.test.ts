import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Call } from '../../../local/aws/calls.ts';
import type { Fault } from '../../../local/aws/faults.ts';
import {
  expectAnswer,
  expectFailure,
  expectRefused,
  expectUnavailable,
  picked,
} from '../../helpers/claims.ts';
import { error, isDataApi } from '../../helpers/disturbances.ts';
import { type Service, startService } from '../../helpers/service.ts';

let service: Service;
let id: string;
beforeAll(async () => {
  service = await startService();
  id = await service.addWorkspace();
  await service.storePick(id, 'opus');
});
afterAll(() => service.close());

const provision = () => service.provision({ workspace_id: id, runtime: 'hermes' });
const provisionAs = () => service.provision({ workspace_id: id, runtime: 'hermes', model: 'haiku' });

/** Each way of the data at once. */
const everyWay = () =>
  Promise.all([
    service.get(id),
    service.put(id, 'opus'),
    service.put(id, ''),
    provision(),
    provisionAs(),
  ] as const);

const expectAllUnavailable = async () => {
  const [get, put, clear, ...provisions] = await everyWay();
  for (const answer of [get, put, clear]) {
    expectUnavailable(answer);
  }
  for (const failure of provisions) {
    expect(expectFailure(failure, 'DatabaseUnavailableError')).toContain('Try again');
  }
};

const postgresError = (sqlState: string) =>
  error('DatabaseErrorException', 400, `ERROR: sentinel-cause; SQLState: ${sqlState}`);

/** Lets the first `count` calls with each statement go wrong. */
const withFirstFailing = <Result>(count: number, fault: Fault, action: () => Promise<Result>) => {
  const failed = new Map<string, number>();
  const isToFail = ({ sql = '' }: Call) => {
    const before = failed.get(sql) ?? 0;
    failed.set(sql, before + 1);
    return sql !== '' && before < count;
  };
  return service.withFault(isToFail, fault, action);
};

describe('a database that is away for a moment', () => {
  const shortFaults: Record<string, [number, Fault]> = {
    'is resuming, twice': [2, error('DatabaseResumingException', 400)],
    'is being started or changed, twice': [2, error('InvalidResourceStateException', 400)],
    'is throttled, twice': [2, error('ThrottlingException', 400)],
    'is throttled by a status alone': [1, { kind: 'answer', status: 429, body: '{}' }],
    'has a writer that became a reader': [1, postgresError('25006')],
    'finds two writers in conflict': [1, postgresError('40001')],
    'ends a deadlock': [1, postgresError('40P01')],
  };

  const ambiguousFaults: Record<string, [number, Fault]> = {
    'is unavailable, twice': [2, error('DatabaseUnavailableException', 504)],
    'breaks the connection before it has heard, twice': [2, { kind: 'dropped-request' }],
    'breaks the connection after it has heard': [1, { kind: 'lost-response', reset: true }],
    'answers in the middle of nowhere': [1, { kind: 'truncated-answer', bytes: 5 }],
    'sends the headers of an answer and nothing more': [1, { kind: 'stalled-answer' }],
    'is hidden by a page of HTML': [
      1,
      { kind: 'answer', status: 502, body: '<p>', contentType: 'text/html' },
    ],
    'is hidden by a page of HTML with status 200': [1, { kind: 'answer', status: 200, body: '<p>' }],
    'answers without a result': [1, { kind: 'answer', status: 200, body: '{}' }],
    'answers with null': [1, { kind: 'answer', status: 200, body: '{"records":null}' }],
    'answers without a row': [1, { kind: 'answer', status: 200, body: '{"records":[]}' }],
    'answers with an empty row': [1, { kind: 'answer', status: 200, body: '{"records":[[]]}' }],
    'answers with a row that is none': [1, { kind: 'answer', status: 200, body: '{"records":[null]}' }],
    'answers with fields of other kinds': [
      1,
      { kind: 'answer', status: 200, body: '{"records":[[{"stringValue":5},{"longValue":"x"},{}]]}' },
    ],
  };

  it.each(Object.entries(ambiguousFaults))('reads again where it %s', async (_, [count, fault]) => {
    const [get, provisioned] = await withFirstFailing(count, fault, () =>
      Promise.all([service.get(id), provision()]),
    );
    expectAnswer(get, 200, picked('opus'));
    expect(provisioned).toMatchObject({ failed: false, result: { model: 'opus' } });
  });

  it.each(Object.entries(shortFaults))('waits for a database that %s', async (_, [count, fault]) => {
    const [saving, clearing] = [await service.addWorkspace(), await service.addWorkspace()];
    await service.storePick(clearing, 'opus');
    const [get, put, clear] = await withFirstFailing(count, fault, () =>
      Promise.all([service.get(id), service.put(saving, 'haiku'), service.put(clearing, '')]),
    );
    expectAnswer(get, 200, picked('opus'));
    expectAnswer(put, 200, { status: 'saved', model: 'haiku' });
    expectAnswer(clear, 200, { status: 'cleared' });
    expect(await service.rowsOf(saving)).toHaveLength(1);
    expect(await service.rowsOf(clearing)).toEqual([]);
  });

  it('waits for a resuming database in provision, too', async () => {
    const fault = error('DatabaseResumingException', 400);
    expect(await withFirstFailing(1, fault, provision)).toMatchObject({
      failed: false,
      result: { model: 'opus' },
    });
  });

  it('waits for a cluster that really was paused', async () => {
    service.aws.pause(400);
    expectAnswer(await service.get(id), 200, picked('opus'));
  });
});

describe('a database that stays away', () => {
  const longFaults: Record<string, Fault> = {
    'is throttled': error('ThrottlingException', 400, 'sentinel-cause'),
    'is unavailable': error('DatabaseUnavailableException', 504, 'sentinel-cause'),
    'has a service behind it that is unavailable': error('ServiceUnavailableError', 503, 'sentinel-cause'),
    'has a service behind it that fails': error('InternalServerErrorException', 500, 'sentinel-cause'),
    'cancels every statement at its time limit': error('StatementTimeoutException', 400, 'sentinel-cause'),
    'breaks every connection': { kind: 'dropped-request' },
    'takes no more connections': postgresError('53300'),
    'is shutting down': postgresError('57P01'),
    'loses its own connections': postgresError('08006'),
    'never stops finding conflicts': postgresError('40001'),
  };

  it.each(Object.entries(longFaults))(
    'answers reads with 503 and a time to come again where the database %s',
    async (_, fault) => {
      await service.withFault(isDataApi, fault, async () => {
        const [get, failure] = await Promise.all([service.get(id), provision()]);
        expectUnavailable(get);
        expect(expectFailure(failure, 'DatabaseUnavailableError')).toContain('Try again');
      });
    },
  );

  it('answers whatever is asked so, and writes nothing, while the database stays away', async () => {
    const before = await service.rowsOf(id);
    for (const fault of [error('ThrottlingException', 400), error('ServiceUnavailableError', 503)]) {
      await service.withFault(isDataApi, fault, expectAllUnavailable);
    }
    expect(await service.rowsOf(id)).toEqual(before);
  });

  it('asks a resuming database four times for each request', async () => {
    const calls = await service.callsDuring(() =>
      service.withFault(isDataApi, error('DatabaseResumingException', 400), expectAllUnavailable),
    );
    expect(calls.filter(isDataApi)).toHaveLength(4 * 5);
  });

  it('answers at once when the database is back', async () => {
    await service.withFault(isDataApi, error('DatabaseUnavailableException', 504), () => service.get(id));
    expect((await service.get(id)).status).toBe(200);
  });
});

describe('a database that does not answer', () => {
  it('answers 503 before the time of the function is over where the database does not answer', async () => {
    const hurried = await startService({ functionTimeoutMs: 4_000 });
    onTestFinished(() => hurried.close());
    const workspace = await hurried.addWorkspace();
    const ask = () =>
      Promise.all([
        hurried.get(workspace),
        hurried.put(workspace, ''),
        hurried.provision({ workspace_id: workspace, runtime: 'hermes' }),
      ]);
    await ask();
    const [get, clear, provisioned] = await hurried.hold('workspaces', ask);
    for (const answer of [get, clear]) {
      expectUnavailable(answer);
    }
    expectFailure(provisioned, 'DatabaseUnavailableError');
  });
});

describe('an error that nobody expects', () => {
  const unexpected: Record<string, Fault> = {
    'a right in the database that is missing': postgresError('42501'),
    'a right that is missing': error('AccessDeniedException', 403, 'sentinel-cause'),
    'a login that fails': error('BadRequestException', 400, 'sentinel-cause'),
    'an error without a known name': error('SurprisingException', 400, 'sentinel-cause'),
  };

  it.each(Object.entries(unexpected))('shows nothing of the cause of %s', async (_, fault) => {
    const [get, put, clear, ...provisions] = await service.withFault(isDataApi, fault, everyWay);
    for (const answer of [get, put, clear]) {
      expectRefused(answer, 500, 'DATABASE_REFUSED');
      expect(answer.text).not.toMatch(/sentinel|SQLState|Exception|\bat\b/);
    }
    for (const failure of provisions) {
      expectFailure(failure, 'DatabaseRefusedError');
      expect(JSON.stringify(failure)).not.toMatch(/sentinel|SQLState|Exception/);
    }
  });

  it('logs an unexpected error by its name and SQLSTATE', async () => {
    const before = service.logs().length;
    await service.withFault(isDataApi, postgresError('42501'), () => service.get(id));
    const log = service.logs().slice(before);
    expect(log).toContain('"name":"DatabaseErrorException"');
    expect(log).toContain('"sqlState":"42501"');
  });
});
