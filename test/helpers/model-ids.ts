// Model ids made at random, and the names that are none.
import fc from 'fast-check';
import { providerSlugs } from '../../functions/model/provider-slugs.ts';
import { runtimeNames } from '../../functions/model/runtime-names.ts';
import { sharedNames } from '../../functions/model/shared-names.ts';

/** One character of a model id. Spelt out, so that the rule is not tested against itself. */
export const alphabet = fc.constantFrom(
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/._:@~[]',
);

/** One without the brackets, which a variant alone has. */
const unbracketed = alphabet.filter((character) => !'[]'.includes(character));

/** Provider slugs and runtime names. */
export const names = [...new Set([...providerSlugs, ...runtimeNames])];

/** Without case, separators and what stands around it. */
const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[-._]/g, '')
    .replace(/^[/:@~[\]]+|[/:@~[\]]+$/g, '');
const bareNames = new Set(names.map(bare));
const bareRuntimes = new Set([...runtimeNames].map(bare));
const bareProviders = new Set([...providerSlugs].map(bare));
const bareShared = new Set([...sharedNames].map(bare));

/** Without the version behind the name of a runtime. */
const withoutVersion = (text: string): string => text.split('@').slice(0, -1).join('@');

const withoutVariant = (text: string): string => text.replace(/\[[a-z0-9_]+\]$/i, '');

/** The parts of a string, the last first. */
const partsOf = (text: string): string[] => {
  const parts = withoutVariant(text).split(/[/:]/);
  return parts.filter((part) => part !== '').toReversed();
};

/** Whether a string ends in a name that is no model's behind what stands before it. */
const isJoined = (text: string): boolean => {
  const [name = '', owner = ''] = partsOf(text).map(bare);
  const [program = ''] = partsOf(text.replace(/@[^/@]+$/, '')).map(bare);
  const isShared = (each: string) => bareShared.has(each);
  return (
    [name, program].some((each) => bareRuntimes.has(each) && !isShared(each)) ||
    (bareProviders.has(name) && ['provider', name].includes(owner)) ||
    (bareProviders.has(name) && bareProviders.has(owner) && !isShared(name))
  );
};

/**
 * Whether a string is one of the names, however it is written, a runtime's with a version, or ends in one, behind a prefix or
 * before a separator.
 */
export const isName = (text: string): boolean => {
  const parts = withoutVariant(text).split(/[/:]/);
  const last = parts.findLast((part) => /[a-z0-9]/i.test(part)) ?? '';
  return (
    bareNames.has(bare(withoutVariant(text))) ||
    isJoined(text) ||
    bareRuntimes.has(bare(withoutVersion(text))) ||
    (!isFinished(text) && bareNames.has(bare(last)))
  );
};

const SCHEMES = ['http', 'https', 'ws', 'wss', 'ftp', 'sftp', 'ssh', 'git', 's3', 'gs', 'file'];
const VARIABLE_ENDS = ['KEY', 'TOKEN', 'SECRET', 'MODEL', 'PROVIDER', 'URL', 'BASE', 'NAME', 'ID'];

const isVariable = (text: string): boolean =>
  /^[A-Z][A-Z0-9_]*$/.test(text) &&
  VARIABLE_ENDS.some((end) => text.endsWith(end) && text.slice(0, -end.length).includes('_'));

/**
 * Whether no word of a string stands for a value that is missing, and it is no address with a scheme, no option of a command, no
 * variable's name and no other kind of value.
 */
export const isWhole = (text: string): boolean => {
  const words = text.toLowerCase().split(/[^a-z0-9_-]/);
  return (
    !/^https?:/i.test(text) &&
    !SCHEMES.some((scheme) => text.toLowerCase().startsWith(`${scheme}://`)) &&
    !text.startsWith('-') &&
    !isVariable(text) &&
    /[a-z]/i.test(text) &&
    !['true', 'false'].includes(text.toLowerCase()) &&
    words.every((word) => !['null', 'none', 'nil', 'nan'].includes(word)) &&
    words.every((word) => !word.split(/[_-]/).includes('undefined'))
  );
};

/** Whether its last part has a letter or a digit, before a variant, and before a tag or a date as well. */
export const isFinished = (text: string): boolean => {
  const last = withoutVariant(text).split('/').at(-1) ?? '';
  return [last.split(/[:@]/).at(-1), last.split(/[:@]/)[0]].every((part) => /[a-z0-9]/i.test(part ?? ''));
};

const HOST = /^([a-z0-9-]+\.)+(com|ai|io|org|net|cn|dev|co|app)$/i;

/** Whether a string is no host, no mailbox and nothing below one, and has no bracket but those of a variant. */
export const isPlain = (text: string): boolean => {
  const [place = '', ...path] = text.split('/');
  const [host = '', ...port] = place.split(':');
  const [user = '', mailHost = '', ...more] = host.split('@');
  const isServer = port.length === 0 || (port.length === 1 && /^\d+$/.test(port[0] ?? ''));
  const isBelow = /^(api|v\d+)?$/i.test(path[0] ?? '') && (path[0] !== '' || path.length === 1);
  return !(
    text.startsWith('//') ||
    (isServer && HOST.test(host) && isBelow) ||
    (isServer && /^((api|www)\.[a-z0-9.-]+|localhost|\d{1,3}(\.\d{1,3}){3})$/i.test(host)) ||
    (/^[\w.-]+$/.test(user) && HOST.test(mailHost) && more.length === 0) ||
    /[[\]]/.test(text.replace(/([a-z0-9])\[\w+\]$/i, '$1'))
  );
};

/** Any string that is a model id, up to the longest. */
export const modelIds = fc
  .tuple(fc.string({ unit: unbracketed, minLength: 1, maxLength: 251 }), fc.constantFrom('', '[1m]', '[a_B]'))
  .map((parts) => parts.join(''))
  .filter((id) => isWhole(id) && isFinished(id) && isPlain(id) && !isName(id));
