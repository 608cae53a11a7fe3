// What a new machine of a workspace would get.
import { useEffect, useState } from 'preact/hooks';
import type { ListedPick } from '../../../client/client.ts';
import { type Machine, machineOf, messageOf } from './api.ts';
import { html } from './html.ts';

/** Stays open where another version is to be read. */
export const MachineView = ({ version, pick }: { version: string; pick: ListedPick }) => {
  const [machine, setMachine] = useState<Machine>();
  const [failure, setFailure] = useState('');
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    setMachine(undefined);
    setFailure('');
    let isWanted = isOpen;
    if (isOpen) {
      machineOf(pick.workspaceId, pick.runtime ?? 'unknown').then(
        (read) => isWanted && setMachine(read),
        (error) => isWanted && setFailure(messageOf(error)),
      );
    }
    return () => {
      isWanted = false;
    };
  }, [isOpen, version, pick.runtime]);
  return html`<details onToggle=${(event: Event & { currentTarget: HTMLDetailsElement }) => setOpen(event.currentTarget.open)}>
    <summary>What a new machine would get</summary>
    ${machine && html`<pre tabindex="0" aria-label="user-data">${machine.user_data}</pre>`}
    ${failure !== '' && html`<p class="refusal">No machine: ${failure}</p>`}
  </details>`;
};
