// The Markdown files of the project, and the tables in them that are written by code.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lib/project.ts';
import { tables } from './tables.ts';

const BLOCK = /(<!-- npm run docs writes this: (\S+) -->\n).*?(<!-- to here -->)/gs;

export interface Document {
  /** Relative to the project. */
  path: string;
  text: string;
}

export const readDocuments = (): Document[] =>
  globSync(['*.md', 'docs/**/*.md'], { cwd: projectRoot })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }));

/** The document's text with every table as the code has it now. @throws Error for a table that nobody writes */
export const withTables = ({ path, text }: Document): string =>
  text.replaceAll(BLOCK, (_, begin: string, name: string, end: string) => {
    const table = tables[name];
    if (table === undefined) {
      throw new Error(`${path} asks for a table "${name}". Known are ${Object.keys(tables).join(', ')}.`);
    }
    return `${begin}${table()}\n${end}`;
  });

/** The names of the tables that a document holds. */
export const tableNamesIn = ({ text }: Document): string[] =>
  [...text.matchAll(BLOCK)].flatMap(([, , name]) => name ?? []);

/** The paths of the documents that were stale. */
export const writeDocuments = (): string[] =>
  readDocuments().flatMap((document) => {
    const text = withTables(document);
    if (text === document.text) {
      return [];
    }
    writeFileSync(join(projectRoot, document.path), text);
    return [document.path];
  });
