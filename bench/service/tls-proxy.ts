// Starts the network before the local stack, with certificates that were made for it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import { nextMessage } from '../runtime/next-message.ts';
import { type TlsProxySettings, tlsProxyMessage } from './messages.ts';

const SERVER = fileURLToPath(new URL('./tls-proxy-server.ts', import.meta.url));
const AUTHORITY = [{ name: 'basicConstraints' as const, cA: true, critical: true }];

export interface TlsProxy {
  /** By round trip in milliseconds. */
  urls: ReadonlyMap<number, string>;
  /** What a process has to trust, in PEM. */
  rootFile: string;
  close: () => Promise<void>;
}

export const startTlsProxy = async (
  targetUrl: string,
  roundTripsMs: readonly number[],
  directory: string,
): Promise<TlsProxy> => {
  const { key, cert, root } = await makeChain();
  const rootFile = join(directory, 'root.pem');
  writeFileSync(rootFile, root);
  const settings: TlsProxySettings = { targetUrl, key, cert, roundTripsMs: [...roundTripsMs] };
  const server = fork(SERVER, [JSON.stringify(settings)]);
  const { urls } = tlsProxyMessage.parse(await nextMessage(server, 'The network'));
  return {
    urls: new Map(roundTripsMs.map((ms, index) => [ms, urls[index] ?? ''])),
    rootFile,
    close: async () => {
      const exited = once(server, 'exit');
      server.disconnect();
      await exited;
    },
  };
};

/** A root, one that it has signed, and the server's: as many as AWS's servers have, each of 2,048 bits. */
const makeChain = async () => {
  const named = (name: string) => [{ name: 'commonName', value: name }];
  const root = await generate(named('Root'), { extensions: AUTHORITY });
  const between = await generate(named('Between'), { extensions: AUTHORITY, ca: asAuthority(root) });
  const server = await generate(named('localhost'), { ca: asAuthority(between) });
  return { key: server.private, cert: `${server.cert}\n${between.cert}`, root: root.cert };
};

const asAuthority = (pem: { private: string; cert: string }) => ({ key: pem.private, cert: pem.cert });
