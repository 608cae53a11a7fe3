// JSON whose whole numbers keep all 64 bits, as AWS's model has `longValue` and other clients than JavaScript's send it.
import { AwsError } from './errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const MANY_DIGITS = /\d{16}/;

/** A whole number that a JavaScript number would change is a bigint. @throws AwsError SerializationException */
export const parseJson = (bytes: Buffer): unknown => {
  try {
    const text = utf8.decode(bytes);
    return MANY_DIGITS.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON.');
  }
};

/** `source` is the text of a number; TypeScript's library does not declare it yet. */
const exactly = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? BigInt(context?.source ?? '')
    : value;
