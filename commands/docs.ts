// npm run docs: writes into the documents what repeats the code: tables between marks, and the picture of `npm start`.
import { parseArgs } from 'node:util';
import { writeDocuments } from './docs/documents.ts';
import { writeStartPicture } from './docs/start-picture.ts';

const HELP = `Usage: npm run docs [-- --picture]

Writes the tables that repeat code into README.md, CONTRIBUTING.md and docs/, between their marks.
--picture  also runs "npm start" once and writes docs/pictures/start.svg of what it prints`;

const { values } = parseArgs({
  options: { picture: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});

if (values.help) {
  console.log(HELP);
} else {
  const written = [...writeDocuments(), ...(values.picture ? [await writeStartPicture()] : [])];
  console.log(written.length === 0 ? 'Every table is as the code has it.' : `Written: ${written.join(', ')}`);
}
