// One workspace: its pick, what is wrong with it, set and clear, what a machine would get, and the history.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HistoryEntry, ListedPick, Problem } from '../../../client/client.ts';
import { client, type Machine, machineOf, messageOf, suggestionsOf } from './api.ts';
import { html } from './html.ts';

interface Props {
  pick: ListedPick;
  /** How often the page was asked to read anew; the pick comes with the fleet. */
  readings: number;
  onChange: (pick: ListedPick) => void;
  onClose: () => void;
}

interface Refusal {
  message: string;
  suggestions: string[];
}

export const Workspace = ({ pick, readings, onChange, onClose }: Props) => {
  const { workspaceId } = pick;
  const [model, setModel] = useState(pick.model);
  const [refusal, setRefusal] = useState<Refusal>();
  const [done, setDone] = useState('');
  const [changes, setChanges] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);

  /** Reads the pick anew: another writer may have changed it. */
  const refresh = async () => {
    const { model, source, problem, etag } = await client.get(workspaceId);
    onChange({ ...pick, model, source, problem, etag });
    return model;
  };
  /** What was typed meanwhile stays. */
  const show = (stored: string, before: string) => setModel((typed) => (typed === before ? stored : typed));
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
      show(await refresh(), model);
      setChanges((count) => count + 1);
    } catch (error) {
      setRefusal({ message: messageOf(error), suggestions: suggestionsOf(error) });
    }
    setBusy(false);
  };
  // On the condition that the pick is still the one shown, or none: a newer one is not overwritten.
  const condition = () => (pick.etag === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: pick.etag });
  const set = (wanted: string) =>
    attempt(async () => {
      const { model, warning } = await client.set(workspaceId, wanted, condition());
      return warning ? `Saved ${model}, with a warning: ${warning.reason}` : `Saved ${model}.`;
    });
  const clear = () =>
    attempt(async () => {
      await client.clear(workspaceId, pick.etag === undefined ? {} : { ifMatch: pick.etag });
      return 'Cleared: the runtime uses its own default.';
    });

  // As where the fleet was read anew: the pick that a write is conditional on is the one in the field, or the one typed over it.
  const shown = useRef(pick.model);
  useEffect(() => {
    show(pick.model, shown.current);
    shown.current = pick.model;
  }, [pick.model]);
  useEffect(() => {
    // On a phone it lies below the fleet.
    heading.current?.focus();
    refresh().catch((error) => setRefusal({ message: messageOf(error), suggestions: [] }));
  }, []);
  const version = `${readings}-${changes}-${pick.etag}`;

  return html`<section class="workspace" aria-labelledby="workspace-name">
    <header>
      <h2 id="workspace-name" ref=${heading} tabindex="-1">${pick.name}</h2>
      <button type="button" onClick=${onClose}>Close</button>
    </header>
    <p class="quiet">${workspaceId} · ${pick.runtime ?? 'no runtime'}</p>
    <${Wrong} problem=${pick.problem} onTry=${set} />
    <form onSubmit=${(event: Event) => {
      event.preventDefault();
      set(model);
    }}>
      <div class="field"><label for="model">Model</label>
      <input id="model" value=${model} autocomplete="off" spellcheck=${false}
        onInput=${(event: Event & { currentTarget: HTMLInputElement }) => setModel(event.currentTarget.value)} /></div>
      <button type="submit" disabled=${isBusy || model.trim() === ''}>Set</button>
      <button type="button" onClick=${clear} disabled=${isBusy || pick.model === ''}>Clear</button>
      <button type="button" onClick=${() => attempt(async () => '')} disabled=${isBusy}>Read again</button>
    </form>
    <div role="alert">${refusal && html`<p class="refusal">${refusal.message}</p>`}</div>
    <${Suggestions} ids=${refusal?.suggestions ?? []} onTry=${set} />
    <p role="status">${isBusy ? 'Waiting for the answer …' : done}</p>
    <${MachineView} version=${version} pick=${pick} />
    <${History} key=${version} workspaceId=${workspaceId} onRestore=${set} />
  </section>`;
};

const Wrong = ({ problem, onTry }: { problem: Problem | undefined; onTry: (model: string) => void }) =>
  problem &&
  html`<div class="wrong">
    <p><strong>${problem.code}</strong> ${problem.reason}</p>
    <${Suggestions} ids=${problem.suggestions} onTry=${onTry} />
  </div>`;

const Suggestions = ({ ids, onTry }: { ids: string[]; onTry: (model: string) => void }) =>
  ids.length > 0 &&
  html`<p>
    Set instead:
    ${ids.map((id) => html` <button type="button" class="suggestion" onClick=${() => onTry(id)}>${id}</button>`)}
  </p>`;

/** Stays open where another version is to be read. */
const MachineView = ({ version, pick }: { version: string; pick: ListedPick }) => {
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

const History = ({ workspaceId, onRestore }: { workspaceId: string; onRestore: (model: string) => void }) => {
  const [entries, setEntries] = useState<HistoryEntry[]>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    client.history(workspaceId).then(setEntries, (error) => setFailure(messageOf(error)));
  }, []);
  return html`<h3>History</h3>
    <p class="quiet">Only what was set or cleared through this service.</p>
    ${failure !== '' && html`<p class="refusal">${failure}</p>`}
    ${entries?.length === 0 && html`<p>Nothing yet.</p>`}
    <ol class="history">
      ${(entries ?? []).map(
        ({ at, action, actor, model }) => html`<li>
          <time datetime=${at}>${at.slice(0, 19).replace('T', ' ')} UTC</time> ${action} ${model ?? ''}
          <span class="quiet"> by ${actor}</span>
          ${model !== undefined && html` <button type="button" aria-label=${`Put back ${model}`} onClick=${() => onRestore(model)}>Put back</button>`}
        </li>`,
      )}
    </ol>`;
};
