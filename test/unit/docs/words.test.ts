// The words that CONTRIBUTING.md says are not used are not used.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDocuments } from '../../../commands/docs/documents.ts';
import { projectRoot } from '../../../lib/project.ts';
import { sourceFiles } from '../../helpers/source-files.ts';

const WORDS = 'CONTRIBUTING.md';

const texts = [
  ...sourceFiles('ts,mjs,sql').map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') })),
  ...readDocuments().filter(({ path }) => path !== WORDS),
];

const unused = (): string[] => {
  const contributing = readFileSync(join(projectRoot, WORDS), 'utf8');
  const [, list = ''] = /These words are not used: (.+?)\.\n/s.exec(contributing) ?? [];
  return [...list.matchAll(/\*(.+?)\*/gs)].map(([, word = '']) => word);
};

it.each(unused())('finds "%s" nowhere in the code and the documents', (word) => {
  const pattern = new RegExp(`\\b${word}\\b`, 'i');

  expect(texts.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
});
