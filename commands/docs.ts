// npm run docs: writes into the documents what repeats the code: tables between marks, and pictures of what commands print.
import { runCommand } from './command.ts';
import { writeDocuments } from './docs/documents.ts';
import { writePictures } from './docs/pictures.ts';

const HELP = `Usage: npm run docs [-- --pictures]

Writes the tables that repeat code into README.md, CONTRIBUTING.md and docs/, between their marks.
--pictures  also runs "npm start" and the audit once, and writes pictures of what they print to docs/pictures/`;

await runCommand({
  name: 'npm run docs',
  help: HELP,
  options: { pictures: { type: 'boolean', default: false } },
  run: async ({ pictures }) => {
    const written = [...writeDocuments(), ...(pictures ? await writePictures() : [])];
    console.log(
      written.length === 0 ? 'Every table is as the code has it.' : `Written: ${written.join(', ')}`,
    );
  },
});
