// Medians and quartiles, and two of them compared.
import type { Row, Spread, Target, Unit } from './measurement.ts';

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
};

/** A figure that does not vary. */
export const exactly = (value: number): Spread => ({ median: value, low: value, high: value });

/** Between the two nearest values. */
export const quantile = (sorted: readonly number[], share: number): number => {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) {
    throw new Error('There is nothing to take a quantile of.');
  }
  return below + (above - below) * (position % 1);
};

export const compare = (
  what: string,
  unit: Unit,
  ours: Spread,
  against: Row['against'],
  target?: Target,
): Row => ({
  what,
  unit,
  ours,
  against,
  ratio: ours.median / against.figure.median,
  ...(target && { target }),
});

/** Two contestants that are nearly alike, each round's figure against the other one's of the same round. */
export const compareInRounds = (
  what: string,
  unit: Unit,
  ours: readonly number[],
  against: { name: string; figures: readonly number[] },
  target: Target,
): Row => {
  const ratios = ours.map((figure, round) => figure / (against.figures[round] ?? Number.NaN));
  return {
    ...compare(what, unit, spreadOf(ours), { name: against.name, figure: spreadOf(against.figures) }, target),
    ratio: spreadOf(ratios).median,
  };
};

export const meetsTarget = ({ ratio, target }: Row): boolean | undefined =>
  target && ratio <= (target.atMost ?? Number.POSITIVE_INFINITY) && ratio >= (target.atLeast ?? 0);
