// Rights that have just been granted: CloudFormation calls a policy complete before IAM has spread it everywhere.
import { setTimeout as wait } from 'node:timers/promises';

/** IAM needs seconds; what is denied after a minute is denied. */
const SPREAD_MS = 60_000;
const POLL_MS = 2_000;

/** Repeats what is denied until a minute after `startedAt` (ms since the epoch). */
export const untilRightsSpread =
  (startedAt: number) =>
  async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!isDenied(error) || Date.now() - startedAt > SPREAD_MS) {
          throw error;
        }
        await wait(POLL_MS);
      }
    }
  };

/** By IAM, as against the database. */
const isDenied = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(AccessDenied|Forbidden)(Exception)?$/.test(error.name) || isDenied(error.cause));
