// Suggestions: the ids that a caller may have meant who sent another one.
import { editDistance } from './edit-distance.ts';

/** A longer string is no misspelt id, and comparing it with thousands of ids would take time. */
const MAX_SENT = 256;
/** A shorter string is the beginning of too many ids to say which was meant. */
const MIN_BEGINNING = 3;
/** Edits allowed for each character: an id of four characters may have one, an id of twelve or more has three. */
const CHARACTERS_A_SLIP = 4;
const MAX_SLIPS = 3;

/**
 * Those of `ids` that resemble what was sent, best first: equal but for case and punctuation, equal after the prefix
 * ("openai/gpt-5" and "gpt-5"), beginning with what was sent; and where there is none of these, a small edit distance away.
 * No suggestion is better than a far-fetched one.
 */
export const suggest = (sent: string, ids: readonly string[]): string[] => {
  if (sent.length > MAX_SENT) {
    return [];
  }
  const folded = fold(sent);
  // An id that is a prefix alone has no name that could be compared.
  const others = ids
    .map((id) => ({ id, folded: fold(id) }))
    .filter(({ id, folded: other }) => id !== sent && withoutPrefix(other) !== '');
  const rankWith = (rank: (sent: string, id: string) => number | undefined) =>
    others.flatMap(({ id, folded: other }) => {
      const found = rank(folded, other);
      return found === undefined ? [] : [{ id, rank: found, apart: Math.abs(other.length - folded.length) }];
    });
  const alike = rankWith(rankAlike);
  return (alike.length > 0 ? alike : rankWith(rankSlips))
    .sort((a, b) => a.rank - b.rank || a.apart - b.apart || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
};

/** In lower case, without punctuation and without characters that no id may hold. */
const fold = (id: string): string => id.toLowerCase().replace(/[^a-z0-9/:@~[\]]/g, '');

const withoutPrefix = (folded: string): string =>
  folded.slice(Math.max(folded.lastIndexOf('/'), folded.lastIndexOf(':')) + 1);

/** The lower, the more alike. */
const rankAlike = (sent: string, id: string): number | undefined => {
  if (id === sent) {
    return 0;
  }
  if (withoutPrefix(id) === withoutPrefix(sent)) {
    return 1;
  }
  return sent.length >= MIN_BEGINNING && id.startsWith(sent) ? 2 : undefined;
};

const rankSlips = (sent: string, id: string): number | undefined => {
  const [sentName, name] = [withoutPrefix(sent), withoutPrefix(id)];
  const most = Math.min(Math.floor(Math.max(sentName.length, name.length) / CHARACTERS_A_SLIP), MAX_SLIPS);
  const slips = editDistance(sentName, name, most);
  return slips > most ? undefined : slips;
};
