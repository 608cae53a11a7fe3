// audit: every pick that cannot work, why, and what to do.
import { ApiError, type ListedPick, type ModelClient, type Problem } from '../../client/client.ts';
import { readLeftovers } from '../../functions/database/leftovers.ts';
import { ServiceError } from '../../functions/errors.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { visible } from '../../local/support/visible.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { ownerOf, stackOption, type Target } from '../target.ts';
import { count, csvLine, type Format, printJson } from './format.ts';
import { suggestionsOf } from './one-workspace.ts';

interface Finding {
  workspaceId: string;
  name: string;
  runtime: string | undefined;
  code: string;
  whatToDo: string;
  model: string;
}

const HEAD = ['workspace', 'name', 'runtime', 'code', 'what to do'];

/** What to do about a row that is left under a key: for the same stack. */
const leftoverOf = (key: string, stack: string) =>
  key === 'MODEL'
    ? {
        code: 'PLAINTEXT',
        whatToDo: `The pick is stored without encryption. Run: npm run models -- reencrypt${stack}`,
      }
    : {
        code: 'LEGACY_KEY',
        whatToDo: `The row is keyed MODEL_PROVIDER, where nothing reads it. Run: npm run migrate -- up${stack}; a deploy of the same release may leave it.`,
      };

/** Not everything could be looked at. */
export class IncompleteAuditError extends Error {
  override name = 'IncompleteAuditError';
}

export const audit = async (
  client: ModelClient,
  target: Target,
  format: Format,
  showValues: boolean,
): Promise<void> => {
  const findings: Finding[] = [];
  const counts = new Map<string, number>();
  const head = showValues ? [...HEAD, 'stored'] : HEAD;
  if (format === 'csv') {
    console.log(csvLine(head));
  }
  const note = (finding: Finding) => {
    process.exitCode = EXIT_CODES.found;
    counts.set(finding.code, (counts.get(finding.code) ?? 0) + 1);
    if (format === 'json') {
      findings.push(finding);
    } else {
      // As they come, so that an operator sees progress, and a large fleet is not kept in memory.
      const cells = cellsOf(finding, showValues);
      console.log(format === 'csv' ? csvLine(cells) : block(cells.map(visible)));
    }
  };
  const unseen = [...(await lookAtPicks(client, target, note)), ...(await lookAtLeftovers(target, note))];
  if (format === 'json') {
    printJson({
      findings: findings.map((finding) => shown(finding, showValues)),
      counts: Object.fromEntries(counts),
    });
  } else if (format === 'text' && (unseen.length === 0 || counts.size > 0)) {
    console.log(summaryOf(counts, stackOption(target)));
  }
  if (unseen.length > 0) {
    throw new IncompleteAuditError(unseen.join('\n'));
  }
};

const notMigrated = (stack: string): string =>
  'The picks were not looked at: the database is not at the version that the service needs, for a deploy is changing it, ' +
  `or the rename was undone. Run: npm run migrate -- status${stack}; and where no deploy is under way: npm run migrate -- up${stack}`;

/** Why picks were not looked at, where they were not. */
const lookAtPicks = async (
  client: ModelClient,
  target: Target,
  note: (finding: Finding) => void,
): Promise<string[]> => {
  try {
    for await (const pick of client.listAll()) {
      if (pick.problem !== undefined) {
        note(findingOf(pick, pick.problem));
      }
    }
    return [];
  } catch (error) {
    if (error instanceof ApiError && error.code === 'DATABASE_NOT_MIGRATED') {
      return [notMigrated(stackOption(target))];
    }
    throw error;
  }
};

/** Why leftover rows were not looked at, where they were not: that takes other rights than the API's. */
const lookAtLeftovers = async (target: Target, note: (finding: Finding) => void): Promise<string[]> => {
  const leftovers = readLeftovers(retrying(ownerOf(target), 'audit'));
  try {
    for await (const { workspaceId, name, runtime, key } of leftovers) {
      const leftover = leftoverOf(key, stackOption(target));
      note({ workspaceId, name, runtime: runtime ?? undefined, ...leftover, model: '' });
    }
    return [];
  } catch (error) {
    if (error instanceof ServiceError) {
      return [`Rows under the legacy key and picks in plaintext were not looked at. ${error.message}`];
    }
    throw error;
  }
};

const findingOf = ({ workspaceId, name, runtime, model }: ListedPick, problem: Problem): Finding => ({
  workspaceId,
  name,
  runtime,
  code: problem.code,
  whatToDo: `${problem.reason}${suggestionsOf(problem)}`,
  model,
});

const cellsOf = (
  { workspaceId, name, runtime = '', code, whatToDo, model }: Finding,
  showValues: boolean,
) => [workspaceId, name, runtime, code, whatToDo, ...(showValues ? [model] : [])];

const shown = ({ model, ...finding }: Finding, showValues: boolean) =>
  showValues ? { ...finding, model } : finding;

const block = ([workspaceId, name, runtime, code, whatToDo, stored = '']: string[]): string => {
  const value = stored === '' ? '' : `\n  stored: ${stored}`;
  return `${code}  ${name}${runtime === '' ? '' : ` (${runtime})`}  ${workspaceId}\n  ${whatToDo}${value}`;
};

const summaryOf = (counts: ReadonlyMap<string, number>, stack: string): string => {
  if (counts.size === 0) {
    return 'Every pick can work.';
  }
  const lines = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, number]) => `  ${code.padEnd(20)} ${number}`);
  const all = [...counts.values()].reduce((sum, number) => sum + number, 0);
  return `\n${count(all, 'finding')}:\n${lines.join('\n')}\n\nMend one: npm run models -- set <workspace> <model>${stack}; many: npm run models -- replace --from A --to B${stack}`;
};
