// Suggestions: the ids that a caller may have meant who sent another one.
import { editDistance } from './edit-distance.ts';
import { isProviderSlug, MAX_MODEL_ID_LENGTH } from './model-id.ts';

/** A shorter string is the beginning of too many ids to say which was meant. */
const MIN_BEGINNING = 3;
/** Likewise the ending: "opus-4.7" is that of "claude-opus-4-7". */
const MIN_ENDING = 5;
/** Edits allowed for each character: an id of four characters may have one, an id of twelve or more has three. */
const CHARACTERS_A_SLIP = 4;
const MAX_SLIPS = 3;
/** In digits: that of a date and time. Longer ones may come in any order. */
const LONGEST_NUMBER = 14;
/** What providers put behind a name: "-20250929", "@20250929", "-2026-03-05", "@default", "-latest", "[1m]". */
const DATE_OR_VARIANT = /(?:[-@]20\d\d-?\d\d-?\d\d|@default|-latest)?(?:\[\w+\])?$/;
/** "us.anthropic.claude-opus-4-7-v1:0" */
const BEDROCK_ID = /(?:^|\/)(?:(?:us|eu|apac|global|jp|au)\.)?([a-z0-9-]+)\.([^/]+?)(?:-v\d+(?::\d+)?)?$/;

/**
 * Those of `ids` that resemble what was sent, best first: equal but for case and punctuation, equal after the prefix
 * ("openai/gpt-5" and "gpt-5"), beginning with what was sent, or ending in it; where there is none of these, the same without its
 * tag, date or variant, or behind a prefix that no provider has ("my-gateway:gpt-5"); where there is none either, a small edit
 * distance away; and at last without what Bedrock puts around it. Of those that are as much alike, the nearest in length, then the
 * newest. No suggestion is better than a far-fetched one.
 */
export const suggest = (sent: string, ids: readonly string[]): string[] => {
  // A longer string is no misspelt id, and comparing it with thousands of ids would take time.
  if (sent.length > MAX_MODEL_ID_LENGTH) {
    return [];
  }
  const written = sent.replace(/(?<![:@/])[:@/]+$/, '');
  const meant = fold(written);
  // An id that is a prefix alone has no name that could be compared.
  const others = ids.map((id) => ({ id, ...fold(id) })).filter(({ id, name }) => id !== sent && name !== '');
  const rankWith = (folded: Folded, rank: Rank) =>
    others.flatMap((other) => {
      const place = rank(folded, other);
      const apart = Math.abs(other.whole.length - folded.whole.length);
      return place === undefined ? [] : [{ id: other.id, rank: place, apart, order: newestFirst(other.id) }];
    });
  const looks: [Folded, Rank][] = [
    [meant, rankAlike],
    [fold(withoutTag(written).replace(DATE_OR_VARIANT, '')), rankAlike],
    [fold(behindPrefix(written)), rankEqual],
    [meant, rankSlips],
    [fold(behindPrefix(written)), rankSlipsWithoutTag],
    [fold(inBedrockId(written).replace(DATE_OR_VARIANT, '')), rankAlike],
  ];
  for (const [folded, rank] of looks) {
    const found = rankWith(folded, rank);
    if (found.length > 0) {
      return found
        .sort((a, b) => a.rank - b.rank || a.apart - b.apart || (a.order < b.order ? -1 : 1))
        .map(({ id }) => id);
    }
  }
  return [];
};

/** What sorts ids by name, and higher numbers first: Intl.Collator would take 6 ms of a cold start. */
const newestFirst = (id: string): string =>
  id
    .replace(/\d+/g, (digits) => digits.padStart(LONGEST_NUMBER, '0'))
    .replace(/\d/g, (digit) => String(9 - Number(digit)));

/** In lower case, without punctuation and without characters that no id may hold. */
interface Folded {
  whole: string;
  /** What follows the prefix: `model` and `tag`. */
  name: string;
  model: string;
  /** What punctuation stands between in `model`. */
  words: readonly string[];
  /** With its colon; empty where there is none. */
  tag: string;
}

const fold = (id: string): Folded => {
  const lower = id.toLowerCase();
  const part = withoutProvider(lower.slice(lower.lastIndexOf('/') + 1));
  const name = plain(part);
  const words = part.replace(/:.*/, '').split(PUNCTUATION);
  const model = words.join('');
  return { whole: plain(lower), name, model, words, tag: name.slice(model.length) };
};

const PUNCTUATION = /[^a-z0-9/:@~[\]]/g;
const plain = (id: string): string => id.replace(PUNCTUATION, '');

/** "anthropic:opus" is the model of a provider; "gpt-oss:cerebras", "kimi-k2:free" and "mistral:7b" are a model and its tag. */
const withoutProvider = (part: string): string => {
  const [, provider = '', name = ''] = /^([^:]*):(.*)$/.exec(part) ?? [];
  return isProviderSlug(provider) && !TAG.test(name) ? name : part;
};

/** What is left of "mistral:7b" is a provider's name, which any model of it would resemble. */
const withoutTag = (id: string): string => {
  const [, rest = id, last = ''] = /^((?:.*\/)?([^/]*)):[^:/]*$/.exec(id) ?? [];
  return isProviderSlug(last) ? id : rest;
};

/** A size, a number, a quantization, or what OpenRouter and Ollama put behind a model's name. */
const TAG =
  /^(?:\d+x\d+b|\d+(?:\.\d+)?[bkm]?|e\db|i?q\d|fp?16|latest|free|beta|extended|thinking|online|nitro|floor|exacto|instruct|chat|text|cloud)(?![a-z0-9])/;

/** What follows the maker's name; empty where there is no maker. */
const inBedrockId = (id: string): string => {
  const [, maker = '', name = ''] = BEDROCK_ID.exec(id.toLowerCase()) ?? [];
  return isProviderSlug(maker) ? name : '';
};

/** What follows the last colon, unless that is a tag or the name of a provider; empty where there is nothing of the kind. */
const behindPrefix = (id: string): string => {
  const [, name = ''] = /:([^:/]+)$/.exec(id) ?? [];
  return TAG.test(name.toLowerCase()) || isProviderSlug(name) ? '' : name;
};

/** The lower, the more alike; undefined where the two are not. */
type Rank = (sent: Folded, id: Folded) => number | undefined;

const rankEqual: Rank = (sent, id) => (id.name === sent.name ? 1 : undefined);

const rankAlike: Rank = (sent, id) => {
  if (id.whole === sent.whole) {
    return 0;
  }
  if (id.name === sent.name) {
    return 1;
  }
  if (sent.whole.length >= MIN_BEGINNING && id.whole.startsWith(sent.whole)) {
    return 2;
  }
  return isEnding(sent, id) ? 3 : undefined;
};

/** Two words or more: one alone ("flash", "latest") makes no two models alike. */
const isEnding = (sent: Folded, id: Folded): boolean =>
  sent.model.length >= MIN_ENDING &&
  sent.words.length > 1 &&
  sent.tag === id.tag &&
  commonEnding(sent, id) === sent.model.length;

/** How many characters the whole words have that both models end in. */
const commonEnding = (sent: Folded, id: Folded): number => {
  let length = 0;
  for (
    let last = -1;
    sent.words.at(last) !== undefined && sent.words.at(last) === id.words.at(last);
    last--
  ) {
    length += sent.words.at(last)?.length ?? 0;
  }
  return length;
};

const rankSlips: Rank = (sent, id) => {
  // A tag in common makes no two models alike.
  const [one, other] = sent.tag === id.tag ? [sent.model, id.model] : [sent.name, id.name];
  const longest = Math.max(one.length, other.length);
  const most = Math.min(slipsIn(longest), slipsBeforeEnding(sent, id, longest), MAX_SLIPS);
  const slips = editDistance(one, other, most);
  return slips > most ? undefined : slips;
};

const slipsIn = (length: number): number => Math.floor(length / CHARACTERS_A_SLIP);

/**
 * Nor do words at the end ("-latest", "-for-coding"), unless they are the whole of the id. Before them there may be one slip
 * all the same, and within a family two, as between versions.
 */
const slipsBeforeEnding = (sent: Folded, id: Folded, longest: number): number => {
  const ending = commonEnding(sent, id);
  const isFamily = sent.words[0] === id.words[0];
  return ending === id.model.length
    ? slipsIn(longest)
    : Math.max(slipsIn(longest - ending), isFamily ? 2 : 1);
};

const rankSlipsWithoutTag: Rank = (sent, id) => (id.tag === '' ? rankSlips(sent, id) : undefined);
