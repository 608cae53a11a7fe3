// Suggestions: the ids that a caller may have meant who sent another one.
import { editDistance } from './edit-distance.ts';
import { isProviderSlug, MAX_MODEL_ID_LENGTH } from './model-id.ts';

/** A shorter string is the beginning of too many ids to say which was meant. */
const MIN_BEGINNING = 3;
/** Edits allowed for each character: an id of four characters may have one, an id of twelve or more has three. */
const CHARACTERS_A_SLIP = 4;
const MAX_SLIPS = 3;
/** What providers put behind a name: "-20250929", "@20250929", "-2026-03-05", "[1m]". */
const DATE_OR_VARIANT = /(?:[-@]20\d\d-?\d\d-?\d\d)?(?:\[\w+\])?$/;

/**
 * Those of `ids` that resemble what was sent, best first: equal but for case and punctuation, equal after the prefix
 * ("openai/gpt-5" and "gpt-5"), beginning with what was sent; where there is none of these, the same without its tag, date or
 * variant, or behind a prefix that no provider has ("my-gateway:gpt-5"); and where there is none either, a small edit distance away.
 * No suggestion is better than a far-fetched one.
 */
export const suggest = (sent: string, ids: readonly string[]): string[] => {
  // A longer string is no misspelt id, and comparing it with thousands of ids would take time.
  if (sent.length > MAX_MODEL_ID_LENGTH) {
    return [];
  }
  const meant = fold(sent);
  // An id that is a prefix alone has no name that could be compared.
  const others = ids.map((id) => ({ id, ...fold(id) })).filter(({ id, name }) => id !== sent && name !== '');
  const rankWith = (folded: Folded, rank: Rank) =>
    others.flatMap((other) => {
      const place = rank(folded, other);
      const apart = Math.abs(other.whole.length - folded.whole.length);
      return place === undefined ? [] : [{ id: other.id, rank: place, apart }];
    });
  const looks: [Folded, Rank][] = [
    [meant, rankAlike],
    [fold(withoutTag(sent).replace(DATE_OR_VARIANT, '')), rankAlike],
    [fold(behindPrefix(sent)), rankEqual],
    [meant, rankSlips],
    [fold(behindPrefix(sent)), rankSlipsWithoutTag],
  ];
  for (const [folded, rank] of looks) {
    const found = rankWith(folded, rank);
    if (found.length > 0) {
      return found
        .sort((a, b) => a.rank - b.rank || a.apart - b.apart || (a.id < b.id ? -1 : 1))
        .map(({ id }) => id);
    }
  }
  return [];
};

/** In lower case, without punctuation and without characters that no id may hold. */
interface Folded {
  whole: string;
  /** What follows the prefix: `model` and `tag`. */
  name: string;
  model: string;
  /** With its colon; empty where there is none. */
  tag: string;
}

const fold = (id: string): Folded => {
  const lower = id.toLowerCase();
  const name = plain(withoutProvider(lower.slice(lower.lastIndexOf('/') + 1)));
  const model = name.replace(/:.*/, '');
  return { whole: plain(lower), name, model, tag: name.slice(model.length) };
};

const plain = (id: string): string => id.replace(/[^a-z0-9/:@~[\]]/g, '');

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
  return sent.whole.length >= MIN_BEGINNING && id.whole.startsWith(sent.whole) ? 2 : undefined;
};

const rankSlips: Rank = (sent, id) => {
  // A tag in common makes no two models alike.
  const [one, other] = sent.tag === id.tag ? [sent.model, id.model] : [sent.name, id.name];
  const longest = Math.max(one.length, other.length);
  const most = Math.min(Math.floor(longest / CHARACTERS_A_SLIP), MAX_SLIPS);
  const slips = editDistance(one, other, most);
  return slips > most ? undefined : slips;
};

const rankSlipsWithoutTag: Rank = (sent, id) => (id.tag === '' ? rankSlips(sent, id) : undefined);
