// The real CDK CLI, pointed at the emulator.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { projectRoot } from '../lib/project.ts';
import { writeBootstrapTemplate } from './bootstrap-template.ts';
import { accountId, region, rootCredentials } from './emulator.ts';
import { startGuarded } from './guarded-process.ts';

export type Outputs = Record<string, string>;

export interface Deployed {
  /** Whether the CLI ended well. */
  succeeded: boolean;
  /** All that it printed. */
  printed: string;
  /** Of the stack, where it ended well. */
  outputs: Outputs;
}

const CLI = join(projectRoot, 'node_modules/aws-cdk/bin/cdk');

/** In the project that is deployed from: the same app, less what the emulator cannot make. */
const DEPLOYABLE_APP = ['--app', 'node rehearsal/app.ts'];

/** Quiet for a machine: no questions, no telephone calls, no colours. */
const QUIET = ['--no-notices', '--ci', '--no-color', '--progress', 'events'];

const outputsFile = z.record(z.string(), z.record(z.string(), z.string()));

export class Cdk {
  readonly #folder: string;
  readonly #endpoint: string;
  #runs = 0;

  constructor(folder: string, endpoint: string) {
    this.#folder = folder;
    this.#endpoint = endpoint;
  }

  async bootstrap(): Promise<void> {
    const template = writeBootstrapTemplate(join(this.#folder, 'bootstrap-template.yaml'));
    const { succeeded, printed } = await this.#run(
      // The CDK synthesizes before it bootstraps.
      [
        'bootstrap',
        `aws://${accountId}/${region}`,
        '--template',
        template,
        ...contextArgs({ database: 'own' }),
      ],
      projectRoot,
    );
    if (!succeeded) {
      throw new Error(`cdk bootstrap failed:\n${printed}`);
    }
  }

  /**
   * Deploys the release in `project` with `context`, which has to be one stack, or of several the one that is named. By a
   * change set, as a user does, or without one, which is quicker.
   */
  async deploy(
    context: Record<string, string>,
    {
      project = projectRoot,
      method = 'direct',
      stack,
    }: { project?: string; method?: 'direct' | 'change-set'; stack?: string } = {},
  ): Promise<Deployed> {
    const file = join(this.#folder, 'outputs.json');
    const args = [
      'deploy',
      ...(stack === undefined ? ['--all'] : ['--exclusively', stack]),
      '--require-approval',
      'never',
      '--method',
      method,
      '--outputs-file',
      file,
      ...DEPLOYABLE_APP,
      ...contextArgs(context),
    ];
    const run = await this.#run(args, project);
    const outputs =
      run.succeeded && existsSync(file) ? outputsFile.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
    return { ...run, outputs: Object.values(outputs)[0] ?? {} };
  }

  destroy(context: Record<string, string>): Promise<Omit<Deployed, 'outputs'>> {
    return this.#run(
      ['destroy', '--all', '--force', ...DEPLOYABLE_APP, ...contextArgs(context)],
      projectRoot,
    );
  }

  /** The folder of the templates, for the emulator's region unless another is named. Throws where the app does. */
  async synthesize(name: string, context: Record<string, string>, inRegion = region): Promise<string> {
    const folder = join(this.#folder, `synthesized-${name}`);
    const args = ['synth', '--quiet', ...contextArgs(context)];
    const { succeeded, printed } = await this.#run(args, projectRoot, { output: folder, inRegion });
    if (!succeeded) {
      throw new Error(`cdk synth failed:\n${printed}`);
    }
    return folder;
  }

  async #run(
    args: string[],
    cwd: string,
    {
      output = join(this.#folder, 'cdk.out'),
      inRegion = region,
    }: { output?: string; inRegion?: string } = {},
  ) {
    this.#runs += 1;
    const log = join(this.#folder, `cdk-${this.#runs}-${args[0]}.log`);
    const cli = startGuarded(process.execPath, [CLI, ...args, '--output', output, ...QUIET], {
      cwd,
      log,
      env: {
        PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env['PATH']}`,
        // Without the profile and the settings of the person who runs this.
        HOME: this.#folder,
        AWS_ENDPOINT_URL: this.#endpoint,
        AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
        AWS_REGION: inRegion,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    });
    const [code] = await once(cli, 'exit');
    return { succeeded: code === 0, printed: readFileSync(log, 'utf8') };
  }
}

const contextArgs = (context: Record<string, string>): string[] =>
  Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
