// What is done with a workspace's pick, one call at a time: set, clear, read again.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, type ListedPick, unchanged } from '../../../client/client.ts';
import { client, messageOf, suggestionsOf } from './api.ts';
import type { Draft } from './use-draft.ts';

interface Refusal {
  message: string;
  suggestions: string[];
}

export const usePick = (pick: ListedPick, draft: Draft, onChange: (pick: ListedPick) => void) => {
  const { workspaceId } = pick;
  /** Writes are conditional on it: a newer pick, which the field has not shown, is not overwritten. */
  const { over } = draft;
  const writes = useRef(0);
  const read = async () => ({ ...pick, ...(await client.get(workspaceId)) });
  const { attempt, refuse, ...outcome } = useAttempt(() => read().then(onChange));
  const show = (stored: ListedPick) => {
    writes.current += 1;
    onChange(stored);
    draft.rebase(stored);
  };
  useEffect(() => {
    // An answer that comes after a write may be from before it.
    read().then((stored) => writes.current === 0 && onChange(stored), refuse);
  }, []);
  return {
    ...outcome,
    set: (wanted: string) =>
      attempt(async () => {
        const { model, warning, etag } = await client.set(workspaceId, wanted, unchanged(over.etag));
        show({ ...pick, model, source: 'workspace_secrets', problem: warning, etag });
        return warning ? `Saved ${model}, with a warning: ${warning.reason}` : `Saved ${model}.`;
      }),
    clear: () =>
      attempt(async () => {
        await client.clear(workspaceId, unchanged(over.etag));
        show({ ...pick, model: '', source: 'default', problem: undefined, etag: undefined });
        return 'Cleared: the runtime uses its own default.';
      }),
    readAgain: () =>
      attempt(async () => {
        onChange(await read().finally(draft.giveUp));
        return '';
      }),
  };
};

/** What came of the last call. A pick that somebody has changed meanwhile is read anew. */
const useAttempt = (readAnew: () => Promise<void>) => {
  const [isBusy, setBusy] = useState(false);
  const [done, setDone] = useState('');
  const [refusal, setRefusal] = useState<Refusal>();
  const [successes, setSuccesses] = useState(0);
  const refuse = (error: unknown) =>
    setRefusal({ message: messageOf(error), suggestions: suggestionsOf(error) });
  const attempt = async (work: () => Promise<string>) => {
    // A second write would meet the first one's pick, and be refused as if somebody else had saved it.
    if (isBusy) {
      return;
    }
    setBusy(true);
    setRefusal(undefined);
    setDone('');
    try {
      setDone(await work());
      setSuccesses((count) => count + 1);
    } catch (error) {
      refuse(error);
      if (isChanged(error)) {
        await readAnew().catch(refuse);
      }
    }
    setBusy(false);
  };
  return { isBusy, done, refusal, successes, refuse, attempt };
};

const isChanged = (error: unknown): boolean => error instanceof ApiError && error.code === 'PICK_CHANGED';
