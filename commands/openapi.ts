// npm run openapi: writes openapi.json, the description of the HTTP API for programs.
import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../openapi/document.ts';
import { runCommand } from './command.ts';

const FILE = new URL('../openapi.json', import.meta.url);

await runCommand({
  name: 'npm run openapi',
  help: 'Usage: npm run openapi\n\nWrites openapi.json from the registry of routes and openapi/.',
  options: {},
  run: () => {
    writeFileSync(FILE, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
    console.log('Written: openapi.json');
  },
});
