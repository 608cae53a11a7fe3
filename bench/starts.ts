// Cold starts of contestants, and what they take beyond the empty handler's.
import type { Contestant } from './contestants.ts';
import type { Bench, Spread } from './measurement.ts';
import { type ColdStart, measureColdStart } from './runtime/cold-start.ts';
import { getModelEvent } from './service/events.ts';
import { spreadOf } from './statistics.ts';

/** @throws when the answer is not the expected one: what does not work is not to be measured */
export const startOnce = async (
  { stack }: Bench,
  { file, environment, body }: Contestant,
  limit?: (pid: number) => () => void,
): Promise<ColdStart> => {
  const [workspaceId = ''] = stack.workspaceIds;
  const started = await measureColdStart(file, environment, getModelEvent(workspaceId), limit);
  if (started.answer.statusCode !== 200 || started.answer.body !== body) {
    throw new Error(`${file} answered ${JSON.stringify(started.answer)}.`);
  }
  return started;
};

/** Milliseconds, taken within a round. */
export const aboveEmpty = (starts: readonly ColdStart[], empty: readonly ColdStart[]): Spread =>
  spreadOf(starts.map(({ totalMs }, round) => totalMs - (empty[round]?.totalMs ?? 0)));
