// The project's own source files, without what was installed or built.
import { globSync } from 'node:fs';
import { projectRoot } from '../../lib/project.ts';

/** Their paths, relative to the project. @param extensions as `ts,mjs` */
export const sourceFiles = (extensions: string): string[] =>
  globSync(`**/*.{${extensions}}`, {
    cwd: projectRoot,
    exclude: (path) => /(?:^|\/)(?:node_modules|cdk\.out|\.local)$/.test(path),
  });
