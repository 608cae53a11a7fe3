// API Gateway before the local stack of a test, with what it answers by itself.
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Reply, respond, startLoopbackServer } from '../../local/support/loopback-server.ts';
import type { TestStack } from './local-stack.ts';

export interface GatewayCall {
  method: string;
  /** With its query. */
  path: string;
  /** The API's own answer. */
  pass: () => Promise<Reply>;
}

/** As API Gateway words its own answers. */
export const ofGateway = (status: number, message: string): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});

/** The same stack behind a gateway, which ends with the test. */
export const behindGateway = async <Stack extends TestStack>(
  stack: Stack,
  answer: (call: GatewayCall) => Promise<Reply> | Reply,
): Promise<Stack> => {
  const gateway = await startLoopbackServer({
    port: 0,
    handle: async (message, response) => {
      const { method = '', url: path = '' } = message;
      const body = await text(message);
      const pass = () =>
        replyOf(
          fetch(`${stack.api}${path}`, { method, headers: conditionsOf(message), ...(body && { body }) }),
        );
      respond(response, await answer({ method, path, pass }));
    },
  });
  onTestFinished(gateway.close);
  return { ...stack, api: gateway.url };
};

const conditionsOf = ({ headers }: IncomingMessage): Record<string, string> => ({
  ...(headers['if-match'] !== undefined && { 'if-match': headers['if-match'] }),
  ...(headers['if-none-match'] !== undefined && { 'if-none-match': headers['if-none-match'] }),
});

const replyOf = async (answering: Promise<Response>): Promise<Reply> => {
  const answer = await answering;
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
};
