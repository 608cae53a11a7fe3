// The migrations: the report of the last one, and the progress of one that is running.
import { useEffect, useState } from 'preact/hooks';
import { type Migrations, type MigrationVersion, messageOf, migrations } from './api.ts';
import { html } from './html.ts';

const POLL_MS = 2_000;

interface Props {
  /** How often the page was asked to read anew. */
  readings: number;
}

export const MigrationView = ({ readings }: Props) => {
  const [seen, setSeen] = useState<Migrations>();
  const [failure, setFailure] = useState('');
  const [isOpen, setOpen] = useState(false);
  const isRunning = seen?.versions.some(({ state }) => state !== 'applied') ?? false;
  const look = async () => {
    try {
      setSeen(await migrations());
      setFailure('');
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  useEffect(() => {
    look();
  }, [readings]);
  // Only while it is shown: each request is a Data API call, and keeps a database awake that would pause.
  const isWatched = isOpen || isRunning;
  useEffect(() => {
    if (!isWatched) {
      return undefined;
    }
    look();
    const timer = setInterval(look, POLL_MS);
    return () => clearInterval(timer);
  }, [isWatched]);
  const rename = seen?.rename;
  return html`<details class="migrations" onToggle=${(event: Event & { currentTarget: HTMLDetailsElement }) => setOpen(event.currentTarget.open)}>
    <summary>Migrations${isRunning ? ': one is running' : ''}</summary>
    ${failure !== '' && html`<p class="refusal">${failure}</p>`}
    <ul>${(seen?.versions ?? []).map((version) => html`<li key=${version.version}><${Version} version=${version} /></li>`)}</ul>
    ${rename && html`<p>The rename: ${rename.renamed} renamed, ${rename.superseded} superseded.</p>`}
  </details>`;
};

const Version = ({
  version: { version, name, state, step, page, endPage, changed, finishedAt },
}: {
  version: MigrationVersion;
}) =>
  html`${version} ${name}: ${state}${finishedAt ? ` at ${finishedAt.slice(0, 19)} UTC` : ''}
  ${
    state !== 'applied' &&
    html`, step ${step + 1}, ${changed} rows
    <progress aria-label=${`Progress of ${version}`} value=${page} max=${Math.max(1, endPage)}></progress>`
  }`;
