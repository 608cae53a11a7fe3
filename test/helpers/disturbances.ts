// What can go wrong around the service: faults of AWS, locks, cold starts, another key. And the calls that it then makes.
import type { Call } from '../../local/aws/calls.ts';
import type { Fault } from '../../local/aws/faults.ts';
import { SECRET_NAMES } from '../../local/stack.ts';
import type { TestStack } from './local-stack.ts';

export const isDataApi = (call: Call): boolean => call.service === 'rds-data';
export const isKeyFetch = (call: Call): boolean => call.operation === 'GetSecretValue';

export const error = (name: string, status: number, message = name): Fault => ({
  kind: 'error',
  name,
  message,
  status,
});

export const stackDisturbances = ({ aws, functions, inTransaction }: TestStack) => ({
  /** The calls that the service makes to AWS meanwhile. */
  callsDuring: async (action: () => Promise<unknown>): Promise<readonly Call[]> => {
    const before = aws.calls.length;
    await action();
    return aws.calls.slice(before);
  },
  /** Lets the calls that `matches` picks out go wrong meanwhile. */
  withFault: async <Result>(
    matches: (call: Call) => boolean,
    fault: Fault | readonly Fault[],
    action: () => Promise<Result>,
  ): Promise<Result> => {
    aws.onCall = (call) => (matches(call) ? fault : undefined);
    try {
      return await action();
    } finally {
      aws.onCall = undefined;
    }
  },
  /** Makes every statement on a table wait meanwhile. */
  hold: <Result>(table: string, action: () => Promise<Result>): Promise<Result> =>
    inTransaction(`LOCK TABLE ${table}`, action),
  /** Starts the functions anew: without a key kept from before. */
  coldStart: () => Promise.all(Object.values(functions).map((each) => each.kill())),
  /** A key that the operator puts in the place of the stack's own, or of the last one. */
  rotateKey: (secretString: string) => aws.secrets.put(SECRET_NAMES.encryptionKey, secretString),
  /** The last replacement taken back as an operator does it: the stages of the two versions are exchanged. */
  moveKeyBack: (): void => {
    const secret = aws.secrets.find(SECRET_NAMES.encryptionKey);
    if (secret?.previous === undefined) {
      throw new Error('The key was never replaced.');
    }
    [secret.current, secret.previous] = [secret.previous, secret.current];
  },
});
