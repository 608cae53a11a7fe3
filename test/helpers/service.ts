// The service as its callers meet it: over HTTP and by Invoke, on the local stack of one test file.
import { vi } from 'vitest';
import { stackDisturbances } from './disturbances.ts';
import { startTestStack, type TestStack, type TestStackOptions } from './local-stack.ts';
import { storedPicks } from './stored-picks.ts';

export type Service = Awaited<ReturnType<typeof startService>>;

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** With a database at the newest version, as a deploy leaves it. */
export const startService = async (options: TestStackOptions = {}) => {
  const stack = await startTestStack({ migrated: true, ...options });
  return { ...stack, ...callers(stack), ...storedPicks(stack), ...stackDisturbances(stack) };
};

/** For code of the functions that a test runs in its own process; `vi.unstubAllEnvs()` ends it. */
export const stubAwsEnvironment = ({ aws, region }: TestStack): void => {
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', aws.url);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
};

/** For a test file that runs code of the functions in its own process, in the environment of this service. */
export const startServiceAround = async (): Promise<Service> => {
  const service = await startService();
  stubAwsEnvironment(service);
  return {
    ...service,
    close: async () => {
      vi.unstubAllEnvs();
      await service.close();
    },
  };
};

const callers = ({ api, invoke }: TestStack) => {
  const send = async (path: string, init: RequestInit = {}): Promise<HttpAnswer> => {
    const response = await fetch(`${api}/workspaces/${path}`, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const putRaw = (id: string, body?: RequestInit['body'], headers: Record<string, string> = {}) =>
    send(`${id}/model`, { method: 'PUT', headers, ...(body !== undefined && { body }) });
  return {
    get: (id: string) => send(`${id}/model`),
    getHistory: (id: string) => send(`${id}/model/history`),
    put: (id: string, model: unknown) => putRaw(id, JSON.stringify({ model })),
    /** PUT with a body as it is; fetch adds a content type to a string, and none to bytes. */
    putRaw,
    provision: (request: unknown) => invoke('provision', request),
  };
};
