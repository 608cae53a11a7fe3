// Deploys after the first: unchanged, with a new migration, with a broken one, down and up again.
import assert from 'node:assert/strict';
import { LEGACY_KEY } from '../../local/fleet/keys.ts';
import type { DeployedService } from '../deployed-service.ts';
import { BASELINE, makeRelease, NEXT_VERSION } from '../release.ts';
import type { Stage } from '../stage.ts';

const NEXT = { up: 'CREATE TABLE rehearsed (id int);', down: 'DROP TABLE rehearsed;' };
/** The first statement works, the second cannot. */
const BROKEN = {
  up: 'CREATE TABLE half_applied (id int); SELECT 1 / 0;',
  down: 'DROP TABLE IF EXISTS half_applied;',
};

export const deployAgain = async (stage: Stage, service: DeployedService): Promise<void> => {
  const { checks, cdk, platform, context, folder } = stage;
  const deploy = async (change: Record<string, string> = {}, project?: string) => {
    const deployed = await cdk.deploy({ ...context, ...change }, project);
    assert.ok(deployed.succeeded, deployed.printed);
    return deployed.outputs;
  };

  await checks.that('the same deploy again changes nothing, and does not even ask the database', async () => {
    const before = await platform.contents();
    const calls = platform.stack.aws.calls.length;
    assert.deepEqual(await deploy(), service.outputs);
    assert.equal(platform.stack.aws.calls.length, calls);
    assert.deepEqual(await platform.contents(), before);
  });

  await checks.that(
    'a broken migration fails the deploy, and leaves the database as it was',
    async () => {
      const before = await platform.contents();
      const release = makeRelease(folder, 'broken', BROKEN);
      const { succeeded, printed } = await cdk.deploy(context, release);
      assert.equal(succeeded, false, 'The deploy went through.');
      assert.match(printed.replaceAll(/\s+/g, ' '), /division by zero|22012/);
      assert.deepEqual(withoutLedger(await platform.contents()), withoutLedger(before));
    },
    'CloudFormation sends an Update with the old properties, which undoes; so do the tests of the migrate function',
  );

  await checks.that('the service answers as before the broken deploy', () => expectAnswers(stage, service));

  await checks.that(
    'a release with a new migration is an Update that applies it and renames nothing',
    async () => {
      const outputs = await deploy({}, makeRelease(folder, 'next', NEXT));
      assert.equal(outputs['Version'], NEXT_VERSION);
      assert.equal(outputs['Renamed'], service.outputs['Renamed']);
      assert.ok('public.rehearsed' in (await platform.contents()));
    },
  );

  await checks.that('the release before it, deployed again, undoes that migration', async () => {
    const outputs = await deploy();
    assert.equal(outputs['Version'], service.outputs['Version']);
    assert.ok(!('public.rehearsed' in (await platform.contents())));
  });

  await checks.that('targetVersion brings every old name back, and its removal renames again', async () => {
    const { Version } = await deploy({ targetVersion: BASELINE });
    assert.equal(Version, BASELINE);
    const legacy = (await platform.fleet()).filter(({ picks }) => LEGACY_KEY in picks).length;
    assert.equal(
      String(legacy),
      String(Number(service.outputs['Renamed']) + Number(service.outputs['Superseded'])),
    );
    const outputs = await deploy();
    assert.equal(outputs['Version'], service.outputs['Version']);
    assert.ok(!(await platform.fleet()).some(({ picks }) => LEGACY_KEY in picks));
  });

  await checks.that('the service answers after all that', () => expectAnswers(stage, service));
};

/** What the ledger holds about a failed try is no harm. */
const withoutLedger = (contents: Record<string, string>) =>
  Object.fromEntries(Object.entries(contents).filter(([table]) => !table.includes('ledger')));

const expectAnswers = async ({ platform, callers }: Stage, service: DeployedService): Promise<void> => {
  for (const { id, picks } of (await platform.fleet()).slice(0, 3)) {
    const answer = await service.call('GET', id, undefined, callers.root);
    assert.partialDeepStrictEqual(answer, { status: 200, body: { model: picks['MODEL'] ?? '' } });
  }
};
