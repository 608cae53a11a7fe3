// The fleet, read page by page, and kept as what was read or saved since has it.
import { useRef, useState } from 'preact/hooks';
import type { ListedPick } from '../../../client/client.ts';
import { client, messageOf } from './api.ts';
import { withPick } from './fleet.ts';

const PAGE_SIZE = 500;

export const useFleet = () => {
  const [picks, setPicks] = useState<ListedPick[]>([]);
  const [isLoading, setLoading] = useState(true);
  /** Whether the picks are a whole fleet, as it was when it was last read. */
  const [isComplete, setComplete] = useState(false);
  const [failure, setFailure] = useState('');
  // While pages still come, theirs may be older than what was just read or set.
  const changed = useRef(new Map<string, ListedPick>());

  const load = async (onRead: (picks: ListedPick[]) => void) => {
    changed.current.clear();
    setLoading(true);
    setFailure('');
    const all: ListedPick[] = [];
    try {
      for await (const pick of client.listAll({ limit: PAGE_SIZE })) {
        all.push(pick);
        // What is shown already stays until all is read.
        if (all.length === PAGE_SIZE && !isComplete) {
          setPicks([...all]);
        }
      }
      const read = all.map((pick) => withPick(pick, changed.current.get(pick.workspaceId)));
      setPicks(read);
      onRead(read);
      setComplete(true);
    } catch (error) {
      setFailure(messageOf(error));
    }
    setLoading(false);
  };
  const change = (pick: ListedPick) => {
    changed.current.set(pick.workspaceId, pick);
    setPicks((before) => before.map((listed) => withPick(listed, pick)));
  };
  return { picks, isLoading, isComplete, failure, load, change };
};
