// What decides how fast a function is and does not depend on the machine; `npm run bench` measures the rest.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type FunctionName, functionNames } from '../../../functions/contract.ts';
import { BILL_FILE, NOTICES_FILE } from '../../../lib/bill-of-materials.ts';
import { bundle, largestBundle } from '../../../lib/bundling.ts';
import { isDataApi } from '../../helpers/disturbances.ts';
import { type Service, startService } from '../../helpers/service.ts';

const run = promisify(execFile);

/** Packages in a bundle. Each is read and compiled in every cold start. */
const PACKAGES = [
  '@aws-sdk/client-rds-data',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/core',
  '@aws/lambda-invoke-store',
  '@middy/core',
  '@smithy/core',
  '@smithy/node-http-handler',
  '@smithy/signature-v4',
  '@smithy/types',
  'zod',
];
/** Modules of Node that a bundle loads before its first invocation. */
const BUILTINS = [
  'node:crypto',
  'node:fs',
  'node:https',
  'node:os',
  'node:path',
  'node:process',
  'node:stream',
  'node:timers',
  'node:timers/promises',
];

const ADVICE =
  'loaded at init beyond the list in this test. Load it later, or leave it out in lib/bundling.ts; where it is worth ' +
  'its time in every cold start, add it to the list and say why in the commit.';

const REQUIRED = `
  const { Module } = require('node:module');
  const required = new Set();
  const load = Module.prototype.require;
  Module.prototype.require = function (id) { required.add(id); return load.call(this, id); };
  require(process.argv[1]);
  process.stdout.write(JSON.stringify([...required].filter((id) => Module.isBuiltin(id))));
  process.exit();`;

/** One invocation of a bundle in a process of its own; prints the answer last, after the line of the log. */
const INVOKED = `
  require(process.argv[1]).handler(JSON.parse(process.argv[2]), { awsRequestId: 'bundle' })
    .then((answer) => { console.log(JSON.stringify(answer)); process.exit(); });`;

let folder: string;
let service: Service;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  for (const entry of functionNames()) {
    bundle(entry, join(folder, entry), join(folder, 'maps'));
  }
  service = await startService();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await service.close();
});

const Bill = z.object({
  bomFormat: z.string(),
  specVersion: z.string(),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      licenses: z.array(z.object({ license: z.object({ id: z.string() }) })),
      purl: z.string(),
    }),
  ),
});

const packagesIn = (entry: string): string[] => {
  const map = JSON.parse(readFileSync(join(folder, 'maps', `${entry}.js.map`), 'utf8'));
  const { sources } = z.object({ sources: z.array(z.string()) }).parse(map);
  const names = sources.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
};

const builtinsOf = (entry: FunctionName): string[] => {
  const env = service.variablesOf(entry);
  const printed = execFileSync(process.execPath, ['-e', REQUIRED, join(folder, entry, 'index.js')], { env });
  return z.array(z.string()).parse(JSON.parse(printed.toString()));
};

describe.each(functionNames())('the bundle of %s', (entry) => {
  it('is no larger than its limit', () => {
    expect(statSync(join(folder, entry, 'index.js')).size).toBeLessThanOrEqual(largestBundle(entry));
  });

  it('bundles no further package', () => {
    const more = packagesIn(entry).filter((name) => !PACKAGES.includes(name));
    expect(more, `Packages ${ADVICE}`).toEqual([]);
  });

  it('goes with a bill of what is in it, and with the licences of all of it', () => {
    const { bomFormat, specVersion, components } = Bill.parse(
      JSON.parse(readFileSync(join(folder, entry, BILL_FILE), 'utf8')),
    );
    expect([bomFormat, specVersion]).toEqual(['CycloneDX', '1.6']);
    expect(components.map(({ name }) => name)).toEqual(packagesIn(entry).sort());
    const notices = readFileSync(join(folder, entry, NOTICES_FILE), 'utf8');
    for (const section of notices.split(/\n-{80}\n/)) {
      expect(section).toMatch(/Permission is hereby granted|Apache License/);
    }
    for (const { name, version, licenses, purl } of components) {
      const [id] = licenses.map(({ license }) => license.id);
      expect(['Apache-2.0', 'MIT'], `The licence of ${name}`).toContain(id);
      expect(notices).toContain(`${name} ${version} (${id})`);
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    }
  });

  it('loads no further module of Node at init', () => {
    const more = builtinsOf(entry).filter((name) => !BUILTINS.includes(name));
    expect(more, `Modules ${ADVICE}`).toEqual([]);
  });
});

it('takes its settings from the environment and never from files', async () => {
  const file = join(folder, 'config');
  writeFileSync(file, '[default]\nmax_attempts = nonsense\nuse_fips_endpoint = true\n');
  const id = await service.addWorkspace();
  await service.put(id, 'opus');
  const event = JSON.stringify({ pathParameters: { id } });

  const { stdout } = await run(process.execPath, ['-e', INVOKED, join(folder, 'get-model/index.js'), event], {
    env: { ...service.variablesOf('get-model'), AWS_CONFIG_FILE: file },
  });

  const [, answer = ''] = stdout.trim().split('\n');
  expect(JSON.parse(answer)).toMatchObject({ statusCode: 200, body: expect.stringContaining('opus') });
});

describe('an operation makes one Data API call', () => {
  const countCalls = async (action: () => Promise<unknown>) =>
    (await service.callsDuring(action)).filter(isDataApi).length;

  it('makes one Data API call for each operation, over HTTP and by Invoke', async () => {
    const id = await service.addWorkspace();
    expect(await countCalls(() => service.put(id, 'minimax/MiniMax-M2.7'))).toBe(1);
    expect(await countCalls(() => service.get(id))).toBe(1);
    expect(await countCalls(() => service.provision({ workspace_id: id, runtime: 'hermes' }))).toBe(1);
    expect(await countCalls(() => service.put(id, ''))).toBe(1);
  });
});
