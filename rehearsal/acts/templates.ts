// Before anything is deployed: the templates of both ways of deploying, as cfn-lint sees them.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonTool } from '../python-tools.ts';
import type { Stage } from '../stage.ts';

const tokens = { auth: 'jwt', jwtIssuer: 'https://tokens.example.com/', jwtAudience: 'canvas' };

export const lintTemplates = async ({ checks, cdk, context }: Stage): Promise<void> => {
  await checks.that('cfn-lint finds nothing in the template that joins a cluster', () =>
    lint(cdk.synthesize('joined', context)),
  );
  await checks.that('cfn-lint finds nothing in the templates that make one, with tokens', () =>
    lint(
      cdk.synthesize('own', {
        ...tokens,
        alarmEmail: 'ops@example.com',
        corsOrigins: 'https://canvas.example.com',
      }),
    ),
  );
};

const lint = async (synthesized: Promise<string>): Promise<void> => {
  const folder = await synthesized;
  const templates = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
  await promisify(execFile)(
    pythonTool('cfn-lint'),
    templates.map((name) => join(folder, name)),
  ).catch((error) => {
    throw new Error(error.stdout, { cause: error });
  });
};
