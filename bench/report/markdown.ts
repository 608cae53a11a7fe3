// The part of docs/performance.md that holds figures: the machine, and the ratios as a table.
import type { Row } from '../measurement.ts';
import { bound } from './table.ts';

export interface Machine {
  cores: number;
  cpu: string;
  node: string;
  platform: string;
}

const BEGIN = '<!-- npm run bench writes this -->';
const END = '<!-- to here -->';

/** `document` with the figures between its two marks replaced. */
export const withFigures = (document: string, machine: Machine, rows: readonly Row[]): string => {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error(`docs/performance.md lacks the marks ${BEGIN} and ${END}.`);
  }
  return `${document.slice(0, begin + BEGIN.length)}\n${figures(machine, rows)}\n${document.slice(end)}`;
};

const figures = ({ cores, cpu, node, platform }: Machine, rows: readonly Row[]): string =>
  [
    `${cores} cores (${cpu}), ${platform}, Node ${node}; ratios of medians, and round by round the median of ratios:`,
    '',
    '| what | against | ratio | must be |',
    '|---|---|---|---|',
    ...rows.map(
      ({ what, against, ratio, target }) =>
        `| ${what} | ${against.name} | ${ratio.toFixed(2)} | ${target ? bound(target) : 'shown'} |`,
    ),
    '',
  ].join('\n');
