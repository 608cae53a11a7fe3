// What the tests claim of answers. A claim that does not hold shows the whole answer.
import { expect } from 'vitest';
import * as z from 'zod';
import type { Invoked } from '../../local/support/invoke.ts';
import type { HttpAnswer } from './service.ts';

/** What GET and provision answer where a model is picked. */
export const picked = (model: string) => ({ model, source: 'workspace_secrets' });

/** What GET answers where nothing is picked. */
export const nothingPicked = { model: '', source: 'default' };

/** What PUT answers to a model. */
export const saved = (model: string) => ({ status: 'saved', model });

/** Exactly this status and body, and the headers of every answer. */
export const expectAnswer = ({ status, headers, text }: HttpAnswer, wanted: number, body: object): void => {
  expect([status, JSON.parse(text)]).toEqual([wanted, body]);
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('cache-control')).toBe('no-store');
};

/** Exactly `error`, `code` and the members named; returns the message. */
export const expectRefused = (answer: HttpAnswer, status: number, code: string, members = {}): string => {
  expectAnswer(answer, status, { error: expect.stringMatching(/^[A-Z].{20,}\.$/s), code, ...members });
  if (status !== 503) {
    expect(answer.headers.get('retry-after')).toBeNull();
  }
  return z.object({ error: z.string() }).parse(JSON.parse(answer.text)).error;
};

/** Unavailable for now, and when to come again. */
export const expectUnavailable = (answer: HttpAnswer): void => {
  expectRefused(answer, 503, 'DATABASE_UNAVAILABLE');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
};

const Failure = z.object({ errorType: z.string(), errorMessage: z.string() });

/** A failed invocation under this error's name, with its stack beside; returns the message. */
export const expectFailure = ({ failed, result }: Invoked, name: string): string => {
  expect({ failed, result }).toMatchObject({ failed: true, result: { errorType: name } });
  const { errorMessage } = Failure.parse(result);
  expect(result).toEqual({ errorType: name, errorMessage, trace: expect.any(Array) });
  return errorMessage;
};

/** An invocation that ended well; returns its result. Otherwise the failure shows its message. */
export const expectSuccess = ({ failed, result }: Invoked): unknown => {
  expect({ failed, result }).toEqual({ failed: false, result });
  return result;
};
