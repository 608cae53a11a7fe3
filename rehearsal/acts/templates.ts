// Before anything is deployed: the templates of both ways of deploying, as cfn-lint sees them.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { region } from '../emulator.ts';
import { pythonTool } from '../python-tools.ts';
import { type Stage, tokens } from '../stage.ts';

export const lintTemplates = async ({ checks, cdk, context }: Stage): Promise<void> => {
  await checks.that('cfn-lint finds nothing in the template that joins a cluster', () =>
    lint(cdk.synthesize('joined', context)),
  );
  const own = {
    database: 'own',
    ...tokens,
    alarmEmail: 'ops@example.com',
    corsOrigins: 'https://canvas.example.com',
  };
  await checks.that('cfn-lint finds nothing in the templates that make one, with tokens', () =>
    lint(cdk.synthesize('own', own)),
  );
  await checks.that('nor in those for a region of aws-cn and one of aws-us-gov', async () => {
    for (const other of ['cn-north-1', 'us-gov-west-1']) {
      await lint(cdk.synthesize(other, own, other), other);
    }
  });
};

/** Both are how the CDK writes templates: dependencies that a reference implies too, and outputs of what another stack made. */
const OF_THE_CDK = ['W3005', 'W6001'];

const lint = async (synthesized: Promise<string>, forRegion = region): Promise<void> => {
  const folder = await synthesized;
  const templates = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
  const args = [
    '--regions',
    forRegion,
    '--ignore-checks',
    ...OF_THE_CDK,
    '--',
    ...templates.map((name) => join(folder, name)),
  ];
  await promisify(execFile)(pythonTool('cfn-lint'), args).catch((error) => {
    throw new Error(error.stdout, { cause: error });
  });
};
