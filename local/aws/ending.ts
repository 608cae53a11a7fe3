// How a call ends on the wire: with a reply, with part of a reply, or without one.
import type { ServerResponse } from 'node:http';
import { type Reply, respond } from '../support/loopback-server.ts';

export interface Ending {
  /** For the record of calls. */
  outcome: string;
  reply: Reply | undefined;
  /** The connection breaks after so many bytes of the reply's body; `reset` by a TCP reset. */
  cut?: { bytes: number; reset: boolean };
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
  if (cut?.reset) {
    response.socket?.resetAndDestroy();
  } else if (cut !== undefined) {
    response.socket?.destroySoon();
  }
};

const respondInPart = (response: ServerResponse, { status, headers, body }: Reply, bytes: number): void => {
  const whole = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': whole.length });
  response.flushHeaders();
  response.write(whole.subarray(0, bytes));
};
