// The claim that nothing which comes from outside gets an answer outside of the contract, for so many cases of each kind.
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RENAMED } from '../helpers/engine.ts';
import { type HttpAnswer, type Service, startService } from '../helpers/service.ts';
import { answerToBody, bodies, isUuid, models, objects, verdictOn } from './contract.ts';

const Refused = z.strictObject({ error: z.string().min(20), code: z.string(), model: z.string().optional() });
const Listed = z.strictObject({ items: z.array(z.object({ model: z.string() })), next: z.uuid().optional() });
const Failure = z.object({ errorType: z.string(), errorMessage: z.string() });

/** Declares the tests, for `cases` in all. */
export const describeHostile = ({ cases }: { cases: number }): void => {
  const runs = (share: number) => ({ numRuns: Math.ceil(cases * share) });

  describe(`${cases} hostile inputs`, () => {
    let service: Service;
    let id: string;

    beforeAll(async () => {
      service = await startService();
      id = await service.addPick('vendor/before');
    });

    afterAll(() => service.close());

    const expectAnswered = (answer: HttpAnswer, status: number, codes: string[]) => {
      expect([answer.status, answer.text]).toEqual([status, answer.text]);
      if (status >= 400) {
        expect(codes).toContain(Refused.parse(JSON.parse(answer.text)).code);
      }
      expect(answer.text).not.toMatch(/ at .*\.ts|node_modules|SELECT /);
    };

    it('answers every body as the contract says', async () => {
      const property = fc.asyncProperty(bodies, contentTypes, async (body, type) => {
        const { status, codes } = answerToBody(body);
        const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
        expectAnswered(await service.putRaw(id, new Uint8Array(body), headers), status, codes);
      });
      await fc.assert(property, runs(0.3));
    });

    it('answers every path and every header as the contract says', async () => {
      const property = fc.asyncProperty(segments, headers, async (segment, sent) => {
        const response = await fetch(`${service.api}/workspaces/${segment}/model`, { headers: sent });
        const answer = { status: response.status, headers: response.headers, text: await response.text() };
        const expected = isUuid(decoded(segment)) ? [200, 404] : [400, 404];
        expect(expected, `${segment}: ${answer.text}`).toContain(answer.status);
        expect(answer.text).not.toMatch(/ at .*\.ts|node_modules|SELECT /);
      });
      await fc.assert(property, runs(0.2));
    });

    it('answers every query as the contract says', async () => {
      const property = fc.asyncProperty(queries, async (query) => {
        const response = await fetch(`${service.api}/workspaces/models?${new URLSearchParams(query)}`);
        const text = await response.text();
        expect([200, 400], `${JSON.stringify(query)}: ${text}`).toContain(response.status);
        (response.status === 200 ? Listed : Refused).parse(JSON.parse(text));
      });
      await fc.assert(property, runs(0.1));
    });

    it('survives whatever bytes come through a socket', async () => {
      const property = fc.asyncProperty(requests, fc.boolean(), async (bytes, isCut) => {
        const answer = await exchange(new URL(service.api), bytes, isCut);
        expect(answer).toMatch(/^$|^HTTP\/1\.1 [2-5]\d\d /);
        expect(answer).not.toMatch(/^HTTP\/1\.1 500/);
      });
      await fc.assert(property, runs(0.1));
      expect((await service.get(id)).status).toBe(200);
    });

    it('answers every payload of provision as the contract says', async () => {
      const property = fc.asyncProperty(payloads(id), async (payload) => {
        const { failed, result } = await service.provision(payload);
        const errorType = failed ? Failure.parse(result).errorType : 'none';
        expect(errorsOf(payload), `${JSON.stringify(payload)}: ${JSON.stringify(result)}`).toContain(
          errorType,
        );
      });
      await fc.assert(property, runs(0.2));
    });

    it('answers every event of CloudFormation as the contract says, and migrates by no other', async () => {
      const before = await service.sql(
        'SELECT version, state FROM workspace_model_migrations ORDER BY version',
      );
      const property = fc.asyncProperty(events, async (event) => {
        const { failed, result } = await service.invoke('migrate', event);
        const isDelete = Object(event).RequestType === 'Delete';
        expect(failed, `${JSON.stringify(event)}: ${JSON.stringify(result)}`).toBe(!isDelete);
        if (failed) {
          expect(['InvalidRequestError', 'HistoryError']).toContain(Failure.parse(result).errorType);
        }
      });
      await fc.assert(property, runs(0.1));
      expect(
        await service.sql('SELECT version, state FROM workspace_model_migrations ORDER BY version'),
      ).toEqual(before);
    });
  });
};

const contentTypes = fc.constantFrom(
  '',
  'application/json',
  'text/plain',
  'application/octet-stream',
  'x/y; z=ü',
);

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

const segments = fc.oneof(
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.uuid().map((uuid) => uuid.replace('-', '%2D')),
  models.map((text) => encodeURIComponent(text.toWellFormed()).replaceAll('.', '%2E')),
  fc
    .tuple(fc.uuid(), fc.constantFrom('%00', '%0A', '%', '%ff', '%2F', ';x', '+'))
    .map((parts) => parts.join('')),
);

const twoDigits = fc.integer({ min: 0, max: 99 }).map((number) => `${number}`.padStart(2, '0'));
const times = fc.oneof(
  fc.date().map((date) => (Number.isNaN(date.getTime()) ? '' : date.toISOString())),
  fc
    .tuple(
      fc.constantFrom(
        '0000-01-01T00:00:00',
        '0001-01-01T00:00:00',
        '2026-02-29T12:00:00',
        '9999-12-31T23:59:59',
      ),
      fc.constantFrom('', '.5', `.${'9'.repeat(300)}`),
      fc.oneof(
        fc.constantFrom('', 'Z'),
        fc.tuple(twoDigits, twoDigits).map((offset) => `-${offset.join(':')}`),
      ),
    )
    .map((parts) => parts.join('')),
);
const queries = fc.record(
  {
    limit: fc.oneof(fc.integer().map(String), models),
    cursor: fc.oneof(fc.uuid(), models),
    problem: fc.oneof(fc.constantFrom('PROVIDER_SLUG', 'NOTHING'), models),
    model: models,
    runtime: models,
    changed_since: fc.oneof(times, models),
  },
  { requiredKeys: [] },
);

const tokens = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz-'),
  minLength: 1,
  maxLength: 12,
});
const headers = fc.dictionary(
  tokens.map((token) => `x-${token}`),
  fc.string({ unit: fc.constantFrom(...'abc {}"\'%;=,\\\u00ff'), maxLength: 60 }),
  { maxKeys: 5 },
);

const requests = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(
      fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'BREW', 'get', ''),
      fc.constantFrom(
        '/workspaces/x/model',
        '/',
        '*',
        '//',
        'http://x/',
        '/workspaces/%/model',
        'x'.repeat(2_000),
      ),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/x', ''),
      fc.constantFrom(
        'Host: x',
        'Content-Length: 5',
        'Content-Length: -1',
        'Transfer-Encoding: chunked',
        'X: \0',
        ':',
      ),
      bodies,
    )
    .map(([method, path, version, header, body]) =>
      Buffer.concat([Buffer.from(`${method} ${path} ${version}\r\n${header}\r\n\r\n`), body]),
    ),
);

/** Sends bytes, ends or breaks the connection, and returns what came back. */
const exchange = async (url: URL, bytes: Buffer, isCut: boolean): Promise<string> => {
  const socket = connect(Number(url.port), url.hostname);
  let answer = '';
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  const closed = once(socket, 'close');
  socket.write(bytes, () => (isCut ? socket.resetAndDestroy() : socket.end()));
  await closed;
  return answer;
};

const payloads = (id: string) =>
  fc.oneof(
    objects,
    fc.record(
      {
        workspace_id: fc.oneof(fc.constant(id), fc.uuid(), models),
        runtime: fc.oneof(fc.constant('hermes'), models, objects),
        model: fc.oneof(models, objects),
      },
      { requiredKeys: [] },
    ),
  );

/** The names of the errors that a payload may be answered with; `none` for an answer. */
const errorsOf = (payload: unknown): string[] => {
  const { workspace_id, runtime, ...others } = Object(payload);
  const model = others.model ?? '';
  if (!isUuid(workspace_id) || typeof runtime !== 'string' || runtime === '' || typeof model !== 'string') {
    return ['InvalidRequestError'];
  }
  const verdict = verdictOn(model);
  return verdict === 'none' || verdict === 'model id'
    ? ['none', 'WorkspaceNotFoundError']
    : ['ModelRefusedError'];
};

/** No event here is one that migrates: at the most it names a version that does not exist. */
const events = fc.oneof(
  objects,
  fc.record(
    {
      RequestType: fc.oneof(fc.constantFrom('Create', 'Update', 'Delete', 'create'), objects),
      RequestId: fc.oneof(fc.uuid(), objects),
      ResourceProperties: fc.oneof(
        objects,
        fc.record(
          {
            TargetVersion: fc.oneof(
              fc.stringMatching(/^[3-9]\d{13}$/),
              models.filter((text) => text !== RENAMED),
              objects,
            ),
            ExistingDatabase: fc.oneof(fc.constantFrom('true', 'false', 'yes'), objects),
            ApiUserSecretArn: objects.filter((value) => typeof value !== 'string'),
          },
          { requiredKeys: ['TargetVersion'] },
        ),
      ),
      OldResourceProperties: objects,
    },
    { requiredKeys: [] },
  ),
);
