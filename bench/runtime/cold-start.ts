// One cold start: a fresh Node process with one function, from spawn to the answer of its first invocation.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const httpAnswer = z.object({ statusCode: z.number(), body: z.string() });

export interface ColdStart {
  /** From spawn until its answer is here. */
  totalMs: number;
  answer: z.infer<typeof httpAnswer>;
}

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));
const TIME_LIMIT_MS = 30_000;

/** @throws when the function fails: what does not work is not to be measured */
export const measureColdStart = async (
  bundle: string,
  environment: Record<string, string>,
  event: unknown,
): Promise<ColdStart> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  const startedAt = performance.now();
  const child = spawn(process.execPath, [BOOTSTRAP, bundle], {
    env: { ...environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const failed = text(child.stderr).then((errors) => {
    throw new Error(`${bundle} ended before it answered:\n${errors}`);
  });
  try {
    return await Promise.race([serveOnce(server, startedAt, event), failed]);
  } finally {
    failed.catch(() => {});
    child.kill('SIGKILL');
    server.close();
    server.closeAllConnections();
  }
};

/** Lambda's Runtime API, for one invocation: hands over the event, takes the answer. */
const serveOnce = async (server: Server, startedAt: number, event: unknown): Promise<ColdStart> => {
  const next = await nextRequest(server);
  next.response.writeHead(200, {
    'lambda-runtime-aws-request-id': crypto.randomUUID(),
    'lambda-runtime-deadline-ms': Date.now() + TIME_LIMIT_MS,
    'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:000000000000:function:bench',
  });
  next.response.end(JSON.stringify(event));

  const answer = await nextRequest(server);
  const body = await text(answer.request);
  const totalMs = performance.now() - startedAt;
  return { totalMs, answer: httpAnswer.parse(JSON.parse(body)) };
};

const nextRequest = (server: Server): Promise<{ request: IncomingMessage; response: ServerResponse }> =>
  new Promise((resolve) => {
    server.once('request', (request, response) => resolve({ request, response }));
  });
