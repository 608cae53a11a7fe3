// npm run docs: writes into the documents what repeats the code: tables between marks, and the picture of `npm start`.
import { runCommand } from './command.ts';
import { writeDocuments } from './docs/documents.ts';
import { writeStartPicture } from './docs/start-picture.ts';

const HELP = `Usage: npm run docs [-- --picture]

Writes the tables that repeat code into README.md, CONTRIBUTING.md and docs/, between their marks.
--picture  also runs "npm start" once and writes docs/pictures/start.svg of what it prints`;

await runCommand({
  name: 'npm run docs',
  help: HELP,
  options: { picture: { type: 'boolean', default: false } },
  run: async ({ picture }) => {
    const written = [...writeDocuments(), ...(picture ? [await writeStartPicture()] : [])];
    console.log(
      written.length === 0 ? 'Every table is as the code has it.' : `Written: ${written.join(', ')}`,
    );
  },
});
