// By what the fleet is filtered: text, a runtime, a problem.
import type { ListedPick } from '../../../client/client.ts';
import { choicesOf, type Filters } from './fleet.ts';
import { html } from './html.ts';

interface Props {
  picks: ListedPick[];
  filters: Filters;
  onChange: (changed: Partial<Filters>) => void;
}

export const FilterFields = ({ picks, filters, onChange }: Props) => {
  const set =
    (name: keyof Filters) => (event: Event & { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      onChange({ [name]: event.currentTarget.value });
  return html`
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
    </select></div>`;
};
