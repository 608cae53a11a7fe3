// The bytes of a bytea in PostgreSQL's text form: hexadecimal, or escaped where the session has set bytea_output so.

// A backslash is doubled, and what is not printable is written as three octal digits.
const ESCAPED = /\\(?:\\|([0-7]{3}))/g;

export const byteaBytes = (text: string): Buffer =>
  text.startsWith('\\x')
    ? Buffer.from(text.slice(2), 'hex')
    : Buffer.from(
        text.replaceAll(ESCAPED, (_, octal?: string) =>
          octal === undefined ? '\\' : String.fromCharCode(Number.parseInt(octal, 8)),
        ),
        'latin1',
      );
