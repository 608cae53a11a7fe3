// The console: the fleet with its filters, one workspace beside it.
import { render } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ListedPick, OfferedModel, OfferedModels } from '../../../client/client.ts';
import { about, client, messageOf } from './api.ts';
import { choicesOf, type Filters, isShown, NO_FILTERS, withPick } from './fleet.ts';
import { FleetTable } from './fleet-table.ts';
import { html } from './html.ts';
import { MigrationView } from './migration-view.ts';
import { Replace } from './replace.ts';
import { Workspace } from './workspace.ts';

const PAGE_SIZE = 500;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A workspace of which only the id is known. */
const unlisted = (workspaceId: string): ListedPick => ({
  workspaceId,
  name: workspaceId,
  runtime: undefined,
  model: '',
  source: 'default',
  problem: undefined,
  updatedAt: undefined,
  etag: undefined,
});

/** An opened workspace is an entry of the browser's history, so that Back closes it; the address stays, with its key. */
const openedIn = (picks: ListedPick[]): ListedPick | undefined =>
  picks.find(({ workspaceId }) => workspaceId === history.state);

const App = () => {
  const [title, setTitle] = useState('');
  const [picks, setPicks] = useState<ListedPick[]>([]);
  const [isLoading, setLoading] = useState(true);
  /** Whether the picks are a whole fleet, as it was when it was last read. */
  const [isComplete, setComplete] = useState(false);
  const [failure, setFailure] = useState('');
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const [opened, setOpened] = useState<ListedPick>();
  const [readings, setReadings] = useState(0);
  const [isReplacing, setReplacing] = useState(false);
  const [offered, setOffered] = useState<OfferedModels>();
  const shown = useMemo(() => picks.filter(isShown(filters)), [picks, filters]);

  // While pages still come, theirs may be older than what was just read or set.
  const changed = useRef(new Map<string, ListedPick>());
  const load = async () => {
    client.models().then(setOffered, () => {});
    changed.current.clear();
    setLoading(true);
    setFailure('');
    const all: ListedPick[] = [];
    try {
      for await (const pick of client.listAll({ limit: PAGE_SIZE })) {
        all.push(pick);
        // What is shown already stays until all is read.
        if (all.length === PAGE_SIZE && !isComplete) {
          setPicks([...all]);
        }
      }
      const read = all.map((pick) => changed.current.get(pick.workspaceId) ?? pick);
      setPicks(read);
      setOpened((before) => openedIn(read) ?? before);
      setComplete(true);
    } catch (error) {
      setFailure(messageOf(error));
    }
    setLoading(false);
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
  const open = (pick: ListedPick) => {
    if (opened === undefined) {
      history.pushState(pick.workspaceId, '');
    } else {
      history.replaceState(pick.workspaceId, '');
    }
    setOpened(pick);
    if (pick.workspaceId === opened?.workspaceId) {
      focusOn('#workspace-name');
    }
  };
  const replace = () => {
    setReplacing(true);
    // Where it is open already.
    focusOn('#replace-title');
  };
  const close = () => {
    // Both: the button is gone before it could be pressed a second time, which would leave the page.
    backToFleet(() => setOpened(undefined));
    history.back();
  };
  useEffect(() => {
    const follow = () => backToFleet(() => setOpened(openedIn(picks)));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, [picks]);
  const change = (pick: ListedPick) => {
    changed.current.set(pick.workspaceId, pick);
    setPicks((before) => withPick(before, pick));
    setOpened((before) => (before?.workspaceId === pick.workspaceId ? pick : before));
  };
  const set =
    (name: keyof Filters) => (event: Event & { currentTarget: HTMLInputElement | HTMLSelectElement }) => {
      const { value } = event.currentTarget;
      setFilters((before) => ({ ...before, [name]: value }));
    };
  const search = filters.search.trim();
  const isPart = !isLoading && !isComplete;

  return html`<header class="top">
      <h1>Workspace models</h1>
      <p class="quiet">${title}</p>
      <nav><a href=${`/reference${location.hash}`}>API reference</a></nav>
    </header>
    <main>
      <section aria-label="Fleet" class="fleet">
        <form role="search" onSubmit=${(event: Event) => event.preventDefault()}>
          <div class="field"><label for="search">Search</label>
          <input id="search" type="search" placeholder="name, model or id" value=${filters.search} onInput=${set('search')} /></div>
          <div class="field"><label for="runtime">Runtime</label>
          <select id="runtime" value=${filters.runtime} onChange=${set('runtime')}>
            <option value="">all</option>
            ${choicesOf(picks, ({ runtime }) => runtime, filters.runtime).map(([name, count]) => html`<option value=${name}>${name} (${count})</option>`)}
          </select></div>
          <div class="field"><label for="problem">Problem</label>
          <select id="problem" value=${filters.problem} onChange=${set('problem')}>
            <option value="">all picks</option>
            <option value="any">any problem</option>
            ${choicesOf(picks, ({ problem }) => problem?.code, filters.problem === 'any' ? '' : filters.problem).map(([code, count]) => html`<option value=${code}>${code} (${count})</option>`)}
          </select></div>
          <button type="button" onClick=${reload} aria-disabled=${isLoading}>Reload</button>
          <button type="button" onClick=${replace}>Replace …</button>
        </form>
        <p role="status">${isLoading ? 'Loading: ' : ''}${shown.length} of ${picks.length} workspaces${isPart ? ': the list is not complete' : ''}</p>
        <div role="alert">${failure !== '' && html`<p class="refusal">The fleet cannot be listed${isComplete ? ' anew, and is shown as before' : ''}: ${failure}</p>`}</div>
        ${UUID.test(search) && shown.length === 0 && html`<p><button type="button" onClick=${() => open(unlisted(search.toLowerCase()))}>Open ${search}</button></p>`}
        <${FleetTable} picks=${shown} selected=${opened?.workspaceId} onOpen=${open} />
        <${MigrationView} readings=${readings} />
      </section>
      ${isReplacing && html`<${Replace} picks=${picks} isComplete=${isComplete} onChange=${change} onClose=${() => backToFleet(() => setReplacing(false))} />`}
      ${opened && html`<${Workspace} key=${opened.workspaceId} pick=${opened} readings=${readings} onChange=${change} onClose=${close} />`}
    </main>
    <datalist id="models">${(offered?.items ?? []).filter(isOffered).map(({ id }) => html`<option value=${id} />`)}</datalist>`;
};

/** The button that was pressed goes with what it closes: the keyboard goes on in the fleet. */
const backToFleet = (close: () => void): void => {
  close();
  focusOn('[role="grid"]');
};

/** What lies out of view is scrolled to. */
const focusOn = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus();

/** Ids that can be picked: neither withdrawn ones nor patterns that end in `*`. */
const isOffered = ({ id, status }: OfferedModel): boolean => status === 'offered' && !id.endsWith('*');

render(html`<${App} />`, document.body);
