// JSON whose whole numbers keep all 64 bits, as AWS's model has `longValue` and other clients than JavaScript's send it.
import { AwsError } from './errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const MANY_DIGITS_OR_SURROGATE = /\d{16}|\\u[Dd][89A-Fa-f]/;

/**
 * A whole number that a JavaScript number would change is a bigint. Half a pair of surrogates, which only an escape can write,
 * is refused as other bytes are that are no UTF-8: it would go on as another character. @throws AwsError SerializationException
 */
export const parseJson = (bytes: Buffer): unknown => {
  try {
    const text = utf8.decode(bytes);
    return MANY_DIGITS_OR_SURROGATE.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON in UTF-8.');
  }
};

/** `source` is the text of a number; TypeScript's library does not declare it yet. */
const exactly = (_key: string, value: unknown, context?: { source?: string }): unknown => {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw new SyntaxError('half a pair of surrogates');
  }
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? BigInt(context?.source ?? '')
    : value;
};
