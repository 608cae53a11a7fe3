// Deploys that have to fail, each with a message that names cause and mend, and with nothing changed.
import assert from 'node:assert/strict';
import { expectDeployFails } from '../failing-deploy.ts';
import { EMPTY_DATABASE } from '../platform.ts';
import type { Stage } from '../stage.ts';

const NO_DELETE =
  'the emulator sends a Delete after a failed Create; under Provider, CloudFormation sends none';

export const refuseDeploys = async (stage: Stage): Promise<void> => {
  const { checks, platform } = stage;
  const before = await platform.contents();
  await refuseAtSynth(stage);
  await refuseWrongNames(stage);
  await refuseWrongKeys(stage);
  await refuseWithoutDataApi(stage);
  await checks.that('refused deploys changed nothing in the database', async () => {
    assert.deepEqual(await platform.contents(), before);
  });
};

const refuseAtSynth = async ({ checks, cdk, context }: Stage): Promise<void> => {
  await checks.that('a cluster of another region does not even synthesize', async () => {
    const clusterArn = context['clusterArn']?.replace('us-east-1', 'eu-west-1') ?? '';
    await assert.rejects(
      cdk.synthesize('elsewhere', { ...context, clusterArn }),
      /lies in eu-west-1 .* AWS_REGION=eu-west-1/,
    );
  });

  await checks.that('a deploy without its context does not even synthesize, rather than make a cluster', () =>
    assert.rejects(cdk.synthesize('without-context', {}), /No database is named/),
  );
};

const refuseWrongNames = async (stage: Stage): Promise<void> => {
  const { checks, context, secretOfAnotherCluster } = stage;
  await checks.that('a cluster that does not exist fails the deploy, saying which key to check', () =>
    expectDeployFails(
      stage,
      { clusterArn: `${context['clusterArn']}-misspelt` },
      /there is none of that ARN\. Check clusterArn/,
    ),
  );

  await checks.that(
    'a database without the tables fails the deploy, saying which key to check',
    () =>
      expectDeployFails(
        stage,
        { databaseName: EMPTY_DATABASE },
        /lacks .*workspace_secrets.*Check databaseName/s,
      ),
    NO_DELETE,
  );

  await checks.that('the secret of another cluster fails the deploy, saying which key to check', () =>
    expectDeployFails(stage, { databaseSecretArn: secretOfAnotherCluster }, /Check databaseSecretArn/),
  );
};

const refuseWrongKeys = async (stage: Stage): Promise<void> => {
  const { checks, context, keyOfAnotherPlatform } = stage;
  await checks.that('an encryption key that cannot be read fails the deploy, saying which key to check', () =>
    expectDeployFails(
      stage,
      { encryptionKeySecretArn: `${context['encryptionKeySecretArn']?.slice(0, -6)}AbCdEf` },
      /encryption key cannot be used\. .*Check encryptionKeySecretArn/,
    ),
  );

  await checks.that('a key that opens none of the stored picks is refused', () =>
    expectDeployFails(
      stage,
      { encryptionKeySecretArn: keyOfAnotherPlatform },
      /opens none of the stored picks/,
    ),
  );
};

const refuseWithoutDataApi = async (stage: Stage): Promise<void> => {
  const { checks, platform } = stage;
  await checks.that(
    'a cluster without the Data API fails the deploy, saying how to switch it on',
    async () => {
      platform.stack.aws.onCall = ({ service }) =>
        service === 'rds-data'
          ? { kind: 'error', name: 'HttpEndpointNotEnabledException', status: 400 }
          : undefined;
      try {
        await expectDeployFails(stage, {}, /Data API is switched off.*enable-http-endpoint/s);
      } finally {
        platform.stack.aws.onCall = undefined;
      }
    },
  );
};
