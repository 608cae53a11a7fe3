// What a model id is, and why a string is not one.
import { hasScheme, isHostOrMail } from './addresses.ts';
import { providerSlugs } from './provider-slugs.ts';
import { runtimeNames } from './runtime-names.ts';
import { isSecretKey } from './secret-keys.ts';
import { sharedNames } from './shared-names.ts';

export const MAX_MODEL_ID_LENGTH = 256;
const ALPHABET = /^[A-Za-z0-9\-/._:@~[\]]+$/;
/**
 * What programs write where they have no value: JavaScript, jq, Python, Go, pandas. With - or _ beside it, "none" may be part
 * of a name; "undefined" is none's.
 */
const NO_VALUE = /(?<![a-z0-9])undefined(?![a-z0-9])|(?<![\w-])(?:null|none|nil|nan)(?![\w-])/i;
/** Where a model's name should follow, or stand before a tag or a date. */
const UNFINISHED = /(?:^|[/:@])[^A-Za-z0-9]*$|(?:^|\/)[^A-Za-z0-9/]*[:@][^/]*$/;
/** Of an id with a longer context, as in `opus[1m]`. */
const VARIANT = /\[\w+\]$/;
/** None but that of a variant. */
const BRACKET = /[[\]]/;
const VARIANT_OF_A_NAME = /(?<=[A-Za-z0-9])\[\w+\]$/;
const LETTER = /[A-Za-z]/;
const TRUE_OR_FALSE = /^(?:true|false)$/i;
/** As of the environment: MODEL_PROVIDER, ANTHROPIC_API_KEY. */
const VARIABLE = /^(?:[A-Z]+_)+(?:KEY|TOKEN|SECRET|MODEL|PROVIDER|URL|NAME|ID|(?<=(?:^|_)API_)BASE)$/;
const EXAMPLES = 'for example "minimax/MiniMax-M2.7" or "anthropic:claude-opus-4-7"';

/**
 * What is wrong with a string as a model, for a runtime or for any. `reason` says what to send instead, and never quotes
 * the string: it may be logged.
 */
export interface Problem {
  code: 'PROVIDER_SLUG' | 'RUNTIME_NAME' | 'MALFORMED_MODEL_ID' | 'MODEL_NOT_OFFERED' | 'MODEL_RETIRED';
  reason: string;
  /** Up to three ids that would be accepted, best first; left out where there is no catalogue. */
  suggestions?: readonly string[] | undefined;
}

/** The list in `ALLOWED_MODEL_IDS`: ids, separated by commas, that are accepted although a slug or runtime has the name. */
export const parseAllowedModelIds = (list: string): ReadonlySet<string> =>
  new Set(list.split(',').map(pickOf).filter(isPicked));

/** The pick in a stored or sent string. The predecessor stored values untrimmed, so readers trim as writers do. */
export const pickOf = (value: string): string => value.trim();

/** Whether there is a pick at all: an empty one means the runtime's own default. */
export const isPicked = (pick: string): boolean => pick !== '';

/**
 * Says why `value` cannot be a model id, or nothing when it can. Ids are compared as written, names of providers and
 * runtimes without regard to case and separators, and only where no more follows: "mistral:latest" is never refused for its
 * prefix, but "openrouter/mistral/" is. Behind a prefix a name is refused where it can be no model's: "anthropic/claude-code",
 * "azure:openrouter" and "minimax/minimax", but not "ollama/mistral".
 */
export const refuseModelId = (value: string, allowed: ReadonlySet<string>): Problem | undefined => {
  const flaw = flawOf(value);
  if (flaw !== undefined) {
    return malformed(flaw);
  }
  if (allowed.has(value)) {
    return undefined;
  }
  const lesserFlaw = lesserFlawOf(value);
  return refuseName(value) ?? (lesserFlaw === undefined ? undefined : malformed(lesserFlaw));
};

/** Whether `value` has the form of a model id; it may be a name all the same. */
export const isWellFormed = (value: string): boolean => (flawOf(value) ?? lesserFlawOf(value)) === undefined;

/** Whether `text` is the name of a provider, without regard to case and separators. */
export const isProviderSlug = (text: string): boolean => providers.has(bare(text));

const malformed = (flaw: string): Problem => ({
  code: 'MALFORMED_MODEL_ID',
  reason: `${flaw}, ${EXAMPLES}.`,
});

/** What is wrong with the form, and what to send instead. */
const flawOf = (value: string): string | undefined => {
  if (value.length > MAX_MODEL_ID_LENGTH) {
    return `A model id has at most ${MAX_MODEL_ID_LENGTH} characters; this has ${value.length}. Send the id alone`;
  }
  if (!ALPHABET.test(value)) {
    return `A model id consists of ASCII letters, digits and - / . _ : @ ~ [ ] without spaces.${unseen(value)} Send such an id`;
  }
  if (NO_VALUE.test(value)) {
    return 'A part of this is undefined, null, none, nil or nan, as programs write it where a value is missing. Send the whole id';
  }
  if (hasScheme(value)) {
    return ADDRESS;
  }
  if (value.startsWith('-')) {
    return 'This begins with a -, as the option of a command does. Send the id alone';
  }
  if (isSecretKey(value)) {
    return 'This has the form of a secret key, which does not belong here. Send the id of a model';
  }
  if (!LETTER.test(value) || TRUE_OR_FALSE.test(value)) {
    return 'A model id has a letter, and is neither true nor false. Send the id of a model';
  }
  return undefined;
};

/** What is wrong with the form of what is no name: a name says more. */
const lesserFlawOf = (value: string): string | undefined => {
  if (isHostOrMail(value)) {
    return ADDRESS;
  }
  if (VARIABLE.test(value)) {
    return 'This has the form of the name of a variable. Send the id of a model';
  }
  if (UNFINISHED.test(withoutVariant(value))) {
    return 'The name of a model is missing: letters or digits have to follow the last /, : or @, and stand before a tag or a date. Send the whole id';
  }
  if (BRACKET.test(value.replace(VARIANT_OF_A_NAME, ''))) {
    return 'Brackets stand around a variant alone, at the end and behind a letter or digit: "opus[1m]". Send such an id';
  }
  return undefined;
};

const ADDRESS = 'This is the address of a page, a server, a file or a mailbox. Send the id alone';

/** A character outside of ASCII may look like one of the alphabet, or like nothing, so it is named. */
const unseen = (value: string): string => {
  const codePoint = /[^\0-\x7f]/u.exec(value)?.[0].codePointAt(0);
  return codePoint === undefined
    ? ''
    : ` This has U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}, which may look like one of them or be invisible.`;
};

/** Without case, separators and what stands around it. None of the ids in use is a name but for these. */
const bare = (text: string): string => text.toLowerCase().replace(/^[^a-z0-9]+|[^a-z0-9]+$|[-._]/g, '');

/** Of a runtime, as package managers write it. A provider's name may be a model's with a version: "codestral@latest". */
const withoutVersion = (value: string): string => value.replace(/@[^/@]+$/, '');

const withoutVariant = (value: string): string => value.replace(VARIANT, '');

/** The last part, and the one before it, which is empty where there is none. */
const partsOf = (id: string): { before: string; last: string } => {
  const [last = '', before = ''] = id.split(/[/:]+/).toReversed();
  return { before, last };
};

/** Without a variant; where nothing follows the last `/`, `:` or `@`, as a program writes it that had no model, what stands before. */
const nameIn = (value: string): string => {
  const id = withoutVariant(value);
  const [named = ''] = /^.*[A-Za-z0-9]/.exec(id) ?? [];
  return /[/:@]/.test(id.slice(named.length)) ? partsOf(named).last : id;
};

const runtimes = new Set([...runtimeNames].map(bare));
const providers = new Set([...providerSlugs].map(bare));

const shared = new Set([...sharedNames].map(bare));
/** The one of the providers that has a model of its own name. */
const OWN_NAMESAKE = 'claudinio';

const isShared = (text: string): boolean => shared.has(bare(text));

const isRuntimeName = (text: string): boolean => {
  const { last } = partsOf(text);
  return runtimes.has(bare(text)) || (runtimes.has(bare(last)) && !isShared(last));
};

/** As a program writes it that takes a stored slug for the model, and puts its provider before it. */
const isSlugBehindProvider = (name: string): boolean => {
  const { before, last } = partsOf(name);
  if (!isProviderSlug(last)) {
    return false;
  }
  if (bare(before) === bare(last)) {
    return bare(last) !== OWN_NAMESAKE;
  }
  return bare(before) === 'provider' || (isProviderSlug(before) && !isShared(last));
};

const refuseName = (value: string): Problem | undefined => {
  const name = nameIn(value);
  if (isRuntimeName(name) || isRuntimeName(withoutVersion(value))) {
    return {
      code: 'RUNTIME_NAME',
      reason: `This is the name of an agent runtime, not of a model. Send the id of the model that the runtime is to use, ${EXAMPLES}.`,
    };
  }
  if (isProviderSlug(name) || isSlugBehindProvider(name)) {
    return {
      code: 'PROVIDER_SLUG',
      reason: `This is the name of a model provider, not of a model. Send the id of one of its models, ${EXAMPLES}.`,
    };
  }
  return undefined;
};
