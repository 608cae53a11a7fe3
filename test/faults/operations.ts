// What callers ask of the service, each with what it may answer, on a stack of its own.
import * as z from 'zod';
import type { HttpAnswer, Service } from '../helpers/service.ts';

export type OperationName = 'GET' | 'GET history' | 'PUT' | 'clear' | 'provision' | 'provision with a model';

export interface Answered {
  /** `200`, or status and code, or the name of the error. */
  shown: string;
  kind: 'ok' | 'unavailable' | 'failed';
}

const Body = z.looseObject({ code: z.string().optional() });
const Failure = z.object({ errorType: z.string() });

const OLD = 'vendor/old';
const NEW = 'vendor/new';

const UNAVAILABLE = ['DATABASE_UNAVAILABLE', 'DATABASE_NOT_MIGRATED', 'SECRET_UNAVAILABLE'];
const UNAVAILABLE_ERRORS = ['DatabaseUnavailableError', 'DatabaseNotMigratedError', 'SecretUnavailableError'];
const FAILED = [
  'DATABASE_REFUSED',
  'SECRET_UNREADABLE',
  'ENCRYPTION_KEY_UNUSABLE',
  'DECRYPT_FAILED',
  'INTERNAL_ERROR',
];
const FAILED_ERRORS = [
  'DatabaseRefusedError',
  'SecretError',
  'EncryptionKeyError',
  'DecryptError',
  'InternalError',
];

export const operations: readonly OperationName[] = [
  'GET',
  'GET history',
  'PUT',
  'clear',
  'provision',
  'provision with a model',
];

/** A workspace with an old pick, saved by a PUT: so it has a history. */
export const prepare = async (service: Service): Promise<string> => {
  const id = await service.addWorkspace();
  await service.put(id, OLD);
  return id;
};

const sendOf: Record<
  Exclude<OperationName, 'provision' | 'provision with a model'>,
  (service: Service, id: string) => Promise<HttpAnswer>
> = {
  GET: (service, id) => service.get(id),
  'GET history': (service, id) => service.getHistory(id),
  PUT: (service, id) => service.put(id, NEW),
  clear: (service, id) => service.put(id, ''),
};

/** @throws where the answer is outside of the contract */
export const ask = async (service: Service, name: OperationName, id: string): Promise<Answered> => {
  if (name === 'provision' || name === 'provision with a model') {
    const model = name === 'provision' ? {} : { model: NEW };
    const { failed, result } = await service.provision({ workspace_id: id, runtime: 'hermes', ...model });
    return failed ? failure(Failure.parse(result).errorType) : { shown: 'ok', kind: 'ok' };
  }
  const { status, headers, text } = await sendOf[name](service, id);
  const { code = '' } = Body.parse(JSON.parse(text));
  const shown = status === 200 ? '200' : `${status} ${code}`;
  if (status === 503 && UNAVAILABLE.includes(code) && Number(headers.get('retry-after')) > 0) {
    return { shown, kind: 'unavailable' };
  }
  if (status === 200 || (status === 500 && FAILED.includes(code))) {
    return { shown, kind: status === 200 ? 'ok' : 'failed' };
  }
  throw new Error(`${name} answers ${status} ${text}`);
};

const failure = (errorType: string): Answered => {
  if (UNAVAILABLE_ERRORS.includes(errorType) || FAILED_ERRORS.includes(errorType)) {
    return { shown: errorType, kind: UNAVAILABLE_ERRORS.includes(errorType) ? 'unavailable' : 'failed' };
  }
  throw new Error(`provision fails with ${errorType}`);
};

/**
 * What has become of the pick: an empty string where it is the old one.
 * @throws where it is neither the old one whole nor the new one whole
 */
export const pickOf = async (service: Service, id: string): Promise<'' | 'saved' | 'cleared'> => {
  const { status, text } = await service.get(id);
  const { model } = z.object({ model: z.string() }).parse(JSON.parse(text));
  const picks = { [OLD]: '', [NEW]: 'saved', '': 'cleared' } as const;
  const found = Object.entries(picks).find(([pick]) => pick === model)?.[1];
  if (status !== 200 || found === undefined) {
    throw new Error(`After the fault GET answers ${status} ${text}`);
  }
  return found;
};
