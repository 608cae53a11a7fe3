// Links between the documents lead somewhere, files that they name are there, tables have as many cells as their heads, and
// README stays short.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { describe, expect, it } from 'vitest';
import { type Document, readDocuments } from '../../../commands/docs/documents.ts';
import { projectRoot } from '../../../lib/project.ts';
import { sourceFiles } from '../../helpers/source-files.ts';

const MAX_README_LINES = 130;

const documents = readDocuments();

/** Without code, in which brackets and bars mean something else. */
const proseOf = ({ text }: Document): string =>
  text.replaceAll(/^( *)```.*?^\1```$/gms, '').replaceAll(/`[^`\n]*`/g, '``');

const anchorsOf = ({ text }: Document): string[] => {
  const slugger = new GithubSlugger();
  const headings = text.replaceAll(/^( *)```.*?^\1```$/gms, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) => slugger.slug(heading.replaceAll('`', '')));
};

const anchors = new Map(documents.map((document) => [document.path, anchorsOf(document)]));

/** What a reader would meet at the link, if that is nothing. */
const brokenLink = (from: string, link: string): string | undefined => {
  if (/^https?:/.test(link)) {
    return undefined;
  }
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(projectRoot, target))) {
    return `${link}: no such file`;
  }
  if (anchor !== undefined && !anchors.get(target)?.includes(anchor)) {
    return `${link}: no such heading`;
  }
  return undefined;
};

const sources = sourceFiles('ts,mjs');

/** Documents name a file by its path, or by the end of it. */
const isSource = (name: string): boolean => sources.some((path) => `/${path}`.endsWith(`/${name}`));

const cellsOf = (row: string): number => row.split(/(?<!\\)\|/).length - 2;

describe.each(documents)('$path', (document) => {
  it('has links to files and headings that are there', () => {
    const links = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    expect(links.flatMap((link) => brokenLink(document.path, link) ?? [])).toEqual([]);
  });

  it('names source files that are there', () => {
    const names = [...document.text.matchAll(/`(\w[\w./-]*\.(?:ts|mjs))`/g)].map(([, name = '']) => name);
    expect(names.filter((name) => !isSource(name))).toEqual([]);
  });

  it('has as many cells in each row as in the head of its table', () => {
    const tables = proseOf(document).match(/(?:^\|.*\n)+/gm) ?? [];
    const uneven = tables.flatMap((table) => {
      const [head = '', ...rows] = table.trimEnd().split('\n');
      return rows.filter((row) => cellsOf(row) !== cellsOf(head));
    });
    expect(uneven).toEqual([]);
  });
});

it('keeps README.md at 130 lines at most', () => {
  const readme = documents.find(({ path }) => path === 'README.md');
  expect(readme?.text.split('\n').length).toBeLessThanOrEqual(MAX_README_LINES);
});

it('reaches every document by links from README.md', () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) {
      return;
    }
    reached.add(path);
    const document = documents.find((each) => each.path === path);
    const links = document === undefined ? [] : [...proseOf(document).matchAll(/\]\(([^)\s#]+)/g)];
    for (const [, link = ''] of links) {
      visit(join(dirname(path), link));
    }
  };
  visit('README.md');
  expect(documents.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});
