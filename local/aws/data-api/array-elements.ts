// The elements of an array in PostgreSQL's text form: `{1,NULL,"a\"b"}`, perhaps with bounds before it: `[2:3]={1,2}`.

// A quoted element, in which a backslash keeps the character after it, or an unquoted one.
const element = /"((?:[^"\\]|\\.)*)"|([^",{}]+)/gs;

/** Nothing for an array of arrays. */
export const arrayElements = (text: string): (string | null)[] | undefined => {
  const list = text.slice(text.indexOf('{') + 1, -1);
  if (list.startsWith('{')) {
    return undefined;
  }
  return [...list.matchAll(element)].map(([, quoted, plain = '']) => {
    if (quoted !== undefined) {
      return quoted.replaceAll(/\\(.)/gs, '$1');
    }
    return plain === 'NULL' ? null : plain;
  });
};
