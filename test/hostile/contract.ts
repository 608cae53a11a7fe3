// The contract once more, written for these tests alone: what must be answered to whatever comes.
import fc from 'fast-check';
import { isFinished, isName, isPlain, isWhole, names } from '../helpers/model-ids.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ALLOWED = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/._:@~[]');

export const isUuid = (text: unknown): text is string => typeof text === 'string' && UUID.test(text);

export type Verdict = 'none' | 'model id' | 'name' | 'malformed';

/** What a string is that was sent as a model. */
export const verdictOn = (sent: string): Verdict => {
  const pick = sent.trim();
  if (pick === '') {
    return 'none';
  }
  if (pick.length > 256 || ![...pick].every((character) => ALLOWED.has(character)) || !isWhole(pick)) {
    return 'malformed';
  }
  if (isName(pick)) {
    return 'name';
  }
  return isFinished(pick) && isPlain(pick) ? 'model id' : 'malformed';
};

/** The answer to a PUT on a workspace that exists: status, and the codes that it may have. */
export const answerToBody = (bytes: Uint8Array): { status: number; codes: string[] } => {
  const model = modelIn(Buffer.from(bytes).toString('utf8'));
  if (model === undefined) {
    return { status: 400, codes: ['INVALID_REQUEST_BODY'] };
  }
  const verdict = verdictOn(model);
  if (verdict === 'malformed' || verdict === 'name') {
    return {
      status: 422,
      codes: verdict === 'name' ? ['PROVIDER_SLUG', 'RUNTIME_NAME'] : ['MALFORMED_MODEL_ID'],
    };
  }
  return { status: 200, codes: [] };
};

const modelIn = (text: string): string | undefined => {
  try {
    const body: unknown = JSON.parse(text.trim());
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
    const own = isObject ? Object.getOwnPropertyDescriptor(body, 'model')?.value : undefined;
    return typeof own === 'string' ? own : undefined;
  } catch {
    return undefined;
  }
};

const odd = fc.constantFrom(
  ...['', ' ', '\0', '\u2028', '\ufeff', '\ud800', '%00', '../..', '$(id)', "'; DROP TABLE workspaces; --"],
  ...[
    'minimax',
    'Claude-Code',
    'claude_code',
    'minimax/',
    'vendor/null',
    'vendor/model',
    ' opus\n',
    'm'.repeat(256),
    'm'.repeat(257),
    'MODEL_PROVIDER',
    '__proto__',
  ],
);

/** Strings that somebody could send as a model. */
export const models = fc.oneof(
  odd,
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(...names),
  fc.tuple(odd, odd).map((parts) => parts.join('')),
);

const jsonValues = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });

export const objects = fc.oneof(
  jsonValues,
  fc.record({ model: fc.oneof(models, jsonValues) }),
  fc.dictionary(fc.oneof(odd, fc.constantFrom('model', 'Model', 'models')), fc.oneof(models, jsonValues), {
    maxKeys: 4,
  }),
);

/** Bytes of a body: mostly JSON, whole, cut, doubled or with bytes changed, and bytes of any kind. */
export const bodies = fc
  .oneof(
    { weight: 4, arbitrary: objects.map((value) => Buffer.from(JSON.stringify(value) ?? '')) },
    { weight: 4, arbitrary: models.map((model) => Buffer.from(JSON.stringify({ model }))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: models.map((text) => Buffer.from(text)) },
  )
  .chain((bytes) =>
    fc
      .record({ how: fc.constantFrom('whole', 'whole', 'whole', 'cut', 'doubled', 'changed'), at: fc.nat() })
      .map(({ how, at }) => spoilt(bytes, how, at)),
  );

const spoilt = (bytes: Buffer, how: string, at: number): Buffer => {
  if (how === 'cut') {
    return bytes.subarray(0, at % (bytes.length + 1));
  }
  if (how === 'doubled') {
    return Buffer.concat([bytes, bytes]);
  }
  if (how === 'changed' && bytes.length > 0) {
    const changed = Buffer.from(bytes);
    changed[at % bytes.length] = at % 256;
    return changed;
  }
  return bytes;
};
