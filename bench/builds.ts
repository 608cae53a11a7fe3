// Builds of everything that is measured: our functions as they are deployed, the peers as the CDK would deploy them.
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle, type EntryPoint, options, projectRoot } from '../lib/bundling.ts';

/** By their files in `peers/`. */
export type Peer = 'empty' | 'empty-with-sdk' | 'two-clients' | 'usual-parts' | 'data-api-client' | 'drizzle';

/** As NodejsFunction bundles unless told otherwise, with the SDK. */
const CDK_DEFAULTS = { bundle: true, platform: 'node', target: 'node24', logLevel: 'error' } as const;
const OUR_OPTIONS = { ...options, sourcemap: false } as const;

/** By the file to load. */
export const buildFunctions = (folder: string): Record<EntryPoint, string> => ({
  'get-model': buildFunction('get-model', folder),
  'set-model': buildFunction('set-model', folder),
  provision: buildFunction('provision', folder),
  migrate: buildFunction('migrate', folder),
});

/** By the file to load. Two of them are our get-model with another database room, and built as ours. */
export const buildPeers = (folder: string): Record<Peer, string> => ({
  empty: buildPeer('empty', folder, CDK_DEFAULTS),
  'empty-with-sdk': buildPeer('empty-with-sdk', folder, OUR_OPTIONS),
  'two-clients': buildPeer('two-clients', folder, CDK_DEFAULTS),
  'usual-parts': buildPeer('usual-parts', folder, CDK_DEFAULTS),
  'data-api-client': buildPeer('data-api-client', folder, OUR_OPTIONS),
  drizzle: buildPeer('drizzle', folder, OUR_OPTIONS),
});

const buildFunction = (entry: EntryPoint, folder: string): string => {
  bundle(entry, join(folder, entry), join(folder, 'source-maps'));
  return join(folder, entry, 'index.js');
};

const buildPeer = (
  peer: Peer,
  folder: string,
  buildOptions: typeof CDK_DEFAULTS | typeof OUR_OPTIONS,
): string => {
  const outfile = join(folder, `peer-${peer}`, 'index.js');
  buildSync({ ...buildOptions, entryPoints: [join(projectRoot, 'bench/peers', `${peer}.ts`)], outfile });
  return outfile;
};
