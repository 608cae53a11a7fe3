// What npm itself makes of a command line without the two dashes, and that nothing else is taken for it.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

interface Ended {
  code: number;
  out: string;
  err: string;
}

const npm = (args: string[], cwd = root, variables: Record<string, string> = {}) =>
  new Promise<Ended>((resolve) => {
    execFile('npm', args, { cwd, env: { ...process.env, ...variables } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });

describe('npm without the two dashes', () => {
  it.each([
    ['start --empty', '--empty', 'npm start -- --empty'],
    ['start --fresh', '--fresh', 'npm start -- --fresh'],
    ['start --frehs', '--frehs', 'npm start -- --frehs'],
    ['test -u', '-u', 'npm test -- -u'],
    ['run synth -c auth=jwt -c stackName=a', '-c', 'npm run synth -- …'],
    ['run synth --context=auth=jwt --context=stackName=a', '--context', 'npm run synth -- …'],
    ['run models list --model=a;b', '--model', 'npm run models -- …'],
    ['run deploy --hotswap', '--hotswap', 'npm run deploy -- --hotswap'],
    ['run deploy --no-rollback', '--no-rollback', 'npm run deploy -- --no-rollback'],
    ['run bench --json', '--json', 'npm run bench -- --json'],
    ['run bench cold-start --json', '--json', 'npm run bench -- cold-start --json'],
    ['run rehearse --keep', '--keep', 'npm run rehearse -- --keep'],
    ['run check --fix', '--fix', 'npm run check -- --fix'],
    ['run migrate status --json', '--json', 'npm run migrate -- status --json'],
    ['run migrate up --dry-run', '--dry-run', 'npm run migrate -- up --dry-run'],
    ['run migrate up --to 00000000000000', '--to', 'npm run migrate -- up --to 00000000000000'],
    [
      'run migrate plan --cluster-arn=A --database=D --secret-arn=S',
      '--cluster-arn, --database, --secret-arn',
      'npm run migrate -- plan --cluster-arn A --database D --secret-arn S',
    ],
    ['run migrate plan --cluster-arn A --database D', '--cluster-arn, --database', 'npm run migrate -- …'],
    ['run models get 2dabc3bf-fe67-476e-a4dc-a675a865a5ef --json', '--json', 'npm run models -- …'],
  ])('stops npm %s before anything is started', async (typed, taken, right) => {
    const { code, err } = await npm(typed.split(' '));

    expect(err).toContain(`npm took ${taken} for itself`);
    expect(err).toContain(`Write: ${right}`);
    expect(code).toBe(2);
  });
});

describe('npm as it should be', () => {
  let project: string;

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'forgotten-dashes-'));
    const module = JSON.stringify(join(root, 'commands/forgotten-dashes.mjs'));
    writeFileSync(
      join(project, 'probe.mjs'),
      `import { stopForForgottenDashes } from ${module};\nstopForForgottenDashes();\n`,
    );
    const scripts = { preprobe: 'node probe.mjs', probe: 'echo ran', outer: 'npm run probe' };
    writeFileSync(join(project, 'package.json'), JSON.stringify({ scripts }));
  });

  afterAll(() => rmSync(project, { recursive: true }));

  const expectToRun = async (args: string[], variables?: Record<string, string>): Promise<void> => {
    const { code, out, err } = await npm(args, project, variables);
    expect({ code, ran: out.includes('ran'), err }).toMatchObject({ code: 0, ran: true });
  };

  it('runs with options behind the two dashes', () =>
    expectToRun(['run', 'probe', '--', '--json', '--to', 'V']));

  it('runs with words that are no options', () => expectToRun(['run', 'probe', 'up', 'A']));

  it.each([
    ['-s'],
    ['--silent'],
    ['--verbose'],
    ['--color=false'],
    ['--foreground-scripts'],
    ['--prefer-offline'],
    ['--registry=http://127.0.0.1:1/'],
  ])("runs with npm's own option %s", (option) => expectToRun(['run', 'probe', option]));

  it("runs with any variable of npm's in the environment", () =>
    expectToRun(['run', 'probe'], {
      npm_config_json: 'true',
      npm_config_yes: 'true',
      npm_config_fresh: 'true',
      npm_config_arch: 'arm64',
      NPM_CONFIG_CALL: 'something',
    }));

  it('runs with any key in an npmrc file', async () => {
    const npmrc = join(project, '.npmrc');
    writeFileSync(npmrc, 'json=true\n; call=nothing\ndry-run = true\ncluster-arn=A\nyes\n');
    await expectToRun(['run', 'probe']).finally(() => rmSync(npmrc));
  });

  it('runs inside a script that was itself given options', () => expectToRun(['run', 'outer', '--json']));
});
