// The console's server for a deployed stack: the same pages as the local stack's, and the API behind the same address.
// Every user of this machine reaches loopback, and what is asked here is signed with the caller's credentials. So each
// answer that is not a file of this project needs a key, which only the printed address has: in its fragment (#), which
// browsers send to no server. The page puts it into a header.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { KEY_HEADER } from '../../local/console/key-header.ts';
import { readMigrations } from '../../local/console/migrations.ts';
import { type ConsoleSource, consolePages, reportingFailures } from '../../local/console/pages.ts';
import { json, pageOf } from '../../local/http-api/pages.ts';
import { MAX_BODY_BYTES } from '../../local/http-api/start-http-api.ts';
import { invoke } from '../../local/support/invoke.ts';
import { type Reply, respond, startLoopbackServer } from '../../local/support/loopback-server.ts';
import { readBody } from '../../local/support/read-body.ts';
import type { DeployedTarget } from '../deployed-target.ts';
import { ownerOf } from '../target.ts';

interface ConsoleOptions {
  /** Of the stack. */
  name: string;
  /** 0 for any free one. */
  port: number;
  target: DeployedTarget;
  lambda: LambdaClient;
}

const PASSED_ON = ['content-type', 'if-match', 'if-none-match'];
const PASSED_BACK = ['content-type', 'cache-control', 'etag', 'retry-after'];

/** @throws EADDRINUSE where the port is taken */
export const startConsole = async ({ name, port, target, lambda }: ConsoleOptions) => {
  const key = randomBytes(32).toString('base64url');
  const pages = consolePages(sourceOf(name, target, lambda));
  const server = await startLoopbackServer({
    port,
    handle: async (message, response) => {
      const page = pageOf(pages, message);
      const isFile = page !== undefined && !message.url?.startsWith('/console/');
      if (isFile) {
        respond(response, await page());
      } else if (!hasKey(message, key)) {
        respond(response, json({ message: WRONG_KEY }, 403));
      } else {
        respond(response, await (page?.() ?? reportingFailures(() => forward(target, message))));
      }
    },
  });
  return { address: `${server.url}/#${key}`, close: server.close };
};

const WRONG_KEY = 'Open the console by the whole address that "npm run console" printed: it ends in a key.';

const hasKey = ({ headers }: IncomingMessage, key: string): boolean => {
  const given = Buffer.from(`${headers[KEY_HEADER] ?? ''}`);
  return given.length === key.length && timingSafeEqual(given, Buffer.from(key));
};

/** To the API as it is. A target that is no path would name another host. */
const forward = async ({ api, fetch }: DeployedTarget, message: IncomingMessage): Promise<Reply> => {
  const { bytes } = await readBody(message, MAX_BODY_BYTES);
  if (!message.url?.startsWith('/') || bytes === undefined) {
    return json({ message: 'Bad Request' }, 400);
  }
  const response = await fetch(`${api.replace(/\/$/, '')}${message.url}`, {
    method: message.method ?? 'GET',
    headers: chosen(PASSED_ON, (name) => message.headers[name]),
    redirect: 'manual',
    ...(bytes.length > 0 && { body: bytes.toString() }),
  });
  return {
    status: response.status,
    headers: chosen(PASSED_BACK, (name) => response.headers.get(name)),
    body: await response.text(),
  };
};

const chosen = (names: string[], of: (name: string) => unknown): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = of(name);
    if (typeof value === 'string') {
      headers[name] = value;
    }
  }
  return headers;
};

const sourceOf = (name: string, target: DeployedTarget, lambda: LambdaClient): ConsoleSource => ({
  title: `stack ${name} in ${target.region}`,
  provision: (request) => invoke(lambda, target.provisionFunctionArn, request),
  migrations: () => readMigrations(ownerOf(target)),
});
