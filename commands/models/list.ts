// list: every workspace with its pick, page after page as they come.
import type { ListedPick, ListOptions, ModelClient } from '../../client/client.ts';
import { problemCodeOf, timeOf } from './arguments.ts';
import { count, csvLine, type Format, printRows } from './format.ts';

const HEAD = ['workspace', 'name', 'runtime', 'model', 'problem', 'updated'];

const cellsOf = ({
  workspaceId,
  name,
  runtime = '',
  model,
  problem,
  updatedAt = '',
}: ListedPick): string[] => [workspaceId, name, runtime, model, problem?.code ?? '', secondOf(updatedAt)];

/** With its zone: --changed-since and restore --to take it so, and no reader takes it for a local time. */
const secondOf = (time: string): string => time.replace(/\.\d+/, '');

export const list = async (
  client: ModelClient,
  format: Format,
  filters: Omit<ListOptions, 'cursor' | 'limit'>,
): Promise<void> => {
  if (filters.problem !== undefined) {
    problemCodeOf('--problem', filters.problem);
  }
  if (filters.changedSince !== undefined) {
    timeOf('--changed-since', filters.changedSince);
  }
  if (format === 'csv') {
    // As they come: a fleet may not fit in memory.
    console.log(csvLine(HEAD));
    for await (const pick of client.listAll(filters)) {
      console.log(csvLine(cellsOf(pick)));
    }
    return;
  }
  const picks: ListedPick[] = [];
  for await (const pick of client.listAll(filters)) {
    picks.push(pick);
  }
  printRows(format, picks, { head: HEAD, cellsOf });
  if (format === 'text') {
    console.log(`\n${count(picks.length, 'workspace')}`);
  }
};
