// Model ids made at random, and the names that are none.
import fc from 'fast-check';
import { providerSlugs } from '../../functions/model/provider-slugs.ts';
import { runtimeNames } from '../../functions/model/runtime-names.ts';
import { sharedNames } from '../../functions/model/shared-names.ts';

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
const bareRuntimes = new Set([...runtimeNames].map(bare));
const bareProviders = new Set([...providerSlugs].map(bare));
const bareShared = new Set([...sharedNames].map(bare));

/** Without the version behind the name of a runtime. */
const withoutVersion = (text: string): string => text.split('@').slice(0, -1).join('@');

const withoutVariant = (text: string): string => text.replace(/\[[a-z0-9_]+\]$/i, '');

/** Whether a string ends in a name that is no model's behind what stands before it. */
const isJoined = (text: string): boolean => {
  const parts = withoutVariant(text).split(/[/:]/);
  const [last = '', before = ''] = parts.filter((part) => part !== '').toReversed();
  const [name, owner] = [bare(last), bare(before)];
  const isShared = (each: string) => bareShared.has(each);
  return (
    [name, bare(last.replace(/@.*/, ''))].some((each) => bareRuntimes.has(each) && !isShared(each)) ||
    (bareProviders.has(name) && ['provider', name].includes(owner)) ||
    (bareProviders.has(name) && bareProviders.has(owner) && !isShared(name))
  );
};

/**
 * Whether a string is one of the names, however it is written, a runtime's with a version, or ends in one, behind a prefix or
 * before a separator.
 */
export const isName = (text: string): boolean => {
  const parts = withoutVariant(text).split(/[/:]/);
  const last = parts.findLast((part) => /[a-z0-9]/i.test(part)) ?? '';
  return (
    bareNames.has(bare(withoutVariant(text))) ||
    isJoined(text) ||
    bareRuntimes.has(bare(withoutVersion(text))) ||
    (!isFinished(text) && bareNames.has(bare(last)))
  );
};

/** Whether no word of a string stands for a value that is missing, and it is no web address and no option of a command. */
export const isWhole = (text: string): boolean => {
  const words = text.toLowerCase().split(/[^a-z0-9_-]/);
  return (
    !/^https?:/i.test(text) &&
    !text.startsWith('-') &&
    words.every((word) => !['null', 'none', 'nil', 'nan'].includes(word)) &&
    words.every((word) => !word.split(/[_-]/).includes('undefined'))
  );
};

/** Whether its last part has a letter or a digit, before a variant, and before a tag or a date as well. */
export const isFinished = (text: string): boolean => {
  const last = withoutVariant(text).split('/').at(-1) ?? '';
  return [last.split(/[:@]/).at(-1), last.split(/[:@]/)[0]].every((part) => /[a-z0-9]/i.test(part ?? ''));
};

/** Any string that is a model id, up to the longest. */
export const modelIds = fc
  .string({ unit: alphabet, minLength: 1, maxLength: 256 })
  .filter((id) => isWhole(id) && isFinished(id) && !isName(id));
