// A fetch that says of an API out of reach where it is, and what to look at.
import type { Fetch } from '../client/client.ts';

/** No answer came at all. */
export class OutOfReachError extends Error {
  override name = 'OutOfReachError';
}

export const reaching =
  (api: string, advice: string, fetch: Fetch): Fetch =>
  async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (error) {
      // That of fetch, with the network's error as its cause.
      if (error instanceof TypeError) {
        throw new OutOfReachError(`The API at ${api} is out of reach (${reasonOf(error)}). ${advice}`, {
          cause: error,
        });
      }
      throw error;
    }
  };

const reasonOf = ({ cause, message }: TypeError): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : message;
