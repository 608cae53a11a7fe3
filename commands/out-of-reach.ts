// What commands say of an API that does not answer, or where something else answers: where it is, and what to look at.
import { ApiError, changedNothing, type Fetch } from '../client/client.ts';
import { isNobodyThere } from '../functions/database/failures.ts';
import { noCredentials } from '../functions/migration/setup-advice.ts';

/** No answer of the service's came. */
export class OutOfReachError extends Error {
  override name = 'OutOfReachError';
}

export const reaching =
  (api: string, advice: string, fetch: Fetch): Fetch =>
  async (url, init) => {
    try {
      const response = await fetch(url, init);
      // As a whole: what reads the answer then does not meet one that is cut in its middle.
      await response.clone().arrayBuffer();
      return response;
    } catch (error) {
      // That of fetch, with the network's error as its cause.
      if (error instanceof TypeError) {
        throw new OutOfReachError(`The API at ${api} is out of reach (${networkReason(error)}). ${advice}`, {
          cause: error,
        });
      }
      // They may end while a command is at work.
      const words = noCredentials(error);
      throw words === undefined ? error : new OutOfReachError(words, { cause: error });
    }
  };

/** Whether a write that has failed so may be done all the same. */
export const mayBeWritten = (error: unknown): boolean =>
  error instanceof OutOfReachError ? wasSent(error) : !changedNothing(error);

/** Not without credentials, nor where nobody is there. */
const wasSent = ({ cause }: OutOfReachError): boolean =>
  cause instanceof TypeError && !isNobodyThere(cause.cause);

/** Whether an answer is not the service's own. */
export const isForeign = ({ code }: ApiError): boolean =>
  code === 'GATEWAY_ERROR' || code === 'UNEXPECTED_ANSWER';

/** Names its place: API Gateway says no more than "Forbidden". */
export const namingForeigners = (api: string, error: unknown): unknown =>
  error instanceof ApiError && isForeign(error)
    ? new OutOfReachError(
        `${api} answered ${error.status} with "${error.message}", which is none of this service's own answers. ` +
          'See "A caller gets an answer without a code" in docs/operate.md.',
        { cause: error },
      )
    : error;

const networkReason = ({ cause, message }: TypeError): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : message;
