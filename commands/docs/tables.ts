// The tables by name, each made from the code that it repeats.
import { readContext } from '../../lib/context.ts';
import { contextKeys } from '../../lib/context-keys.ts';
import { outputDescriptions } from '../../lib/output-descriptions.ts';
import { alarmRows } from './alarm-rows.ts';

/** Lines of Markdown. */
const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n');

const escaped = (cell: string): string => cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

const code = (text: string): string => `\`${text}\``;

const contextTable = (): string => {
  const { keys, database } = readContext({}, {});
  const defaults = new Map<string, unknown>(Object.entries({ ...keys, ...database }));
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

export const tables: Record<string, () => string> = {
  'context-keys': contextTable,
  outputs: outputTable,
  alarms: alarmTable,
};
