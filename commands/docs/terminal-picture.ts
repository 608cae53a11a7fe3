// Text as a picture of a terminal (SVG).

const COLUMNS = 168;
const CHARACTER_WIDTH = 7.2;
const LINE_HEIGHT = 17;
const PADDING = 18;
const BAR_HEIGHT = 30;

/** `text` in a window, with the command that was typed above it. Long lines are wrapped, as a terminal does it. */
export const terminalPicture = (command: string, text: string): string => {
  const lines = [`$ ${command}`, ...text.trimEnd().split('\n').flatMap(wrapped)];
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH) + 2 * PADDING;
  const height = lines.length * LINE_HEIGHT + 2 * PADDING + BAR_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(`The output of ${command}`)}">
<style>
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d6dde6; white-space: pre; }
.command { fill: #7ee0a8; }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#14191f"/>
<circle cx="20" cy="17" r="5" fill="#5b6672"/><circle cx="38" cy="17" r="5" fill="#5b6672"/><circle cx="56" cy="17" r="5" fill="#5b6672"/>
${lines.map(element).join('\n')}
</svg>
`;
};

const wrapped = (line: string): string[] =>
  line === '' ? [''] : (line.match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? []);

/** The length is given, so that columns stay in line whatever font the reader has. */
const element = (line: string, index: number): string => {
  const y = BAR_HEIGHT + PADDING + index * LINE_HEIGHT;
  const length = (line.length * CHARACTER_WIDTH).toFixed(1);
  if (line === '') {
    return '';
  }
  return `<text x="${PADDING}" y="${y}" textLength="${length}" xml:space="preserve"${index === 0 ? ' class="command"' : ''}>${escaped(line)}</text>`;
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
