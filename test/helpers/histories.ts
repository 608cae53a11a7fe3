// The claim that everything which callers saw can be explained.
import { expect } from 'vitest';
import { findContradiction } from '../load/register.ts';
import type { Traffic } from '../load/traffic.ts';

/** Every workspace reads as a register, and no answer is outside of the contract. */
export const expectLinearizable = ({ histories, answers }: Traffic): void => {
  const contradictions = [...histories].flatMap(([_id, history]) => findContradiction(history) ?? []);
  expect(contradictions).toEqual([]);
  expect([...answers.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(answers.get(200)).toBeGreaterThan(0);
};
