// Deploys that have to fail, each with a message that names cause and mend, and with nothing changed.
import assert from 'node:assert/strict';
import { EMPTY_DATABASE } from '../platform.ts';
import type { Stage } from '../stage.ts';

const NO_DELETE =
  'the emulator sends a Delete after a failed Create; under Provider, CloudFormation sends none';

export const refuseDeploys = async (stage: Stage): Promise<void> => {
  const { checks, cdk, context, platform, secretOfAnotherCluster, keyOfAnotherPlatform } = stage;
  const before = await platform.contents();

  await checks.that('a cluster of another region does not even synthesize', async () => {
    const clusterArn = stage.context['clusterArn']?.replace('us-east-1', 'eu-west-1') ?? '';
    await assert.rejects(
      cdk.synthesize('elsewhere', { ...context, clusterArn }),
      /lies in eu-west-1 .* AWS_REGION=eu-west-1/,
    );
  });

  await checks.that('a deploy without its context does not even synthesize, rather than make a cluster', () =>
    assert.rejects(cdk.synthesize('without-context', {}), /Which database is not said/),
  );

  await checks.that('a cluster that does not exist fails the deploy, saying which key to check', () =>
    expectFailure(
      stage,
      { clusterArn: `${context['clusterArn']}-misspelt` },
      /there is none of that ARN\. Check clusterArn/,
    ),
  );

  await checks.that(
    'a database without the tables fails the deploy, saying which key to check',
    () =>
      expectFailure(
        stage,
        { databaseName: EMPTY_DATABASE },
        /lacks .*workspace_secrets.*Check databaseName/s,
      ),
    NO_DELETE,
  );

  await checks.that('the secret of another cluster fails the deploy, saying which key to check', () =>
    expectFailure(stage, { databaseSecretArn: secretOfAnotherCluster }, /Check databaseSecretArn/),
  );

  await checks.that('an encryption key that cannot be read fails the deploy, saying which key to check', () =>
    expectFailure(
      stage,
      { encryptionKeySecretArn: `${context['encryptionKeySecretArn']?.slice(0, -6)}AbCdEf` },
      /encryption key cannot be used\. .*Check encryptionKeySecretArn/,
    ),
  );

  await checks.that('a key that opens none of the stored picks is refused', () =>
    expectFailure(stage, { encryptionKeySecretArn: keyOfAnotherPlatform }, /opens none of the stored picks/),
  );

  await checks.that(
    'a cluster without the Data API fails the deploy, saying how to switch it on',
    async () => {
      platform.stack.aws.onCall = ({ service }) =>
        service === 'rds-data'
          ? { kind: 'error', name: 'HttpEndpointNotEnabledException', status: 400 }
          : undefined;
      try {
        await expectFailure(stage, {}, /Data API is switched off.*enable-http-endpoint/s);
      } finally {
        platform.stack.aws.onCall = undefined;
      }
    },
  );

  await checks.that('refused deploys changed nothing in the database', async () => {
    assert.deepEqual(await platform.contents(), before);
  });
};

const expectFailure = async (
  { cdk, context }: Stage,
  change: Record<string, string>,
  message: RegExp,
): Promise<void> => {
  const { succeeded, printed } = await cdk.deploy({ ...context, ...change });
  assert.equal(succeeded, false, 'The deploy went through.');
  assert.match(printed.replaceAll(/\s+/g, ' '), message);
};
