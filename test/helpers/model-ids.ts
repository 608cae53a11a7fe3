// Model ids made at random, and the names that are none.
import fc from 'fast-check';
import { providerSlugs } from '../../functions/model/provider-slugs.ts';
import { runtimeNames } from '../../functions/model/runtime-names.ts';

/** One character of a model id. Spelt out, so that the rule is not tested against itself. */
export const alphabet = fc.constantFrom(
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/._:@~[]',
);

/** Provider slugs and runtime names. */
export const names = [...new Set([...providerSlugs, ...runtimeNames])];

/** Any string that is a model id, up to the longest. */
export const modelIds = fc
  .string({ unit: alphabet, minLength: 1, maxLength: 256 })
  .filter((id) => !names.includes(id.toLowerCase()));
