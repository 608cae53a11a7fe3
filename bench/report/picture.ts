// The ratios as bars, legible on a light and on a dark page.
import type { Row } from '../measurement.ts';
import { meetsTarget } from '../statistics.ts';
import { bound } from './table.ts';

const WIDTH = 980;
const LINE = 26;
const TOP = 44;
/** Where bars begin; a bar of ratio 1 is this long, and longer ones are cut at twice that. */
const BARS = 560;
const ONE = 130;
const MAX_RATIO = 2;

const COLOURS = { met: '#2da44e', missed: '#d1242f', shown: '#6e7781' } as const;

/** A bar longer than twice the other is cut: its figure stands beside it. */
export const pictureOf = (rows: readonly Row[]): string => {
  const height = TOP + rows.length * LINE + 12;
  const one = BARS + ONE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<title>This service in units of what it is measured against</title>
<style>text { fill: #24292f } line { stroke: #6e7781 } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } rect.page { fill: #0d1117 } }</style>
<rect class="page" width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="12" y="20" font-weight="bold">This service in units of what it is measured against</text>
<text x="${one}" y="36" text-anchor="middle" font-size="11">1 = the same</text>
<line x1="${one}" x2="${one}" y1="${TOP - 4}" y2="${height - 8}" stroke-dasharray="3 3"/>
${rows.map((row, index) => barOf(row, TOP + index * LINE)).join('\n')}
</svg>
`;
};

const barOf = (row: Row, y: number): string => {
  const { what, against, ratio, target } = row;
  const length = Math.min(ratio, MAX_RATIO) * ONE;
  const middle = y + 16;
  const text = `${ratio.toFixed(2)}${target ? ` (must be ${bound(target)})` : ''}`;
  return [
    `<text x="${BARS - 10}" y="${middle}" text-anchor="end">${escaped(`${what}, against ${against.name}`)}</text>`,
    `<rect x="${BARS}" y="${y + 4}" width="${length.toFixed(1)}" height="16" rx="2" fill="${colourOf(row)}"/>`,
    `<text x="${(Math.max(BARS + length, BARS + ONE) + 8).toFixed(1)}" y="${middle}">${escaped(text)}</text>`,
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
