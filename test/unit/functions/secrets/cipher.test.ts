import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { MAX_MODEL_ID_LENGTH } from '../../../../functions/model/model-id.ts';
import {
  decrypt,
  encrypt,
  LONGEST_VALUE,
  parseEncryptionKey,
  SHORTEST_VALUE,
  textOf,
} from '../../../../functions/secrets/cipher.ts';
import { DecryptError, EncryptionKeyError } from '../../../../functions/secrets/errors.ts';

const vectors = z
  .array(
    z.object({
      keyForm: z.string(),
      secretString: z.string(),
      plaintext: z.string(),
      encryptedValueBase64: z.string(),
      encryptionVersion: z.number(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../../data/encryption-vectors.json', import.meta.url), 'utf8')));

const KEY_BYTES = Buffer.from('0123456789abcdefghijklmnopqrstuv');
const KEY = createSecretKey(KEY_BYTES);
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const texts = fc.string({ unit: 'binary' });

const expectUndecryptable = (key: KeyObject, bytes: Uint8Array) =>
  expect(() => decrypt(key, bytes)).toThrow(DecryptError);

const expectNoKey = (secretString: string) => {
  expect(() => parseEncryptionKey(secretString)).toThrow(EncryptionKeyError);
};

describe('the cipher', () => {
  it('reads every value that the existing server wrote, with either form of key', () => {
    for (const { secretString, plaintext, encryptedValueBase64, encryptionVersion } of vectors) {
      const encryptedValue = Buffer.from(encryptedValueBase64, 'base64');
      expect(textOf({ encryptedValue, encryptionVersion }, parseEncryptionKey(secretString))).toBe(plaintext);
    }
    expect(new Set(vectors.map(({ keyForm }) => keyForm)).size).toBe(2);
  });

  it('writes values in the same layout: nonce, ciphertext of the same length, tag', () => {
    const bytes = encrypt(KEY, 'opus');
    expect(bytes).toHaveLength(12 + 4 + 16);
  });

  it('gives a model id of one character the shortest value, and the longest model id the longest', () => {
    expect(encrypt(KEY, 'm')).toHaveLength(SHORTEST_VALUE);
    expect(encrypt(KEY, 'm'.repeat(MAX_MODEL_ID_LENGTH))).toHaveLength(LONGEST_VALUE);
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(keys, texts, (bytes, text) => {
        const key = createSecretKey(bytes);
        expect(decrypt(key, encrypt(key, text))).toBe(Buffer.from(text, 'utf8').toString('utf8'));
      }),
    );
  });

  it('never writes the same bytes twice', () => {
    const written = Array.from({ length: 100 }, () => encrypt(KEY, 'opus').toString('hex'));
    expect(new Set(written).size).toBe(100);
    expect(new Set(written.map((hex) => hex.slice(0, 24))).size).toBe(100);
  });

  it('refuses a value with any one bit changed', () => {
    const bit = fc.nat({ max: (12 + 4 + 16) * 8 - 1 });
    fc.assert(
      fc.property(bit, (position) => {
        const bytes = encrypt(KEY, 'opus');
        bytes.writeUInt8(bytes.readUInt8(position >> 3) ^ (1 << (position & 7)), position >> 3);
        expectUndecryptable(KEY, bytes);
      }),
    );
  });

  it('refuses a value that was cut, at whatever length', () => {
    const bytes = encrypt(KEY, 'opus');
    for (let length = 0; length < bytes.length; length += 1) {
      expectUndecryptable(KEY, bytes.subarray(0, length));
    }
  });

  it('says why a value does not open, and what a secret holds that is no key', () => {
    expect(() => decrypt(KEY, Buffer.alloc(27))).toThrow('The stored value is too short to be AES-256-GCM.');
    const damaged = encrypt(KEY, 'opus').fill(0, 12, 16);
    expect(() => decrypt(KEY, damaged)).toThrow(
      expect.objectContaining({
        message: 'The stored value does not decrypt with the current encryption key.',
        cause: expect.any(Error),
      }),
    );
    expect(() => parseEncryptionKey('ä'.repeat(20))).toThrow(
      'The encryption key must be base64 of 32 bytes or exactly 32 raw bytes; the secret holds 40 bytes.',
    );
  });

  it('refuses a value written with another key', () => {
    expectUndecryptable(createSecretKey(Buffer.alloc(32)), encrypt(KEY, 'opus'));
  });

  it('takes version 0 as plain text', () => {
    expect(textOf({ encryptedValue: Buffer.from('é@cf/x'), encryptionVersion: 0 }, KEY)).toBe('é@cf/x');
  });

  it('refuses a version that it does not know, naming the version', () => {
    for (const encryptionVersion of [-1, 2, 7]) {
      const read = () => textOf({ encryptedValue: encrypt(KEY, 'opus'), encryptionVersion }, KEY);
      expect(read).toThrow(DecryptError);
      expect(read).toThrow(`encryption_version ${encryptionVersion}`);
    }
  });
});

describe('the encryption key', () => {
  it('takes base64 of 32 bytes for a key', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(parseEncryptionKey(key.toString('base64')).export()).toEqual(key);
      }),
    );
  });

  it('takes a key with line breaks in its base64, as the existing server does', () => {
    const base64 = KEY_BYTES.toString('base64');
    expect(parseEncryptionKey(`${base64.slice(0, 20)}\r\n${base64.slice(20)}\n`).export()).toEqual(KEY_BYTES);
  });

  it('takes exactly 32 raw bytes for a key, counted in UTF-8', () => {
    expect(parseEncryptionKey(KEY_BYTES.toString()).export()).toEqual(KEY_BYTES);
    expect(parseEncryptionKey('é'.repeat(16)).export()).toEqual(Buffer.from('é'.repeat(16)));
  });

  it('refuses anything else as a key, without quoting it', () => {
    expectNoKey('');
    expectNoKey('x'.repeat(31));
    expectNoKey('x'.repeat(33));
    expectNoKey('é'.repeat(32));
    expectNoKey(KEY_BYTES.toString('base64').replace('=', ''));
    expectNoKey(Buffer.alloc(32, 0xff).toString('base64url'));
    expectNoKey(Buffer.alloc(32, 0xff).toString('base64url').padEnd(44, '='));
    expectNoKey(Buffer.alloc(31).toString('base64'));
    expectNoKey(Buffer.alloc(33).toString('base64'));
    expect(() => parseEncryptionKey('sentinel')).not.toThrow(/sentinel/);
  });
});
