// What a command works on by its option --stack.
import { deployedTarget } from './deployed-target.ts';
import { localTarget } from './local-target.ts';
import type { Target } from './target.ts';

/**
 * The stack of that name, or else the local one.
 * @param untilCreated what else the command can be told before the stack has outputs
 * @throws UsageError where there is none that can be used
 */
export const targetOf = async (stackName: string | undefined, untilCreated = ''): Promise<Target> =>
  stackName === undefined ? localTarget() : deployedTarget(stackName, untilCreated);
