// What stands in the field of a pick: the stored one, and follows it, until something is typed.
import { useState } from 'preact/hooks';
import type { ListedPick } from '../../../client/client.ts';

/** What was typed, and the pick that it was typed over. */
interface Typed {
  model: string;
  over: ListedPick;
}

export interface Draft extends Typed {
  /** Whether a pick is stored that the field has not shown. */
  isNewer: boolean;
  edit: (model: string) => void;
  /** After a write: what was typed meanwhile stays, over what was written. */
  rebase: (stored: ListedPick) => void;
  /** Gives up what was typed, and not what has been typed since. */
  giveUp: () => void;
}

export const useDraft = (pick: ListedPick): Draft => {
  const [typed, setTyped] = useState<Typed>();
  const { model, over } = typed ?? { model: pick.model, over: pick };
  const isNewer = pick.etag !== over.etag;
  return {
    model,
    over,
    isNewer,
    edit: (text) => setTyped(text === over.model && !isNewer ? undefined : { model: text, over }),
    rebase: (stored) =>
      setTyped((now) =>
        now === typed || now?.model === stored.model ? undefined : now && { ...now, over: stored },
      ),
    giveUp: () => setTyped((now) => (now === typed ? undefined : now)),
  };
};
