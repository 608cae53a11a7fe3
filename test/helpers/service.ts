// The service as its callers meet it: over HTTP and by Invoke, on the local stack of one test file.
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { expect } from 'vitest';
import * as z from 'zod';
import { encrypt, parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import type { Call, Fault } from '../../local/aws/calls.ts';
import { startTestStack, type TestStackOptions } from './local-stack.ts';

export type Service = Awaited<ReturnType<typeof startService>>;

interface SecretRow {
  key: string;
  encrypted_value: Buffer;
  encryption_version: number;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** What Invoke answers. */
interface Invoked {
  failed: boolean;
  result: unknown;
}

interface Pick {
  /** `MODEL` unless said otherwise. */
  key?: string;
  /** 1, encrypted, unless said otherwise. */
  version?: number;
  /** Instead of the stack's own key. */
  secretString?: string;
}

export const startService = async (options: TestStackOptions = {}) => {
  const stack = await startTestStack(options);

  const send = async (id: string, init: RequestInit = {}): Promise<HttpAnswer> => {
    const response = await fetch(`${stack.api}/workspaces/${id}/model`, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const putRaw = (id: string, body?: RequestInit['body'], headers: Record<string, string> = {}) =>
    send(id, { method: 'PUT', headers, ...(body !== undefined && { body }) });
  const storeBytes = (id: string, bytes: Uint8Array, version: number, key = 'MODEL') =>
    stack.sql(
      'INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version) VALUES ($1, $2, $3, $4)',
      [id, key, Buffer.from(bytes), version],
    );
  const addWorkspace = async (runtime = 'langgraph'): Promise<string> => {
    const id = randomUUID();
    await stack.sql('INSERT INTO workspaces (id, name, runtime) VALUES ($1, $2, $3)', [id, 'test', runtime]);
    return id;
  };

  return {
    ...stack,
    get: (id: string) => send(id),
    put: (id: string, model: unknown) => putRaw(id, JSON.stringify({ model })),
    /** PUT with a body as it is; fetch adds a content type to a string, and none to bytes. */
    putRaw,
    provision: (request: unknown) => stack.invoke('provision', request),
    addWorkspace,
    storeBytes,
    /** Stores a pick as the existing server does. */
    storePick: (id: string, model: string, { key, version = 1, secretString }: Pick = {}) => {
      const bytes = Buffer.from(model);
      const cipherKey = parseEncryptionKey(secretString ?? stack.encryptionKey);
      return storeBytes(id, version === 0 ? bytes : encrypt(cipherKey, model), version, key);
    },
    rowsOf: (id: string) =>
      stack.sql<SecretRow>(
        'SELECT key, encrypted_value, encryption_version FROM workspace_secrets WHERE workspace_id = $1 ORDER BY key',
        [id],
      ),
    /** The calls that the service makes to AWS meanwhile. */
    callsDuring: async (action: () => Promise<unknown>): Promise<readonly Call[]> => {
      const before = stack.endpoint.calls.length;
      await action();
      return stack.endpoint.calls.slice(before);
    },
    /** Lets the calls that `matches` says go wrong meanwhile. */
    withFault: async <Result>(
      matches: (call: Call) => boolean,
      fault: Fault,
      action: () => Promise<Result>,
    ): Promise<Result> => {
      stack.endpoint.onCall = (call) => (matches(call) ? fault : undefined);
      try {
        return await action();
      } finally {
        stack.endpoint.onCall = undefined;
      }
    },
    /** Makes every statement on a table wait until it is released. */
    hold: async (table: string) => {
      const client = new Client(stack.databaseUrl);
      await client.connect();
      await client.query(`BEGIN; LOCK TABLE ${table}`);
      return { release: () => client.end() };
    },
    /** Starts the functions anew: without a key kept from before. */
    coldStart: () => Promise.all(Object.values(stack.functions).map((each) => each.kill())),
    /** A key that the operator puts in the place of the stack's own, or of the last one. */
    rotateKey: (secretString: string) =>
      stack.endpoint.secrets.put('workspace-model/encryption-key', secretString),
  };
};

export const isDataApi = (call: Call): boolean => call.service === 'rds-data';
export const isKeyFetch = (call: Call): boolean => call.operation === 'GetSecretValue';

export const error = (name: string, status: number, message = name): Fault => ({
  kind: 'error',
  name,
  message,
  status,
});

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

/** A failed invocation under this error's name; returns the message. */
export const expectFailure = ({ failed, result }: Invoked, name: string): string => {
  expect([failed, result]).toEqual([
    true,
    { errorType: name, errorMessage: expect.any(String), trace: expect.any(Array) },
  ]);
  return z.object({ errorMessage: z.string() }).parse(result).errorMessage;
};
