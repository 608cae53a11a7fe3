// One workspace: its pick, what is wrong with it, set and clear, what a machine would get, and the history.
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  ApiError,
  type HistoryEntry,
  type ListedPick,
  type Problem,
  unchanged,
} from '../../../client/client.ts';
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

/** What was typed, and the pick that it was typed over. */
interface Draft {
  model: string;
  over: ListedPick;
}

export const Workspace = ({ pick, readings, onChange, onClose }: Props) => {
  const { workspaceId } = pick;
  /** None where the field shows what is stored, and follows it. */
  const [draft, setDraft] = useState<Draft>();
  const [refusal, setRefusal] = useState<Refusal>();
  const [done, setDone] = useState('');
  const [changes, setChanges] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const writes = useRef(0);
  const model = draft?.model ?? pick.model;
  /** Writes are conditional on it: a newer pick, which the field has not shown, is not overwritten. */
  const over = draft?.over ?? pick;

  const isNewer = pick.etag !== over.etag;

  const edit = (typed: string) =>
    setDraft(typed === over.model && !isNewer ? undefined : { model: typed, over });
  /** What was written here: what was typed meanwhile stays, over it. */
  const show = (stored: ListedPick) => {
    writes.current += 1;
    onChange(stored);
    setDraft((now) =>
      now === draft || now?.model === stored.model ? undefined : now && { ...now, over: stored },
    );
  };
  const read = async () => ({ ...pick, ...(await client.get(workspaceId)) });
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
      setChanges((count) => count + 1);
    } catch (error) {
      refuse(error);
      if (isChanged(error)) {
        await read().then(onChange, refuse);
      }
    }
    setBusy(false);
  };
  const set = (wanted: string) =>
    attempt(async () => {
      const { model, warning, etag } = await client.set(workspaceId, wanted, unchanged(over.etag));
      show({ ...pick, model, source: 'workspace_secrets', problem: warning, etag });
      return warning ? `Saved ${model}, with a warning: ${warning.reason}` : `Saved ${model}.`;
    });
  // The button that was pressed may go with what it mends.
  const setInstead = (wanted: string) => {
    heading.current?.focus();
    set(wanted);
  };
  const clear = () =>
    attempt(async () => {
      await client.clear(workspaceId, unchanged(over.etag));
      show({ ...pick, model: '', source: 'default', problem: undefined, etag: undefined });
      return 'Cleared: the runtime uses its own default.';
    });
  const isCleared = over.source === 'default';
  /** Gives up what was typed, and not what is typed until the answer comes. */
  const readAgain = () =>
    attempt(async () => {
      onChange(await read().finally(() => setDraft((now) => (now === draft ? undefined : now))));
      return '';
    });

  useEffect(() => {
    // On a phone it lies below the fleet.
    heading.current?.focus();
    // An answer that comes after a write may be from before it.
    read().then((stored) => writes.current === 0 && onChange(stored), refuse);
  }, []);
  const version = `${readings}-${changes}-${pick.etag}`;

  return html`<section class="workspace" aria-labelledby="workspace-name">
    <header>
      <h2 id="workspace-name" ref=${heading} tabindex="-1">${pick.name}</h2>
      <button type="button" onClick=${onClose}>Close</button>
    </header>
    <p class="quiet">${workspaceId} · ${pick.runtime ?? 'no runtime'}</p>
    <${Wrong} problem=${pick.problem} onTry=${setInstead} />
    <form onSubmit=${(event: Event) => {
      event.preventDefault();
      set(model);
    }}>
      <div class="field"><label for="model">Model</label>
      <input id="model" value=${model} autocomplete="off" spellcheck=${false}
        onInput=${(event: Event & { currentTarget: HTMLInputElement }) => edit(event.currentTarget.value)} /></div>
      <button type="submit" disabled=${model.trim() === ''} aria-disabled=${isBusy}>Set</button>
      <button type="button" onClick=${isCleared ? undefined : clear} aria-disabled=${isBusy || isCleared}>Clear</button>
      <button type="button" onClick=${readAgain} aria-disabled=${isBusy}>Read again</button>
    </form>
    <div role="alert">
      ${refusal && html`<p class="refusal">${refusal.message}</p>`}
      ${isNewer && html`<p>Stored now: ${pick.source === 'default' ? 'no pick' : pick.model || 'what no key opens'}</p>`}
    </div>
    <${Suggestions} ids=${refusal?.suggestions ?? []} onTry=${setInstead} />
    <p role="status">${isBusy ? 'Waiting for the answer …' : done}</p>
    <${MachineView} version=${version} pick=${pick} />
    <${History} version=${version} workspaceId=${workspaceId} onRestore=${setInstead} />
  </section>`;
};

const isChanged = (error: unknown): boolean => error instanceof ApiError && error.code === 'PICK_CHANGED';

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

interface HistoryProps {
  version: string;
  workspaceId: string;
  onRestore: (model: string) => void;
}

const History = ({ version, workspaceId, onRestore }: HistoryProps) => {
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
