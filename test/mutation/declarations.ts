// The functions and other declarations of a room: what a part of a mutation run is made of.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Each as `file:line-line`, as Stryker takes it, in the order of files and lines. */
export const declarationsOf = (folder: string): string[] =>
  globSync(`${folder}/**/*.ts`).sort().flatMap(placesIn);

const placesIn = (file: string): string[] => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  return source.statements
    .filter((statement) => !ts.isImportDeclaration(statement))
    .flatMap((statement): ts.Node[] =>
      ts.isClassDeclaration(statement) ? [...statement.members] : [statement],
    )
    .map((node) => `${file}:${lineOf(node.getStart(source))}-${lineOf(node.end)}`);
};
