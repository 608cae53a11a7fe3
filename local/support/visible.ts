// Text that others have written, as a terminal may be given it.

/** Control characters, and those that end a line or turn the direction of writing. */
const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Names and models may hold anything: an escape sequence would clear the operator's screen, a line break would forge a
 * line. They are shown as JSON would write them.
 */
export const visible = (text: string): string =>
  text.replaceAll(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
