// How a function's source becomes what is uploaded. The benchmark builds with the same call, so it measures what is deployed.
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import type { FunctionName } from '../functions/contract.ts';
import { writeBillOfMaterials } from './bill-of-materials.ts';

export const projectRoot = join(import.meta.dirname, '..');

/** The folder of SQL files, in the project and, under the same name, in the bundle of migrate. */
export const MIGRATIONS_FOLDER = 'migrations';

/** The AWS SDK is bundled: the runtime's own copy is another version, unminified, and loads slower. */
export const options = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  sourcemap: 'external',
  // The SDK's ES modules, of which esbuild leaves out what is not used; by default it takes their CommonJS.
  mainFields: ['module', 'main'],
  // "require" for "import()": the SDK imports node:http in its first call, and to import that reads all of its exports,
  // one of which loads the whole of fetch.
  supported: { 'dynamic-import': false },
  alias: {
    '@aws-sdk/credential-provider-node': join(projectRoot, 'functions/sdk/credentials.ts'),
    '@smithy/core/config': join(projectRoot, 'functions/sdk/settings.ts'),
  },
  // Neither service has an operation with an event stream. Bundled, it would keep esbuild from joining the modules.
  external: ['@smithy/core/event-streams'],
  // The SDK looks whether a body is one of these. To look at the global makes Node load its web streams.
  define: { ReadableStream: 'undefined' },
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Writes `index.js` of one function and what it is made of into `outputFolder`, ready to be zipped, and its source map into `mapsFolder`:
 * in the package the map would be loaded and would double the download; beside the build it still decodes a stack.
 */
export const bundle = (name: FunctionName, outputFolder: string, mapsFolder: string): void => {
  const outfile = join(outputFolder, 'index.js');
  const { metafile } = buildSync({
    ...options,
    absWorkingDir: projectRoot,
    entryPoints: [join('functions', `${name}.ts`)],
    outfile,
    metafile: true,
  });
  writeBillOfMaterials(name, { metafile, root: projectRoot }, outputFolder);
  mkdirSync(mapsFolder, { recursive: true });
  renameSync(`${outfile}.map`, join(mapsFolder, `${name}.js.map`));
  if (name === 'migrate') {
    cpSync(join(projectRoot, MIGRATIONS_FOLDER), join(outputFolder, MIGRATIONS_FOLDER), { recursive: true });
  }
};

/** How large a bundle may be, in bytes. migrate also has the engine, its checks and its ways back, and answers no request. */
export const largestBundle = (name: FunctionName): number => (name === 'migrate' ? 320_000 : 260_000);
