// npm prints lines of its own on stdout: a command whose output is for a program is documented with -s.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDocuments } from '../../../commands/docs/documents.ts';
import { projectRoot } from '../../../lib/project.ts';

const textOf = (path: string) => readFileSync(join(projectRoot, path), 'utf8');

const COMMANDS = ['models', 'migrate', 'bench'];

it('documents no command with --json or --csv without -s', () => {
  const texts = [
    ...readDocuments(),
    ...COMMANDS.map((name) => ({ path: name, text: textOf(`commands/${name}.ts`) })),
  ];
  const loud = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/npm run (?!-s )[^`\n[]*--(?:json|csv)/g)].map(([command]) => `${path}: ${command}`),
  );
  expect(loud).toEqual([]);
});

it.each(COMMANDS)('names -s in the help of %s', (name) => {
  expect(textOf(`commands/${name}.ts`)).toMatch(new RegExp(`npm run -s ${name} -- [^\n]*--json`));
});
