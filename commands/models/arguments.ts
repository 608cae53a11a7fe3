// What is typed for one of the commands, checked before anything is asked for.
import { problemCodes, Time } from '../../functions/invocation/fleet-query.ts';
import { parseWorkspaceId } from '../../functions/model/workspace-id.ts';
import { UsageError } from '../command.ts';

/** @param name of the word or option */
export const workspaceIdOf = (name: string, text: string): string => {
  const id = parseWorkspaceId(text);
  if (id === undefined) {
    throw new UsageError(`${name} takes the id of a workspace, which is a UUID.`);
  }
  return id;
};

export const timeOf = (name: string, text: string): string => {
  if (!Time.safeParse(text).success) {
    throw new UsageError(
      `${name} takes a time with its zone, such as 2026-11-25T14:00:00Z or 2026-11-25T15:00:00+01:00.`,
    );
  }
  return text;
};

export const problemCodeOf = (name: string, text: string): string => {
  if (!problemCodes.some((code) => code === text)) {
    throw new UsageError(`${name} takes one of ${problemCodes.join(', ')}.`);
  }
  return text;
};
