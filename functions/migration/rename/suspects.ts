// Suspects: renamed rows whose value reaches no machine. The rename keeps values as they are, so the deploy reports them.
import type { KeyObject } from 'node:crypto';
import type { Execute } from '../../database/client.ts';
import { isPicked, pickOf } from '../../model/model-id.ts';
import type { ModelRules } from '../../model/model-rules.ts';
import { textOf } from '../../secrets/cipher.ts';
import { DecryptError } from '../../secrets/errors.ts';
import { type RenamedModel, readRenamed } from './journal.ts';

const MAX_NAMED = 5;

export interface Suspects {
  count: number;
  /** Up to five of their workspaces. */
  workspaceIds: string[];
}

export interface SuspectsOptions {
  execute: Execute;
  key: KeyObject;
  rules: ModelRules;
  /** When to give up (ms since the epoch). */
  until: number;
}

/** The suspects, or nothing where they could not all be looked at in time. */
export const countSuspects = async (options: SuspectsOptions): Promise<Suspects | undefined> => {
  const { execute, key, rules, until } = options;
  const found: Suspects = { count: 0, workspaceIds: [] };
  for await (const rows of readRenamed(execute)) {
    if (Date.now() > until) {
      return undefined;
    }
    const suspects = rows.filter((row) => isSuspect(row, key, rules));
    found.count += suspects.length;
    const named = suspects.flatMap(({ workspaceId }) => workspaceId ?? []);
    found.workspaceIds.push(...named.slice(0, MAX_NAMED - found.workspaceIds.length));
  }
  return found;
};

/** A value that does not decrypt is none that a machine could be given either; an empty one is no pick. */
const isSuspect = ({ stored, runtime }: RenamedModel, key: KeyObject, rules: ModelRules): boolean => {
  if (stored === undefined) {
    return true;
  }
  try {
    const pick = pickOf(textOf(stored.encryptedValue, stored.encryptionVersion, key));
    return isPicked(pick) && rules.isUnusable(pick, runtime);
  } catch (error) {
    if (error instanceof DecryptError) {
      return true;
    }
    throw error;
  }
};
