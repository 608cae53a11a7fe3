import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_SETTINGS, functionOptions } from '../../../local/functions/service-functions.ts';
import { WorkerFunction } from '../../../local/functions/worker-function.ts';

const environment = {
  ...DEFAULT_SETTINGS,
  awsUrl: 'http://127.0.0.1:1',
  clusterArn: 'cluster',
  databaseSecretArn: 'owner',
  apiUserSecretArn: 'user',
  databaseName: 'database',
  encryptionKeySecretArn: 'key',
};

it('runs the bundle of a function where a folder of bundles is given, in the environment of the function', async () => {
  const bundlesDirectory = mkdtempSync(join(tmpdir(), 'bundles-'));
  onTestFinished(() => rmSync(bundlesDirectory, { recursive: true }));
  mkdirSync(join(bundlesDirectory, 'get-model'));
  writeFileSync(
    join(bundlesDirectory, 'get-model', 'index.js'),
    'exports.handler = async () => process.env.DATABASE_SECRET_ARN;',
  );
  const bundled = new WorkerFunction(
    functionOptions('get-model', { ...environment, bundlesDirectory }, () => {}),
  );
  onTestFinished(() => bundled.kill());

  expect(await bundled.invoke('{}')).toEqual({ failed: false, payload: '"user"', log: '' });
});
