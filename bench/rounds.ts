// Several contestants measured in turns, so that the machine's moods touch all of them alike.
import type { Bench } from './measurement.ts';

/** Each contestant's figures, one of each round after the warm-up; every round begins with another contestant. */
export const inRounds = async <Name extends string, Figure>(
  names: readonly Name[],
  { warmUp, rounds }: { warmUp: number; rounds: number },
  measure: (name: Name) => Promise<Figure>,
  progress: Bench['progress'],
): Promise<(name: Name) => Figure[]> => {
  const figures = new Map<Name, Figure[]>(names.map((name) => [name, []]));
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const figure = await measure(name);
      if (round >= warmUp) {
        figures.get(name)?.push(figure);
      }
    }
    progress(round + 1, warmUp + rounds);
  }
  return (name) => figures.get(name) ?? [];
};
