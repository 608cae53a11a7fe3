// What a whole run leaves: the figures, and the machine that they are of.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { Row } from '../measurement.ts';
import { type Machine, withFigures } from './markdown.ts';
import { pictureOf } from './picture.ts';

const file = (name: string): URL => new URL(`../${name}`, import.meta.url);

export const writeResults = (rows: readonly Row[]): void => {
  const machine: Machine = {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
  writeFileSync(file('results.json'), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  writeFileSync(file('results.svg'), pictureOf(rows));
  const document = file('../docs/performance.md');
  writeFileSync(document, withFigures(readFileSync(document, 'utf8'), machine, rows));
};
