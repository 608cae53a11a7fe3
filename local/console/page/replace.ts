// Replaces one model by another over the fleet: first a preview, then one conditional write for each pick.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, type ListedPick, unchanged } from '../../../client/client.ts';
import { client, messageOf } from './api.ts';
import { html } from './html.ts';

interface Props {
  picks: ListedPick[];
  /** Whether these are the whole fleet. */
  isComplete: boolean;
  onChange: (pick: ListedPick) => void;
  onClose: () => void;
}

interface Outcome {
  changed: number;
  /** Picks that somebody has changed meanwhile, and workspaces that are gone. */
  skipped: number;
  refused: number;
  /** Whether the next one would fail alike, as where the API is out of reach. */
  isStuck: boolean;
  last: string;
}

const NOTHING: Outcome = { changed: 0, skipped: 0, refused: 0, isStuck: false, last: '' };
const SKIPPED = ['PICK_CHANGED', 'WORKSPACE_NOT_FOUND'];

export const Replace = ({ picks, isComplete, onChange, onClose }: Props) => {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [outcome, setOutcome] = useState<Outcome>();
  const [isRunning, setRunning] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const isStopped = useRef(false);
  const stop = () => {
    isStopped.current = true;
  };
  useEffect(() => {
    // On a phone it lies below the fleet.
    heading.current?.focus();
    // What nobody sees any more changes nothing any more.
    return stop;
  }, []);
  const found = from === '' ? [] : picks.filter(({ model }) => model === from);

  const canRun = isComplete && !isRunning && found.length > 0 && to !== '';
  const run = async () => {
    if (!canRun) {
      return;
    }
    isStopped.current = false;
    setRunning(true);
    let now = NOTHING;
    setOutcome(now);
    for (const pick of found) {
      if (isStopped.current) {
        break;
      }
      now = await replaceOne(pick, to, now, onChange);
      setOutcome(now);
      isStopped.current ||= now.isStuck;
    }
    setRunning(false);
  };
  const field = (id: string, label: string, value: string, change: (value: string) => void) => html`
    <div class="field"><label for=${id}>${label}</label>
    <input id=${id} list="models" value=${value} autocomplete="off" spellcheck=${false}
      onInput=${(event: Event & { currentTarget: HTMLInputElement }) => change(event.currentTarget.value.trim())} /></div>`;

  return html`<section aria-labelledby="replace-title">
    <header><h2 id="replace-title" ref=${heading} tabindex="-1">Replace a model</h2><button type="button" onClick=${onClose}>Close</button></header>
    <form onSubmit=${(event: Event) => {
      event.preventDefault();
      run();
    }}>
      ${field('from', 'Every pick of', from, setFrom)} ${field('to', 'becomes', to, setTo)}
      <button type="submit" aria-disabled=${!canRun}>Replace ${found.length} picks</button>
      <button type="button" onClick=${stop} aria-disabled=${!isRunning}>Stop</button>
    </form>
    ${!isComplete && html`<p>This needs the whole fleet, which is not loaded yet: wait, or Close and Reload.</p>`}
    <p>${found.length} workspaces have this pick${
      found.length > 0
        ? `: ${found
            .slice(0, 10)
            .map(({ name }) => name)
            .join(', ')}${found.length > 10 ? ', …' : ''}`
        : ''
    }.</p>
    <p role="status">${outcome && `${outcome.changed} changed, ${outcome.skipped} skipped, ${outcome.refused} refused. ${outcome.last}`}</p>
  </section>`;
};

const replaceOne = async (
  pick: ListedPick,
  to: string,
  before: Outcome,
  onChange: (pick: ListedPick) => void,
): Promise<Outcome> => {
  try {
    const { model, warning, etag } = await client.set(pick.workspaceId, to, unchanged(pick.etag));
    onChange({ ...pick, model, problem: warning, etag });
    return { ...before, changed: before.changed + 1 };
  } catch (error) {
    const { status, code } = error instanceof ApiError ? error : { status: 0, code: '' };
    if (SKIPPED.includes(code)) {
      return { ...before, skipped: before.skipped + 1 };
    }
    if (status === 422) {
      return { ...before, refused: before.refused + 1, last: messageOf(error) };
    }
    return { ...before, isStuck: true, last: `Stopped: ${messageOf(error)}` };
  }
};
