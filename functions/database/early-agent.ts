// An agent for HTTPS whose first connection is opened before there is a request for it.
import { Agent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';

interface EarlyConnection {
  host: string;
  port: number;
  socket: Duplex;
  openedAt: number;
}

type OnCreated = (error: Error | null, socket: Duplex) => void;

/** The SDK's own settings of an agent. */
const OPTIONS = { keepAlive: true, maxSockets: 50 };

export class EarlyAgent extends Agent {
  readonly #maxAgeMs: number;
  #early: EarlyConnection | undefined;

  /** `maxAgeMs` is how long a connection may wait for its request. */
  constructor(maxAgeMs: number) {
    super(OPTIONS);
    this.#maxAgeMs = maxAgeMs;
  }

  openEarly(host: string, port: number): void {
    const socket = super.createConnection({ ...this.options, host, port, servername: host });
    // A failure is ignored: the request then opens a connection of its own.
    socket?.on('error', () => {});
    this.#early = socket ? { host, port, socket, openedAt: Date.now() } : undefined;
  }

  override createConnection(options: RequestOptions, onCreated?: OnCreated): Duplex | null | undefined {
    const early = this.#early;
    if (early?.host !== options.host || early?.port !== Number(options.port)) {
      return super.createConnection(options, onCreated);
    }
    this.#early = undefined;
    // Waits for two turns of the event loop, in which Node notices a connection that ended while Lambda had the function
    // frozen: a write sent over it could not say whether it ran.
    setImmediate(setImmediate, () => {
      const socket = this.#isUsable(early) ? early.socket : super.createConnection(options, onCreated);
      if (socket) {
        onCreated?.(null, socket);
      }
    });
    return undefined;
  }

  #isUsable({ socket, openedAt }: EarlyConnection): boolean {
    // Not a monotonic clock, which may stand still while the function is frozen.
    if (socket.readable && socket.writable && Math.abs(Date.now() - openedAt) <= this.#maxAgeMs) {
      return true;
    }
    socket.destroy();
    return false;
  }
}
