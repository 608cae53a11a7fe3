// What `npm run test:peers` says at its end: the clients that it ran, and what it left out. A file of tests has the name
// of the package that it runs.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import * as z from 'zod';

const NEVER_RUN = [
  'the SDKs for Java, .NET, Ruby, Rust and others: neither npm nor PyPI has them',
  'version 2 of the AWS CLI: PyPI does not have it',
];

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');

const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

const pinned = (file: string, line: RegExp): [name: string, version: string][] =>
  [...read(file).matchAll(line)].map(([, name = '', version = '']) => [name, version]);

const versions = new Map([
  ...Object.entries(manifest.parse(JSON.parse(read('package.json'))).dependencies),
  ...pinned('requirements.txt', /^([\w-]+)==(.+)$/gm),
  ...pinned('go/go.mod', /\/([\w-]+) v(\S+)$/gm),
]);

/** By name and version; npm, PyPI and Go have no name twice here. */
const peerOf = (file: string): string => {
  const name = basename(file, '.test.ts');
  return `${name} ${versions.get(name)}`;
};

const count = (tests: TestCase[]): number => tests.reduce((sum, test) => sum + (test.meta().cases ?? 1), 0);

/** What a file has run, and where that is nothing, why it is left out. */
const outcomeOf = (module: TestModule): { ran?: string; leftOut?: string } => {
  const passed = [...module.children.allTests('passed')];
  const failed = [...module.children.allTests('failed')];
  const [skipped] = module.children.allTests('skipped');
  if (passed.length + failed.length > 0 || module.state() === 'failed') {
    return { ran: `${count(passed)} cases passed, ${count(failed)} failed` };
  }
  const result = skipped?.result();
  return { leftOut: (result?.state === 'skipped' && result.note) || 'not asked for' };
};

const list = (heading: string, lines: string[]): string =>
  lines.length === 0 ? '' : `\n${heading}\n${lines.map((line) => `  ${line}\n`).join('')}`;

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = globSync('*.test.ts', { cwd: import.meta.dirname }).sort();
    const outcomes = files.map((file) => {
      const module = modules.find(({ moduleId }) => basename(moduleId) === file);
      return {
        peer: peerOf(file),
        ...(module === undefined ? { leftOut: 'not asked for' } : outcomeOf(module)),
      };
    });
    const ran = outcomes.flatMap(({ peer, ran }) => (ran === undefined ? [] : [`${peer}: ${ran}`]));
    const leftOut = outcomes.flatMap(({ peer, leftOut }) =>
      leftOut === undefined ? [] : [`${peer}: ${leftOut}`],
    );
    console.log(
      list('Ran over the local AWS endpoint:', ran) + list('Left out:', [...leftOut, ...NEVER_RUN]),
    );
  }
}
