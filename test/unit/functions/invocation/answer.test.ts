import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Kind, ServiceError } from '../../../../functions/errors.ts';
import { answer, errorAnswer, HTTP_ERRORS } from '../../../../functions/invocation/answer.ts';
import { ModelRefusedError } from '../../../../functions/model/errors.ts';

const Body = z.strictObject({
  error: z.string().min(20),
  code: z.string(),
  model: z.optional(z.string()),
  suggestions: z.optional(z.array(z.string())),
});
const OWN_MESSAGE = 'a message of this service, for operators';

const errorOf = (code: string, kind: Kind): unknown =>
  Object.assign(new ServiceError(OWN_MESSAGE, { cause: new Error('a cause') }), { code, kind });
const bodyOf = ({ body }: { body: string }) => Body.parse(JSON.parse(body));
const codes = Object.entries(HTTP_ERRORS).map(([code, { status }]) => ({ code, status }));

describe('a good answer', () => {
  it('is JSON that nobody keeps', () => {
    expect(answer(200, { model: 'opus' })).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: '{"model":"opus"}',
    });
  });

  it('has the ETag of the pick in quotes', () => {
    expect(answer(200, {}, 'abc').headers).toMatchObject({ etag: '"abc"', 'cache-control': 'no-store' });
  });
});

describe('the answer to an error', () => {
  it.each(codes.filter(({ status }) => status < 500))(
    'shows the message of $code with $status',
    ({ code, status }) => {
      const made = errorAnswer(errorOf(code, 'refused'));
      expect([made.statusCode, made.headers['retry-after']]).toEqual([status, undefined]);
      expect(bodyOf(made)).toEqual({ error: OWN_MESSAGE, code });
    },
  );

  it.each(codes.filter(({ status }) => status >= 500))(
    'shows neither message nor cause of $code with $status, and when to come again where that helps',
    ({ code, status }) => {
      const made = errorAnswer(errorOf(code, 'failed'));
      expect(made.statusCode).toBe(status);
      expect(bodyOf(made)).toEqual({ error: expect.not.stringContaining(OWN_MESSAGE), code });
      expect(made.body).not.toContain('a cause');
      expect(made.headers).toEqual({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        ...(status === 503 && { 'retry-after': code === 'DATABASE_NOT_MIGRATED' ? '30' : '5' }),
      });
    },
  );

  it('says nothing of an error that is not this service’s own', () => {
    for (const error of [new TypeError('a secret'), 'a secret', undefined]) {
      const made = errorAnswer(error);
      expect([made.statusCode, bodyOf(made)]).toEqual([
        500,
        { error: 'An unexpected error occurred. It is in the log of this service.', code: 'INTERNAL_ERROR' },
      ]);
    }
  });

  it('quotes a refused model up to the length of an id, with suggestions where there is a catalogue', () => {
    const problem = { code: 'PROVIDER_SLUG', reason: 'It is the name of a provider.' } as const;
    expect(bodyOf(errorAnswer(new ModelRefusedError('x'.repeat(300), problem)))).toEqual({
      error: problem.reason,
      code: problem.code,
      model: 'x'.repeat(256),
    });
    const suggestions = ['minimax-m2'];
    expect(bodyOf(errorAnswer(new ModelRefusedError('minimax', { ...problem, suggestions })))).toEqual({
      error: problem.reason,
      code: problem.code,
      model: 'minimax',
      suggestions,
    });
  });
});
