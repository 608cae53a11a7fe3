// Builds of everything that is measured: our functions as they are deployed, the peers as the CDK would deploy them.
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { type FunctionName, functionNames, recordOf } from '../functions/contract.ts';
import { bundle, options } from '../lib/bundling.ts';
import { projectRoot } from '../lib/project.ts';

export type Peer =
  | 'empty'
  | 'empty-with-sdk'
  | 'two-clients'
  | 'two-clients-two-calls'
  | 'two-clients-bundled'
  | 'hand-signed'
  | 'usual-parts'
  | 'data-api-client'
  | 'drizzle';

/** As NodejsFunction bundles with `bundleAwsSDK`. */
const WITH_SDK = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  logLevel: 'error',
} satisfies BuildOptions;
/** As NodejsFunction bundles unless told otherwise: the SDK is left to the runtime's copy, see `runtimeModules`. */
const CDK_DEFAULTS = { ...WITH_SDK, external: ['@aws-sdk/*', '@smithy/*'] } satisfies BuildOptions;
const OUR_OPTIONS = { ...options, sourcemap: false } satisfies BuildOptions;

/** Stands for the folder of the runtime with its copy of the SDK, which Lambda puts into NODE_PATH. */
export const runtimeModules = join(projectRoot, 'node_modules');

/** By the file to load. */
export const buildFunctions = (folder: string): Record<FunctionName, string> =>
  recordOf(functionNames(), (name) => buildFunction(name, folder));

/** By the file to load. Two of them are our get-model with another database room, and built as ours. */
export const buildPeers = (folder: string): Record<Peer, string> => ({
  empty: buildPeer('empty', 'empty', folder, CDK_DEFAULTS),
  'empty-with-sdk': buildPeer('empty-with-sdk', 'empty-with-sdk', folder, OUR_OPTIONS),
  'two-clients': buildPeer('two-clients', 'two-clients', folder, CDK_DEFAULTS),
  'two-clients-two-calls': buildPeer('two-clients-two-calls', 'two-clients-two-calls', folder, CDK_DEFAULTS),
  'two-clients-bundled': buildPeer('two-clients', 'two-clients-bundled', folder, WITH_SDK),
  'hand-signed': buildPeer('hand-signed', 'hand-signed', folder, CDK_DEFAULTS),
  'usual-parts': buildPeer('usual-parts', 'usual-parts', folder, CDK_DEFAULTS),
  'data-api-client': buildPeer('data-api-client', 'data-api-client', folder, OUR_OPTIONS),
  drizzle: buildPeer('drizzle', 'drizzle', folder, OUR_OPTIONS),
});

const buildFunction = (name: FunctionName, folder: string): string => {
  bundle(name, join(folder, name), join(folder, 'source-maps'));
  return join(folder, name, 'index.js');
};

/** `source` is a file in `peers/`. */
const buildPeer = (source: string, peer: Peer, folder: string, buildOptions: BuildOptions): string => {
  const outfile = join(folder, `peer-${peer}`, 'index.js');
  buildSync({ ...buildOptions, entryPoints: [join(projectRoot, 'bench/peers', `${source}.ts`)], outfile });
  return outfile;
};
