// The body of a request, of which at most so many bytes are kept.
import type { IncomingMessage } from 'node:http';

export interface Body {
  /** How many bytes came. */
  size: number;
  /** Nothing where they are more than the limit. */
  bytes: Buffer | undefined;
}

/** @throws where the client goes away meanwhile */
export const readBody = async (message: IncomingMessage, limit: number): Promise<Body> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size <= limit) {
      chunks.push(chunk);
    }
  }
  return { size, bytes: size > limit ? undefined : Buffer.concat(chunks) };
};
