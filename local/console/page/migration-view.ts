// The migrations: the report of the last one, and the progress of one that is running.
import { useEffect, useState } from 'preact/hooks';
import { type Migrations, type MigrationVersion, messageOf, migrations } from './api.ts';
import { html } from './html.ts';

const POLL_MS = 2_000;
/** A step may wait for a lock, or take its time. A run that has died stands still for good. */
const LONGEST_STANDSTILL_MS = 60_000;

interface Props {
  /** How often the page was asked to read anew. */
  readings: number;
}

export const MigrationView = ({ readings }: Props) => {
  const [seen, setSeen] = useState<Migrations>();
  const [failure, setFailure] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [isFollowed, setFollowed] = useState(true);
  // Again only while it is shown, or something moves: each look is a Data API call, and keeps a database awake that would pause.
  useEffect(() => {
    let isWanted = true;
    let timer = 0;
    let progress = NO_PROGRESS;
    let movedAt = Number.NEGATIVE_INFINITY;
    const look = async () => {
      try {
        const read = await migrations();
        if (!isWanted) {
          return;
        }
        setSeen(read);
        setFailure('');
        const now = progressOf(read);
        if (now !== progress) {
          progress = now;
          movedAt = performance.now();
        }
      } catch (error) {
        setFailure(messageOf(error));
      }
      // Between two versions none is running.
      const isFollowed = isOpen || performance.now() - movedAt < LONGEST_STANDSTILL_MS;
      setFollowed(isFollowed);
      if (isWanted && isFollowed) {
        timer = setTimeout(look, POLL_MS);
      }
    };
    look();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [isOpen, readings]);
  const rename = seen?.rename;
  return html`<details class="migrations" onToggle=${(event: Event & { currentTarget: HTMLDetailsElement }) => setOpen(event.currentTarget.open)}>
    <summary>Migrations${seen?.versions.some(isRunning) ? `: one ${isFollowed ? 'is' : 'was'} running` : ''}</summary>
    ${failure !== '' && html`<p class="refusal">${failure}</p>`}
    <ul>${(seen?.versions ?? []).map((version) => html`<li key=${version.version}><${Version} version=${version} /></li>`)}</ul>
    ${rename && html`<p>The rename: ${rename.renamed} renamed, ${rename.superseded} superseded.</p>`}
  </details>`;
};

const isRunning = ({ state }: MigrationVersion): boolean => state === 'applying' || state === 'reverting';

/** How far the running ones are, to be compared. */
const progressOf = ({ versions }: Migrations): string => JSON.stringify(versions.filter(isRunning));

/** None is running. */
const NO_PROGRESS = '[]';

const Version = ({ version }: { version: MigrationVersion }) =>
  html`${version.version} ${version.name}: ${isRunning(version) ? html`<${Progress} version=${version} />` : stateOf(version)}`;

const stateOf = ({ state, finishedAt }: MigrationVersion): string =>
  state === 'stale' ? 'to be applied again' : `${state} at ${finishedAt?.slice(0, 19)} UTC`;

const Progress = ({
  version: { version, state, step, page, endPage, changed },
}: {
  version: MigrationVersion;
}) =>
  html`${state}, step ${step + 1}, ${changed} rows
  <progress aria-label=${`Progress of ${version}`} value=${page} max=${Math.max(1, endPage)}></progress>`;
