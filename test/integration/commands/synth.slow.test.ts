// npm run synth, by the CDK's own command line.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { clusterArn, joined, region } from '../../helpers/contexts.ts';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

it('says what a deploy would do, and leaves no template of a stack that this one does not make', async () => {
  const output = mkdtempSync(join(tmpdir(), 'synth-'));
  onTestFinished(() => rmSync(output, { recursive: true }));
  // As a synth with database=own leaves it.
  writeFileSync(join(output, 'workspace-model-database.template.json'), '{}');

  const context = Object.entries(joined).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const { stderr } = await run(
    join(root, 'node_modules/.bin/cdk'),
    ['synth', '--quiet', '--output', output, ...context],
    { cwd: root, env: { ...process.env, AWS_REGION: region, AWS_EC2_METADATA_DISABLED: 'true' } },
  );
  expect(stderr).toContain(
    `The stack workspace-model joins the database platform of ${clusterArn}, and migrates it to version`,
  );
  expect(stderr).toContain('Account 111122223333, region eu-west-1.');
  const templates = readdirSync(output).filter((file) => file.endsWith('.template.json'));
  expect(templates).toEqual(['workspace-model.template.json']);
});
