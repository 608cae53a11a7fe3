// The ratios as bars, legible on a light and on a dark page.
import type { Row, Unit } from '../measurement.ts';
import { meetsTarget } from '../statistics.ts';
import { bound } from './table.ts';

const WIDTH = 980;
const LINE = 26;
const TOP = 66;
/** Where bars begin; a bar of ratio 1 is this long, and longer ones are cut at twice that. */
const BARS = 560;
const ONE = 130;
const MAX_RATIO = 2;

const COLOURS = { met: '#2da44e', missed: '#d1242f', shown: '#6e7781' } as const;

/** Of rates more is better, of all else less. */
const RATES: readonly Unit[] = ['requests/s', 'rows/s'];

/** A bar longer than twice the other is broken near its end: its figure stands beside it. */
export const pictureOf = (rows: readonly Row[]): string => {
  const height = TOP + rows.length * LINE + 12;
  const one = BARS + ONE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<title>This service in units of what it is measured against</title>
<style>text { fill: #24292f } line { stroke: #6e7781 } .bound { stroke: #24292f; stroke-width: 2 } .page, .break { fill: #ffffff } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bound { stroke: #e6edf3 } .page, .break { fill: #0d1117 } }</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text x="12" y="20" font-weight="bold">This service in units of what it is measured against</text>
${legend(42)}
<text x="${one}" y="${TOP - 8}" text-anchor="middle" font-size="11">1 = the same</text>
<line x1="${one}" x2="${one}" y1="${TOP - 4}" y2="${height - 8}" stroke-dasharray="3 3"/>
${rows.map((row, index) => barOf(row, TOP + index * LINE)).join('\n')}
</svg>
`;
};

const legend = (y: number): string =>
  [
    swatch(12, y, COLOURS.met, 'keeps its bound'),
    swatch(152, y, COLOURS.missed, 'misses it'),
    swatch(244, y, COLOURS.shown, 'has none'),
    `<line class="bound" x1="334" x2="334" y1="${y - 13}" y2="${y + 3}"/><text x="342" y="${y}">the bound</text>`,
    `<text x="424" y="${y}">◂ less is better</text><text x="540" y="${y}">▸ more is better</text>`,
    `<rect x="664" y="${y - 12}" width="40" height="14" rx="2" fill="${COLOURS.shown}"/>${breakAt(688, y - 14, 18)}`,
    `<text x="712" y="${y}">a bar that goes on beyond twice</text>`,
  ].join('\n');

const swatch = (x: number, y: number, colour: string, text: string): string =>
  `<rect x="${x}" y="${y - 12}" width="14" height="14" rx="2" fill="${colour}"/><text x="${x + 20}" y="${y}">${text}</text>`;

/** Two slanted gaps. */
const breakAt = (x: number, y: number, height: number): string =>
  [0, 6]
    .map((by) => {
      const left = x + by;
      return `<path class="break" d="M${left} ${y + height}l5 -${height}h3l-5 ${height}z"/>`;
    })
    .join('');

const barOf = (row: Row, y: number): string => {
  const { what, unit, against, ratio, target } = row;
  const isBroken = ratio > MAX_RATIO;
  const length = Math.min(ratio, MAX_RATIO) * ONE;
  const middle = y + 16;
  const better = RATES.includes(unit) ? '▸' : '◂';
  const text = `${better} ${ratio.toFixed(2)}${target ? ` (must be ${bound(target)})` : ''}`;
  const limit = target?.atMost ?? target?.atLeast;
  const at = BARS + Math.min(limit ?? 0, MAX_RATIO) * ONE;
  return [
    `<text x="${BARS - 10}" y="${middle}" text-anchor="end">${escaped(`${what}, against ${against.name}`)}</text>`,
    `<rect x="${BARS}" y="${y + 4}" width="${length.toFixed(1)}" height="16" rx="2" fill="${colourOf(row)}"/>`,
    ...(isBroken ? [breakAt(BARS + length - 24, y + 2, 20)] : []),
    ...(limit === undefined
      ? []
      : [`<line class="bound" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${y + 1}" y2="${y + 23}"/>`]),
    `<text x="${(Math.max(BARS + length, BARS + ONE, at) + 10).toFixed(1)}" y="${middle}">${escaped(text)}</text>`,
  ].join('\n');
};

const colourOf = (row: Row): string => {
  const met = meetsTarget(row);
  if (met === undefined) {
    return COLOURS.shown;
  }
  return met ? COLOURS.met : COLOURS.missed;
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
