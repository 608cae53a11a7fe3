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

/** Without case, separators and what stands around it. */
const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[-._]/g, '')
    .replace(/^[/:@~[\]]+|[/:@~[\]]+$/g, '');
const bareNames = new Set(names.map(bare));

/** Whether a string is one of the names, however it is written, or ends in one and a separator. */
export const isName = (text: string): boolean => {
  const parts = text.split(/[/:]/);
  const last = parts.findLast((part) => part !== '') ?? '';
  return bareNames.has(bare(text)) || (parts.at(-1) === '' && bareNames.has(bare(last)));
};

/** Whether no part of a string stands for a value that is missing, and it is no web address. */
export const isWhole = (text: string): boolean =>
  !/^https?:/i.test(text) &&
  text.split(/[/:]/).every((part) => !['undefined', 'null', 'None'].includes(part));

/** Any string that is a model id, up to the longest. */
export const modelIds = fc
  .string({ unit: alphabet, minLength: 1, maxLength: 256 })
  .filter((id) => isWhole(id) && !isName(id));
