// One workspace: its pick, what is wrong with it, set and clear, what a machine would get, and the history.
import { useEffect, useRef } from 'preact/hooks';
import type { ListedPick, Problem } from '../../../client/client.ts';
import { HistoryView } from './history-view.ts';
import { html } from './html.ts';
import { MachineView } from './machine-view.ts';
import { useDraft } from './use-draft.ts';
import { usePick } from './use-pick.ts';

interface Props {
  pick: ListedPick;
  /** How often the page was asked to read anew; the pick comes with the fleet. */
  readings: number;
  onChange: (pick: ListedPick) => void;
  onClose: () => void;
}

export const Workspace = ({ pick, readings, onChange, onClose }: Props) => {
  const { workspaceId } = pick;
  const heading = useRef<HTMLHeadingElement>(null);
  // On a phone it lies below the fleet.
  useEffect(() => heading.current?.focus(), []);
  const draft = useDraft(pick);
  const { isBusy, done, refusal, successes, set, clear, readAgain } = usePick(pick, draft, onChange);
  // The button that was pressed may go with what it mends.
  const setInstead = (wanted: string) => {
    heading.current?.focus();
    set(wanted);
  };
  const isCleared = draft.over.source === 'default';
  const version = `${readings}-${successes}-${pick.etag}`;

  return html`<section class="workspace" aria-labelledby="workspace-name">
    <header>
      <h2 id="workspace-name" ref=${heading} tabindex="-1">${pick.name}</h2>
      <button type="button" onClick=${onClose}>Close</button>
    </header>
    <p class="quiet">${workspaceId} · ${pick.runtime ?? 'no runtime'}</p>
    <${Wrong} problem=${pick.problem} onTry=${setInstead} />
    <form onSubmit=${(event: Event) => {
      event.preventDefault();
      set(draft.model);
    }}>
      <div class="field"><label for="model">Model</label>
      <input id="model" value=${draft.model} autocomplete="off" spellcheck=${false}
        onInput=${(event: Event & { currentTarget: HTMLInputElement }) => draft.edit(event.currentTarget.value)} /></div>
      <button type="submit" disabled=${draft.model.trim() === ''} aria-disabled=${isBusy}>Set</button>
      <button type="button" onClick=${isCleared ? undefined : clear} aria-disabled=${isBusy || isCleared}>Clear</button>
      <button type="button" onClick=${readAgain} aria-disabled=${isBusy}>Read again</button>
    </form>
    <div role="alert">
      ${refusal && html`<p class="refusal">${refusal.message}</p>`}
      ${draft.isNewer && html`<p>Stored now: ${pick.source === 'default' ? 'no pick' : pick.model || 'a value that no key opens'}</p>`}
    </div>
    <${Suggestions} ids=${refusal?.suggestions ?? []} onTry=${setInstead} />
    <p role="status">${isBusy ? 'Waiting for the answer …' : done}</p>
    <${MachineView} version=${version} pick=${pick} />
    <${HistoryView} version=${version} workspaceId=${workspaceId} onRestore=${setInstead} />
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
