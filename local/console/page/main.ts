// The console: the fleet with its filters, one workspace beside it.
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ListedPick, OfferedModel, OfferedModels } from '../../../client/client.ts';
import { about, client } from './api.ts';
import { FilterFields } from './filter-fields.ts';
import { type Filters, isShown, MOST_ROWS, NO_FILTERS, unlisted } from './fleet.ts';
import { FleetTable } from './fleet-table.ts';
import { backToFleet, focusOn } from './focus.ts';
import { html } from './html.ts';
import { MigrationView } from './migration-view.ts';
import { Replace } from './replace.ts';
import { useFleet } from './use-fleet.ts';
import { useOpened } from './use-opened.ts';
import { Workspace } from './workspace.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const App = () => {
  const { picks, isLoading, isComplete, failure, ...fleet } = useFleet();
  const { opened, open, close, refreshOpened, updateOpened } = useOpened(picks);
  const [title, setTitle] = useState('');
  const [offered, setOffered] = useState<OfferedModels>();
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const [readings, setReadings] = useState(0);
  const [isReplacing, setReplacing] = useState(false);
  const shown = useMemo(() => picks.filter(isShown(filters)), [picks, filters]);

  const load = () => {
    client.models().then(setOffered, () => {});
    fleet.load(refreshOpened);
  };
  useEffect(() => {
    about().then(
      ({ title }) => setTitle(title),
      () => {},
    );
    load();
  }, []);
  const reload = () => {
    if (isLoading) {
      return;
    }
    setReadings((count) => count + 1);
    load();
  };
  const replace = () => {
    setReplacing(true);
    // Where it is open already.
    focusOn('#replace-title');
  };
  const change = (pick: ListedPick) => {
    fleet.change(pick);
    updateOpened(pick);
  };
  /** Also one that is listed, and hidden by a filter; one that is open already stays as it was read. */
  const openById = (id: string) => {
    const read = opened?.workspaceId === id ? opened : unlisted(id);
    open(picks.find(({ workspaceId }) => workspaceId === id) ?? read);
  };
  const filter = (changed: Partial<Filters>) => setFilters((before) => ({ ...before, ...changed }));
  const search = filters.search.trim();
  const isPart = !isLoading && !isComplete;
  const isCut = shown.length > MOST_ROWS;

  return html`<header class="top">
      <h1>Workspace models</h1>
      <p class="quiet">${title}</p>
      <nav><a href=${`/reference${location.hash}`}>API reference</a></nav>
    </header>
    <main>
      <section aria-label="Fleet" class="fleet">
        <form role="search" onSubmit=${(event: Event) => event.preventDefault()}>
          <${FilterFields} picks=${picks} filters=${filters} onChange=${filter} />
          <button type="button" onClick=${reload} aria-disabled=${isLoading}>Reload</button>
          <button type="button" onClick=${replace}>Replace …</button>
        </form>
        <p role="status">${isLoading ? 'Loading: ' : ''}${shown.length} of ${picks.length} workspaces${isPart ? ': the list is not complete' : ''}${isCut ? `: the first ${MOST_ROWS} are listed, so search for others` : ''}</p>
        <div role="alert">${failure !== '' && html`<p class="refusal">The fleet cannot be listed${isComplete ? ', and what is shown is from before' : ''}: ${failure}</p>`}</div>
        ${UUID.test(search) && shown.length === 0 && html`<p><button type="button" onClick=${() => openById(search.toLowerCase())}>Open ${search}</button></p>`}
        <${FleetTable} picks=${isCut ? shown.slice(0, MOST_ROWS) : shown} selected=${opened?.workspaceId} onOpen=${open} />
        <${MigrationView} readings=${readings} />
      </section>
      ${isReplacing && html`<${Replace} picks=${picks} isComplete=${isComplete} onChange=${change} onClose=${() => backToFleet(() => setReplacing(false))} />`}
      ${opened && html`<${Workspace} key=${opened.workspaceId} pick=${opened} readings=${readings} onChange=${change} onClose=${close} />`}
    </main>
    <datalist id="models">${(offered?.items ?? []).filter(isOffered).map(({ id }) => html`<option value=${id} />`)}</datalist>`;
};

/** Ids that can be picked: neither withdrawn ones nor patterns that end in `*`. */
const isOffered = ({ id, status }: OfferedModel): boolean => status === 'offered' && !id.endsWith('*');

render(html`<${App} />`, document.body);
