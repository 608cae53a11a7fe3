// Who saved or cleared a workspace's model.
import { useEffect, useState } from 'preact/hooks';
import type { HistoryEntry } from '../../../client/client.ts';
import { client, messageOf } from './api.ts';
import { html } from './html.ts';

interface Props {
  version: string;
  workspaceId: string;
  onRestore: (model: string) => void;
}

export const HistoryView = ({ version, workspaceId, onRestore }: Props) => {
  const [entries, setEntries] = useState<HistoryEntry[]>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    let isWanted = true;
    setFailure('');
    client.history(workspaceId).then(
      (read) => isWanted && setEntries(read),
      (error) => isWanted && setFailure(messageOf(error)),
    );
    return () => {
      isWanted = false;
    };
  }, [version]);
  return html`<h3>History</h3>
    <p class="quiet">Only what was set or cleared through this service.</p>
    ${failure !== '' && html`<p class="refusal">${failure}</p>`}
    ${entries?.length === 0 && html`<p>Nothing yet.</p>`}
    <ol class="history">
      ${(entries ?? []).map(
        ({ at, action, actor, model }) => html`<li key=${`${at} ${action} ${model}`}>
          <time datetime=${at}>${at.slice(0, 19).replace('T', ' ')} UTC</time> ${action} ${model ?? ''}
          <span class="quiet"> by ${actor}</span>
          ${model !== undefined && html` <button type="button" aria-label=${`Put back ${model}`} onClick=${() => onRestore(model)}>Put back</button>`}
        </li>`,
      )}
    </ol>`;
};
