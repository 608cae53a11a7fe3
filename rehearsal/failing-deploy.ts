// A deploy that has to fail, and what it has to say.
import assert from 'node:assert/strict';
import type { Stage } from './stage.ts';

/** With `change` made to the context; of the release in `project`, or else of this one. Lines that the CLI breaks are joined. */
export const expectDeployFails = async (
  { cdk, context }: Stage,
  change: Record<string, string>,
  words: RegExp,
  project?: string,
): Promise<void> => {
  const { succeeded, printed } = await cdk.deploy(
    { ...context, ...change },
    { ...(project !== undefined && { project }) },
  );
  assert.equal(succeeded, false, 'The deploy went through.');
  assert.match(printed.replaceAll(/\s+/g, ' '), words);
};
