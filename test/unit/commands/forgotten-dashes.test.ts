import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FLAGS } from '../../../commands/forgotten-dashes.mjs';

it('knows every option without a value that a command has', () => {
  const sources = globSync('commands/*.ts').map((file) => readFileSync(file, 'utf8'));
  const options = sources.flatMap((source) => [...source.matchAll(/([\w-]+)'?: \{ type: 'boolean'/g)]);
  expect([...FLAGS].sort()).toEqual([...new Set(options.map(([, name]) => `--${name}`))].sort());
});
