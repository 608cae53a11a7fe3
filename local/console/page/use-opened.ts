// The opened workspace: an entry of the browser's history, so that Back closes it; the address stays, with its key.
import { useEffect, useState } from 'preact/hooks';
import type { ListedPick } from '../../../client/client.ts';
import { withPick } from './fleet.ts';
import { backToFleet, focusOn } from './focus.ts';

export const useOpened = (picks: ListedPick[]) => {
  const [opened, setOpened] = useState<ListedPick>();
  useEffect(() => {
    const follow = () => backToFleet(() => setOpened(openedIn(picks)));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, [picks]);
  return {
    opened,
    open: (pick: ListedPick) => {
      if (opened === undefined) {
        history.pushState(pick.workspaceId, '');
      } else {
        history.replaceState(pick.workspaceId, '');
      }
      setOpened(pick);
      if (pick.workspaceId === opened?.workspaceId) {
        focusOn('#workspace-name');
      }
    },
    close: () => {
      // Both: the button is gone before it could be pressed a second time, which would leave the page.
      backToFleet(() => setOpened(undefined));
      history.back();
    },
    /** After the fleet was read: opened as it is there, also what the history has from before the page was loaded. */
    refreshOpened: (read: ListedPick[]) => setOpened((before) => openedIn(read) ?? before),
    /** After one workspace was read anew. */
    updateOpened: (pick: ListedPick) => setOpened((before) => before && withPick(before, pick)),
  };
};

const openedIn = (picks: ListedPick[]): ListedPick | undefined =>
  picks.find(({ workspaceId }) => workspaceId === history.state);
