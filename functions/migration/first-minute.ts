// What passes within a deploy's first minute: CloudFormation calls a policy complete before IAM has spread it everywhere,
// and Secrets Manager may be throttled or silent for longer than the SDK repeats a call.
import { setTimeout as wait } from 'node:timers/promises';
import { errorName, SECRET_NOT_READ } from '../database/failures.ts';
import { SecretUnavailableError } from '../secrets/errors.ts';

/** IAM needs seconds: what is denied for longer is denied. */
const FIRST_MINUTE_MS = 60_000;
const POLL_MS = 2_000;

/** Repeats what is denied, or not served by Secrets Manager, until a minute after `startedAt` (ms since the epoch). */
export const firstMinuteOf =
  (startedAt: number) =>
  async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const mayPass = isDenied(error) || isOfSecret(error);
        if (!mayPass || Date.now() - startedAt > FIRST_MINUTE_MS) {
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

/** To the Data API, a right to decrypt a secret that IAM has not spread yet is a failure of the secret. */
const isOfSecret = (error: unknown): boolean =>
  error instanceof SecretUnavailableError || errorName(error) === SECRET_NOT_READ;
