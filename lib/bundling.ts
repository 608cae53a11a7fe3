// How a function's source becomes what is uploaded. The benchmark builds with the same call, so it measures what is deployed.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { type FunctionName, functionNames, recordOf } from '../functions/contract.ts';
import { type Package, packagesOf, writeBillOfMaterials } from './bill-of-materials.ts';
import { MIGRATIONS_DIRECTORY, MIGRATIONS_FOLDER, projectRoot } from './project.ts';

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
 * Writes `index.js` of one function and what it is made of into `outputFolder`, ready to be zipped, and its source map into
 * `mapsFolder`: in the package the map would be loaded and would double the download; beside the build it still decodes a
 * stack.
 */
export const bundle = (name: FunctionName, outputFolder: string, mapsFolder: string): void => {
  built ??= build();
  const { code, map, packages } = built[name];
  mkdirSync(outputFolder, { recursive: true });
  writeFileSync(join(outputFolder, 'index.js'), code);
  writeBillOfMaterials(name, packages, outputFolder);
  mkdirSync(mapsFolder, { recursive: true });
  writeFileSync(join(mapsFolder, `${name}.js.map`), map);
  if (name === 'migrate') {
    cpSync(MIGRATIONS_DIRECTORY, join(outputFolder, MIGRATIONS_FOLDER), { recursive: true });
  }
};

interface Built {
  code: Uint8Array;
  map: Uint8Array;
  packages: Package[];
}

/** All are built by one call, with the first that is asked for: what they share is read once. */
let built: Record<FunctionName, Built> | undefined;

/** Nothing is written there; it is what paths in source maps are relative to. */
const OUTPUT = 'bundles';

const build = (): Record<FunctionName, Built> => {
  const { outputFiles, metafile } = buildSync({
    ...options,
    absWorkingDir: projectRoot,
    entryPoints: functionNames().map((name) => join('functions', `${name}.ts`)),
    outdir: OUTPUT,
    write: false,
    metafile: true,
  });
  return recordOf(functionNames(), (name) => {
    const file = join(OUTPUT, `${name}.js`);
    const contentsOf = (path: string): Uint8Array => {
      const output = outputFiles.find((each) => each.path === join(projectRoot, path));
      if (output === undefined) {
        throw new Error(`esbuild has built no ${path}.`);
      }
      return output.contents;
    };
    const inputs = Object.entries(metafile.outputs[file]?.inputs ?? {});
    return {
      code: contentsOf(file),
      map: contentsOf(`${file}.map`),
      packages: packagesOf(projectRoot, inputs),
    };
  });
};

/**
 * How large a bundle may be, in bytes. migrate also has the engine, its checks of all legacy rows, its ways back, what it
 * takes from others in the database and what could stop it half-way, and answers no request.
 */
export const largestBundle = (name: FunctionName): number => (name === 'migrate' ? 360_000 : 260_000);
