// The fleet as a grid of which only the rows in view are in the page: a hundred thousand rows cost as much as thirty.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ListedPick } from '../../../client/client.ts';
import { html } from './html.ts';

/** As in console.css. */
const ROW_HEIGHT = 44;
const SPARE_ROWS = 8;

interface Props {
  picks: ListedPick[];
  selected: string | undefined;
  onOpen: (pick: ListedPick) => void;
}

const STEPS: Record<string, (page: number) => number> = {
  ArrowDown: () => 1,
  ArrowUp: () => -1,
  PageDown: (page) => page,
  PageUp: (page) => -page,
  Home: () => Number.NEGATIVE_INFINITY,
  End: () => Number.POSITIVE_INFINITY,
};

export const FleetTable = ({ picks, selected, onOpen }: Props) => {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [active, setActive] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setHeight(entry.contentRect.height));
    if (box.current) {
      observer.observe(box.current);
    }
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - SPARE_ROWS);
  const last = Math.min(picks.length, Math.ceil((top + height) / ROW_HEIGHT) + SPARE_ROWS);
  const at = Math.min(active, Math.max(0, picks.length - 1));

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
    const pick = picks[at];
    if (event.key === 'Enter' && pick) {
      onOpen(pick);
    }
    const step = STEPS[event.key]?.(page);
    if (step === undefined || !box.current) {
      return;
    }
    event.preventDefault();
    const next = Math.max(0, Math.min(picks.length - 1, at + step));
    setActive(next);
    const y = next * ROW_HEIGHT;
    box.current.scrollTop = Math.min(y, Math.max(box.current.scrollTop, y + ROW_HEIGHT - height));
  };

  return html`<div
    ref=${box}
    class="grid"
    role="grid"
    tabindex="0"
    aria-label="Fleet"
    aria-rowcount=${picks.length}
    aria-activedescendant=${picks[at] === undefined ? undefined : `row-${at}`}
    onScroll=${(event: Event & { currentTarget: HTMLDivElement }) => setTop(event.currentTarget.scrollTop)}
    onKeyDown=${onKeyDown}
  >
    <div role="rowgroup" class="rows" ref=${(rows: HTMLElement | null) => {
      // By script, because the policy forbids style attributes in markup.
      if (rows) {
        rows.style.height = `${picks.length * ROW_HEIGHT}px`;
      }
    }}>
      ${picks.slice(first, last).map((pick, offset) => {
        const index = first + offset;
        return html`<${Row} key=${pick.workspaceId} pick=${pick} index=${index} isActive=${index === at}
          isSelected=${pick.workspaceId === selected}
          onOpen=${() => {
            setActive(index);
            onOpen(pick);
          }} />`;
      })}
    </div>
  </div>`;
};

interface RowProps {
  pick: ListedPick;
  index: number;
  isActive: boolean;
  isSelected: boolean;
  onOpen: () => void;
}

const Row = ({ pick, index, isActive, isSelected, onOpen }: RowProps) => html`<div
  role="row"
  id=${`row-${index}`}
  aria-rowindex=${index + 1}
  aria-selected=${isSelected}
  class=${isActive ? 'row active' : 'row'}
  onClick=${onOpen}
  ref=${(row: HTMLElement | null) => {
    if (row) {
      row.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    }
  }}
>
  <span role="gridcell" class="name">${pick.name}</span>
  <span role="gridcell" class="runtime">${pick.runtime ?? '–'}</span>
  <span role="gridcell" class="model">${pick.source === 'default' ? 'no pick' : pick.model}</span>
  <span role="gridcell" class="problem">${pick.problem?.code ?? ''}</span>
</div>`;
