// `npm run rehearse`: deploys the service with the real CDK CLI against an AWS emulator that joins it to a demo fleet,
// checks through what was deployed that it does what the documents say, and prints a table of what it checked.
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { freePort } from '../local/support/listen.ts';
import { confine } from '../rehearsal/acts/confinement.ts';
import { deployFirst } from '../rehearsal/acts/first-deploy.ts';
import { keepHttpContract } from '../rehearsal/acts/http-contract.ts';
import { deployAgain } from '../rehearsal/acts/later-deploys.ts';
import { keepProvisionContract } from '../rehearsal/acts/provision-contract.ts';
import { refuseDeploys } from '../rehearsal/acts/refused-deploys.ts';
import { remove } from '../rehearsal/acts/removal.ts';
import { lintTemplates } from '../rehearsal/acts/templates.ts';
import { makeCallers } from '../rehearsal/callers.ts';
import { Cdk } from '../rehearsal/cdk.ts';
import { Checks } from '../rehearsal/checks.ts';
import { region, rootCredentials, startEmulator } from '../rehearsal/emulator.ts';
import { Platform } from '../rehearsal/platform.ts';
import { MissingPythonError, pythonTool } from '../rehearsal/python-tools.ts';
import { keepLogs, keptLogs, openRunFolder, removeRunFolder } from '../rehearsal/run-folder.ts';

const INTERRUPTED = 130;

const checks = new Checks();
const endings: (() => Promise<void>)[] = [];

const prepare = async () => {
  const folder = await openRunFolder();
  endings.push(() => removeRunFolder(folder));
  endings.push(async () => {
    if (checks.failed) {
      keepLogs(folder);
    }
  });
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const platform = await Platform.start(folder, endpoint);
  endings.push(() => platform.close());
  const emulator = await startEmulator(folder, port, platform.stack.aws.url);
  endings.push(() => emulator.close());

  const cdk = new Cdk(folder, endpoint);
  await cdk.bootstrap();
  const callers = await makeCallers(endpoint);
  const joined = await platform.joinBy(
    new SecretsManagerClient({ endpoint, region, credentials: rootCredentials }),
  );
  const context = { ...joined.context, provisionInvokers: callers.controlPlane.roleArn };
  return { ...joined, context, checks, cdk, platform, callers, endpoint, folder };
};

const rehearse = async (): Promise<void> => {
  const stage = await prepare();
  await lintTemplates(stage);
  await refuseDeploys(stage);
  const service = await deployFirst(stage);
  await keepHttpContract(stage, service);
  await keepProvisionContract(stage, service);
  await confine(stage, service);
  await deployAgain(stage, service);
  await remove(stage);
};

const end = async (): Promise<void> => {
  for (let ending = endings.pop(); ending !== undefined; ending = endings.pop()) {
    // Whatever one meets, the others still have to happen.
    await ending().catch(console.error);
  }
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => end().finally(() => process.exit(INTERRUPTED)));
}

const startedAt = performance.now();
// Before anything is started that would have to be ended: the emulator may have to be installed, or Python be missing.
try {
  pythonTool('ministack');
} catch (error) {
  if (!(error instanceof MissingPythonError)) {
    throw error;
  }
  console.error(error.message);
  process.exit(1);
}
try {
  await rehearse();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await end();
}
console.log(`\n${checks}\n\n${((performance.now() - startedAt) / 1_000).toFixed(0)} s in all.`);
if (checks.failed) {
  console.log(`What ran is logged in ${keptLogs}.`);
  process.exitCode = 1;
}
