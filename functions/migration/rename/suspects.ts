// Suspects: renamed rows whose value reaches no machine. The rename keeps values as they are, so the deploy reports them.
import type { Execute } from '../../database/client.ts';
import { isPicked, pickOf } from '../../model/model-id.ts';
import type { ModelRules } from '../../model/model-rules.ts';
import type { EncryptionKey } from '../../secrets/encryption-key.ts';
import { type RenamedModel, readRenamed } from './journal.ts';

const MAX_NAMED = 5;

export interface Suspects {
  count: number;
  /** Up to five of their workspaces. */
  workspaceIds: string[];
}

export interface SuspectsOptions {
  execute: Execute;
  encryptionKey: EncryptionKey;
  rules: ModelRules;
  /** When to give up (ms since the epoch). */
  until: number;
}

/**
 * The suspects, or nothing where they could not all be looked at in time.
 * @throws DecryptError or SecretUnavailableError where a row may need a key that cannot be read
 */
export const countSuspects = async (options: SuspectsOptions): Promise<Suspects | undefined> => {
  const { execute, encryptionKey, rules, until } = options;
  const found: Suspects = { count: 0, workspaceIds: [] };
  for await (const rows of readRenamed(execute)) {
    if (Date.now() > until) {
      return undefined;
    }
    const texts = await encryptionKey.openAll(rows.map(({ stored }) => stored));
    const suspects = rows.filter((row, index) => isSuspect(row, texts[index], rules));
    found.count += suspects.length;
    const named = suspects.flatMap(({ workspaceId }) => workspaceId ?? []);
    found.workspaceIds.push(...named.slice(0, MAX_NAMED - found.workspaceIds.length));
  }
  return found;
};

/** A value that no key opens is none that a machine could be given either; an empty one is no pick. */
const isSuspect = ({ runtime }: RenamedModel, text: string | undefined, rules: ModelRules): boolean => {
  if (text === undefined) {
    return true;
  }
  const pick = pickOf(text);
  return isPicked(pick) && rules.isUnusable(pick, runtime);
};
