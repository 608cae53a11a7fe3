// Deploys after the first: unchanged, with a broken migration, with a new one, down and up again, with tokens.
import assert from 'node:assert/strict';
import { BASELINE } from '../../lib/project.ts';
import { LEGACY_KEY, MODEL_KEY } from '../../local/fleet/keys.ts';
import type { Outputs } from '../cdk.ts';
import { demoWorkspaces } from '../demo.ts';
import type { DeployedService } from '../deployed-service.ts';
import { expectDeployFails } from '../failing-deploy.ts';
import { EMPTY_DATABASE } from '../platform.ts';
import { makeRelease, NEXT_VERSION } from '../release.ts';
import { type Stage, tokens } from '../stage.ts';
import { keepAskingDuring } from '../traffic.ts';

const NEXT = { up: 'CREATE TABLE rehearsed (id int);', down: 'DROP TABLE rehearsed;' };
/** The first statement works, the second cannot. */
const BROKEN = {
  up: 'CREATE TABLE half_applied (id int); SELECT 1 / 0;',
  down: 'DROP TABLE IF EXISTS half_applied;',
};

export const deployAgain = async (stage: Stage, service: DeployedService): Promise<void> => {
  await deployUnchanged(stage, service);
  await deployBroken(stage, service);
  await deployElsewhere(stage, service);
  await deployNext(stage, service);
  await deployDownAndUp(stage, service);
  await deployWithTokens(stage, service);
};

const deploy = async (
  { cdk, context }: Stage,
  change: Record<string, string> = {},
  project?: string,
): Promise<Outputs> => {
  const { succeeded, printed, outputs } = await cdk.deploy(
    { ...context, ...change },
    { ...(project !== undefined && { project }) },
  );
  assert.ok(succeeded, printed);
  return outputs;
};

const deployUnchanged = async (stage: Stage, { outputs }: DeployedService): Promise<void> => {
  const { checks, platform } = stage;
  await checks.that('the same deploy again changes nothing, and does not even ask the database', async () => {
    const before = await platform.contents();
    const calls = platform.stack.aws.calls.length;
    assert.deepEqual(await deploy(stage), outputs);
    assert.equal(platform.stack.aws.calls.length, calls);
    assert.deepEqual(await platform.contents(), before);
  });
};

const deployBroken = async (stage: Stage, service: DeployedService): Promise<void> => {
  const { checks, platform, folder } = stage;
  await checks.that(
    'a broken migration fails the deploy, and leaves the database as it was',
    async () => {
      const before = await platform.contents();
      const project = makeRelease(folder, 'broken', BROKEN);
      await expectDeployFails(stage, {}, /22012|division by zero/, project);
      assert.deepEqual(withoutLedger(await platform.contents()), withoutLedger(before));
    },
    'after a failed Update the emulator sends a Delete; CloudFormation sends an Update back, as the tests of migrate do',
  );
  await checks.that('the service answers as before', () => expectAnswers(stage, service));
};

const deployElsewhere = async (stage: Stage, service: DeployedService): Promise<void> => {
  const { checks, platform } = stage;
  await checks.that(
    'an Update to another database that fails leaves this one as it was, and the service on it',
    async () => {
      const before = await platform.contents();
      await expectDeployFails(
        stage,
        { databaseName: EMPTY_DATABASE },
        /lacks .*workspace_secrets.*Check databaseName/,
      );
      assert.deepEqual(withoutLedger(await platform.contents()), withoutLedger(before));
      await expectAnswers(stage, service);
    },
    'after a failed Update the emulator sends a Delete; CloudFormation sends an Update back, as the tests of migrate do',
  );
};

const deployNext = async (stage: Stage, { outputs }: DeployedService): Promise<void> => {
  const { checks, platform, folder } = stage;
  await checks.that(
    'a release with a new migration is an Update that applies it and renames nothing',
    async () => {
      const { Version, Renamed } = await deploy(stage, {}, makeRelease(folder, 'next', NEXT));
      assert.deepEqual({ Version, Renamed }, { Version: NEXT_VERSION, Renamed: outputs['Renamed'] });
      assert.ok('public.rehearsed' in (await platform.contents()));
    },
  );

  await checks.that(
    'the release before it, deployed again, undoes a migration whose files it never had',
    async () => {
      assert.equal((await deploy(stage))['Version'], outputs['Version']);
      assert.ok(!('public.rehearsed' in (await platform.contents())));
    },
  );
};

const deployDownAndUp = async (stage: Stage, service: DeployedService): Promise<void> => {
  const { checks, platform } = stage;
  const { Version, Renamed, Superseded } = service.outputs;
  const legacyRows = async () => (await platform.fleet()).filter(({ picks }) => LEGACY_KEY in picks).length;

  await checks.that(
    'targetVersion brings every old row back, and without it they are renamed again; who asks meanwhile is answered rightly or told to come again',
    () =>
      keepAskingDuring(stage, service, async () => {
        assert.equal((await deploy(stage, { targetVersion: BASELINE }))['Version'], BASELINE);
        assert.equal(await legacyRows(), Number(Renamed) + Number(Superseded));
        assert.equal((await deploy(stage))['Version'], Version);
        assert.equal(await legacyRows(), 0);
      }),
  );
  await checks.that('the service answers as before', () => expectAnswers(stage, service));
};

const deployWithTokens = async (stage: Stage, service: DeployedService): Promise<void> => {
  const { checks, platform, callers } = stage;
  await checks.that(
    'with auth=jwt a call without a token is refused, however well it is signed',
    async () => {
      await deploy(stage, tokens);
      const { picked } = await demoWorkspaces(platform);
      assert.equal((await service.call('GET', picked.id)).status, 401);
      assert.equal((await service.call('GET', picked.id, undefined, callers.root)).status, 401);
    },
    'no good token is tried: its issuer would have to be on the internet',
  );
};

/**
 * What a failed deploy leaves in the ledger and the lease does no harm. Nor does the note of the deployment, which says which
 * request was the last one.
 */
const withoutLedger = (contents: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(contents).filter(
      ([table]) => !/^public\.workspace_model_(migration|deployment)/.test(table),
    ),
  );

const expectAnswers = async ({ platform, callers }: Stage, service: DeployedService): Promise<void> => {
  for (const { id, picks } of await platform.fleet()) {
    const { status, body } = await service.call('GET', id, undefined, callers.root);
    assert.partialDeepStrictEqual({ status, body }, { status: 200, body: { model: picks[MODEL_KEY] ?? '' } });
  }
};
