// What `npm run test:peers` says at its end.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

const { dependencies } = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')));
const packages = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
const python = [...read('requirements.txt').matchAll(/^([\w-]+)==(.+)$/gm)].map(
  ([, name, version]) => `${name} ${version}`,
);

export const teardown = (): void => {
  console.log(`Ran: ${[...packages, ...python].join(', ')}.`);
  console.log(
    'Left out: the SDKs for Go, Java, .NET, Ruby and Rust, and version 2 of the AWS CLI, which PyPI does not have.',
  );
};
