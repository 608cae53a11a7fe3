// npm run rehearse: deploys the service with the real CDK CLI against an AWS emulator that joins it to a demo fleet,
// checks through what was deployed that it does what the documents say, and prints a table of what it checked.
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { onEndSignal } from '../local/support/end-signals.ts';
import { Endings } from '../local/support/endings.ts';
import { freePort } from '../local/support/listen.ts';
import { confine } from '../rehearsal/acts/confinement.ts';
import { failCreation } from '../rehearsal/acts/failed-creation.ts';
import { deployFirst } from '../rehearsal/acts/first-deploy.ts';
import { keepHttpContract } from '../rehearsal/acts/http-contract.ts';
import { deployAgain } from '../rehearsal/acts/later-deploys.ts';
import { createOwnCluster } from '../rehearsal/acts/own-cluster.ts';
import { keepProvisionContract } from '../rehearsal/acts/provision-contract.ts';
import { refuseDeploys } from '../rehearsal/acts/refused-deploys.ts';
import { remove } from '../rehearsal/acts/removal.ts';
import { lintTemplates } from '../rehearsal/acts/templates.ts';
import { makeCallers } from '../rehearsal/callers.ts';
import { Cdk } from '../rehearsal/cdk.ts';
import { Checks } from '../rehearsal/checks.ts';
import { region, rootCredentials, startEmulator } from '../rehearsal/emulator.ts';
import { Platform } from '../rehearsal/platform.ts';
import { MissingPythonError } from '../rehearsal/python-environment.ts';
import { pythonTool } from '../rehearsal/python-tools.ts';
import { keepLogs, keptLogs, openRunFolder, removeRunFolder } from '../rehearsal/run-folder.ts';
import { runCommand } from './command.ts';
import { EXIT_CODES } from './exit-codes.ts';

const CHECKS = 42;

const HELP = `Usage: npm run rehearse

Plays every kind of deploy through on this machine: the real CDK CLI against an AWS emulator, the functions on Node, the
database on a PostgreSQL server of its own. It needs Python 3.10 or newer, no AWS account, and changes nothing outside
.local/. ${CHECKS} checks take about four to six minutes on two cores.
Exit codes: 0 all checks passed, 1 one failed (its logs are kept in .local/rehearsal-logs), 2 wrong usage, 130 interrupted.`;

const checks = new Checks(CHECKS);
const endings = new Endings();

const prepare = async () => {
  const folder = await openRunFolder();
  endings.add(() => removeRunFolder(folder));
  endings.add(async () => {
    if (checks.failed) {
      keepLogs(folder);
    }
  });
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const platform = await Platform.start(folder, endpoint);
  endings.add(() => platform.close());
  const emulator = await startEmulator(folder, port, platform.stack.aws.url);
  endings.add(() => emulator.close());

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
  await createOwnCluster(stage);
  await failCreation(stage);
  const service = await deployFirst(stage);
  await keepHttpContract(stage, service);
  await keepProvisionContract(stage, service);
  await confine(stage, service);
  await deployAgain(stage, service);
  await remove(stage);
};

const run = async (): Promise<void> => {
  const startedAt = performance.now();
  // Before anything is started that would have to be ended: the emulator may have to be installed, or Python be missing.
  pythonTool('ministack');
  console.error(`${CHECKS} checks follow, which take four to six minutes. No AWS account is used.`);
  onEndSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], () =>
    endings.run().finally(() => process.exit(EXIT_CODES.interrupted)),
  );
  try {
    await rehearse();
    checks.requireTotal();
  } finally {
    await endings.run();
    console.log(`\n${checks}\n\n${((performance.now() - startedAt) / 1_000).toFixed(0)} s in all.`);
    if (checks.failed) {
      console.log(`What ran is logged in ${keptLogs}.`);
      process.exitCode = EXIT_CODES.failed;
    }
  }
};

await runCommand({
  name: 'npm run rehearse',
  help: HELP,
  options: {},
  exitCodeOf: (error) => (error instanceof MissingPythonError ? EXIT_CODES.failed : undefined),
  run,
});
