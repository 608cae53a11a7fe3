// The tables by name, each made from the code that it repeats.
import { arrows } from '../../.dependency-cruiser.mjs';
import { entryOf, functionNames, variableNames } from '../../functions/contract.ts';
import { HTTP_ERRORS, type HttpError } from '../../functions/invocation/answer.ts';
import { readContext } from '../../lib/context.ts';
import { contextKeys } from '../../lib/context-keys.ts';
import { outputDescriptions } from '../../lib/output-descriptions.ts';
import { startVariables } from '../../local/start/variables.ts';
import { alarmRows } from './alarm-rows.ts';

/** Lines of Markdown. */
const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n');

const escaped = (cell: string): string => cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

const code = (text: string): string => `\`${text}\``;

const contextTable = (): string => {
  const { keys, database: cluster } = readContext({ database: 'own' }, {});
  // A key without a default has to be given.
  const { database: _, ...settings } = keys;
  const defaults = new Map<string, unknown>(Object.entries({ ...settings, ...cluster }));
  return table(
    ['context key', 'what to write', 'default'],
    Object.entries(contextKeys.shape).map(([key, { description = '' }]) => [
      code(key),
      description,
      defaults.has(key) ? code(String(defaults.get(key))) : 'none',
    ]),
  );
};

const outputTable = (): string =>
  table(
    ['output', 'what it is'],
    Object.entries(outputDescriptions).map(([name, description]) => [code(name), description]),
  );

const alarmTable = (): string =>
  table(
    ['alarm', 'rings', 'says'],
    alarmRows().map(({ name, rings, description }) => [
      `[${name}](#${name.toLowerCase()})`,
      rings,
      description,
    ]),
  );

/** Codes of the migration never reach a caller of the API. */
const codeTable = (): string => {
  const unexpected = HTTP_ERRORS.INTERNAL_ERROR;
  const errors: [string, HttpError][] = Object.entries(HTTP_ERRORS);
  return table(
    ['code', 'status', 'message', 'retry-after'],
    errors
      .filter(([name, error]) => error !== unexpected || name === 'INTERNAL_ERROR')
      .sort(([, one], [, other]) => one.status - other.status)
      .map(([name, { status, text = 'what to send instead', retryAfter }]) => [
        code(name),
        String(status),
        text,
        retryAfter === undefined ? '' : `${retryAfter} s`,
      ]),
  );
};

const variableTable = (): string =>
  table(
    ['group', 'variables'],
    Object.entries(variableNames).map(([group, names]) => [group, Object.values(names).map(code).join(', ')]),
  );

const startVariableTable = (): string =>
  table(
    ['variable', 'default', 'meaning'],
    Object.entries(startVariables).map(([name, { standard, meaning }]) => [code(name), standard, meaning]),
  );

const functionTable = (): string =>
  table(
    ['function', 'what it does', 'reached by', 'variables'],
    functionNames().map((name) => {
      const { description, route, needs } = entryOf(name);
      const way =
        route === undefined ? 'Invoke' : `${code(`${route.method} ${route.path}`)}, scope ${route.scope}`;
      return [code(name), description, way, needs.join(', ')];
    }),
  );

const roomTable = (): string =>
  table(
    ['room', 'may import'],
    Object.entries(arrows).map(([room, imports]) => [
      code(room),
      imports.length === 0 ? 'nothing' : imports.map(code).join(', '),
    ]),
  );

export const tables: Record<string, () => string> = {
  rooms: roomTable,
  functions: functionTable,
  'start-variables': startVariableTable,
  'context-keys': contextTable,
  outputs: outputTable,
  alarms: alarmTable,
  codes: codeTable,
  variables: variableTable,
};
