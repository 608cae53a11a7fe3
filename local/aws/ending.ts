// How a call ends on the wire: with a reply, with part of a reply, or without one.
import type { ServerResponse } from 'node:http';
import { type Reply, respond } from '../support/loopback-server.ts';

export interface Ending {
  /** For the record of calls. */
  outcome: string;
  reply: Reply | undefined;
  /** Of the reply's body only so many bytes are sent. Then the connection is closed or reset, or nothing more is sent over it. */
  cut?: { bytes: number; by: 'close' | 'reset' | 'silence' };
}

export const replied = (reply: Reply, outcome = 'ok'): Ending => ({ outcome, reply });

export const send = (response: ServerResponse, { reply, cut }: Ending): void => {
  if (reply !== undefined) {
    if (cut === undefined) {
      respond(response, reply);
    } else {
      respondInPart(response, reply, cut.bytes);
    }
  }
  if (cut?.by === 'reset') {
    response.socket?.resetAndDestroy();
  } else if (cut?.by === 'close') {
    response.socket?.destroySoon();
  }
};

const respondInPart = (response: ServerResponse, { status, headers, body }: Reply, bytes: number): void => {
  const whole = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': whole.length });
  response.flushHeaders();
  response.write(whole.subarray(0, bytes));
};
