// One cold start: a fresh Node process with one function, from spawn to the answer of its first invocation.
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { arnOf } from '../../local/aws/account.ts';
import { closeNow, listen } from '../../local/support/listen.ts';

const httpAnswer = z.object({ statusCode: z.number(), body: z.string() });

export interface ColdStart {
  /** From spawn until it asks for its first event. */
  initMs: number;
  /** From the event until its answer is here. */
  invocationMs: number;
  totalMs: number;
  answer: z.infer<typeof httpAnswer>;
}

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));
const TIME_LIMIT_MS = 30_000;

/**
 * @param limit called with the process as it is given its event, and what that returns once its answer is here
 * @throws when the function fails: what does not work is not to be measured
 */
export const measureColdStart = async (
  bundle: string,
  environment: Record<string, string>,
  event: unknown,
  limit: (pid: number) => () => void = () => () => {},
): Promise<ColdStart> => {
  const server = createServer();
  const port = await listen(server, 0);

  const startedAt = performance.now();
  const child = spawn(process.execPath, [BOOTSTRAP, bundle], {
    env: { ...environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const failed = text(child.stderr).then((errors) => {
    throw new Error(`${bundle} ended before it answered:\n${errors}`);
  });
  try {
    const begin = () => limit(child.pid ?? 0);
    return await Promise.race([serveOnce(server, { startedAt, event, begin }), failed]);
  } finally {
    failed.catch(() => {});
    child.kill('SIGKILL');
    await closeNow(server);
  }
};

/** Lambda's Runtime API, for one invocation: hands over the event, takes the answer. */
const serveOnce = async (
  server: Server,
  { startedAt, event, begin }: { startedAt: number; event: unknown; begin: () => () => void },
): Promise<ColdStart> => {
  const next = await nextRequest(server);
  const end = begin();
  const begunAt = performance.now();
  next.response.writeHead(200, {
    'lambda-runtime-aws-request-id': crypto.randomUUID(),
    'lambda-runtime-deadline-ms': Date.now() + TIME_LIMIT_MS,
    'lambda-runtime-invoked-function-arn': arnOf('lambda', 'function:bench'),
  });
  next.response.end(JSON.stringify(event));

  const answer = await nextRequest(server);
  const body = await text(answer.request);
  const answeredAt = performance.now();
  end();
  return {
    initMs: begunAt - startedAt,
    invocationMs: answeredAt - begunAt,
    totalMs: answeredAt - startedAt,
    answer: httpAnswer.parse(JSON.parse(body)),
  };
};

const nextRequest = (server: Server): Promise<{ request: IncomingMessage; response: ServerResponse }> =>
  new Promise((resolve) => {
    server.once('request', (request, response) => resolve({ request, response }));
  });
