import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readContext } from '../../../lib/context.ts';
import { ContextError } from '../../../lib/context-error.ts';
import { contextKeys } from '../../../lib/context-keys.ts';
import { cdkJsonContext, clusterArn, joined, own, tokens } from '../../helpers/contexts.ts';

const credentials = { account: '111122223333', region: 'eu-west-1' };
const read = (context: Record<string, unknown>, place = {}) =>
  readContext(context, { ...credentials, ...place });

const expectRefused = (context: Record<string, unknown>, ...parts: (string | RegExp)[]) => {
  for (const part of parts) {
    expect(() => read(context)).toThrow(part);
    expect(() => read(context)).toThrow(ContextError);
  }
};

describe('the context of a deployment', () => {
  it('makes a cluster of its own where that is said, with a new key unless one is named', () => {
    expect(read(own)).toMatchObject({
      database: { kind: 'own', minCapacity: 0.5, maxCapacity: 4, readers: 0 },
      encryptionKey: { kind: 'new' },
    });
    const { encryptionKeySecretArn: arn } = joined;
    expect(read({ ...own, encryptionKeySecretArn: arn }).encryptionKey).toEqual({ kind: 'named', arn });
  });

  it('never guesses which database: it refuses a context that says neither, and one that says both', () => {
    expectRefused({}, 'No database is named', 'clusterArn', 'database=own');
    expectRefused({ ...joined, ...own }, 'leave out the one or the other');
    expectRefused({ ...own, databaseName: 'platform' }, 'leave out the one or the other');
    expectRefused({ database: 'joined' }, 'database is "joined"; write own');
  });

  it('joins with a key that is named, or with a new one only where that is said', () => {
    const { encryptionKeySecretArn: arn, ...withoutKey } = joined;
    expectRefused(withoutKey, 'encryptionKeySecretArn is missing', 'encryptionKeySecretArn=new');
    expect(read(joined).encryptionKey).toEqual({ kind: 'named', arn });
    expect(read({ ...withoutKey, encryptionKeySecretArn: 'new' }).encryptionKey).toEqual({ kind: 'new' });
  });

  it('takes the moves that a deploy may make, and no other word', () => {
    expect(read({ ...own, allowMove: 'own,key' }).keys.allowMove).toEqual(['own', 'key']);
    expectRefused({ ...own, allowMove: 'all' }, 'allowMove is "all"; write');
  });

  it('joins the cluster that is named by three keys', () => {
    expect(read(joined).database).toEqual({
      kind: 'joined',
      clusterArn,
      secretArn: joined.databaseSecretArn,
      name: 'platform',
    });
  });

  it('takes a list as an array or as one string with commas, and a number as a string', () => {
    expect(read({ ...own, corsOrigins: 'https://a.example, https://b.example' }).keys.corsOrigins).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
    expect(read({ ...own, corsOrigins: ['https://a.example'] }).keys.corsOrigins).toEqual([
      'https://a.example',
    ]);
    expect(read({ ...own, minCapacity: '0', maxCapacity: '1.5' }).database).toMatchObject({
      minCapacity: 0,
      maxCapacity: 1.5,
    });
  });

  it('takes digits without quotes, as they are easily written in cdk.json', () => {
    const { keys } = read({ ...own, targetVersion: 20260519000000, provisionInvokers: 222233334444 });
    expect(keys).toMatchObject({ targetVersion: '20260519000000', provisionInvokers: ['222233334444'] });
    expect(read({ ...own, provisionInvokers: [222233334444] }).keys.provisionInvokers).toEqual([
      '222233334444',
    ]);
  });

  it('closes the API by IAM unless context says otherwise', () => {
    expect(read(own).authorization).toEqual({ kind: 'iam' });
  });

  it.each(['none', 'None', '', 'open', false, null])('refuses auth=%s', (auth) => {
    expectRefused({ auth }, 'auth', 'iam or jwt');
  });

  it('refuses auth=jwt without an issuer or an audience, and those without auth=jwt', () => {
    expectRefused({ ...own, auth: 'jwt' }, 'jwtIssuer');
    expectRefused({ ...own, auth: 'jwt', jwtIssuer: 'https://a.example/' }, 'jwtAudience');
    expectRefused(
      { auth: 'jwt', jwtIssuer: 'http://a.example/', jwtAudience: 'a' },
      'the https URL of the token issuer',
    );
    expectRefused({ ...own, jwtIssuer: 'https://a.example/', jwtAudience: 'a' }, 'write auth=jwt');
  });

  it('refuses a cluster that is named by halves, telling what is missing', () => {
    expectRefused({ clusterArn }, 'databaseSecretArn and databaseName are missing');
    expectRefused({ databaseName: 'platform' }, 'clusterArn and databaseSecretArn are missing');
    expectRefused({ clusterArn, databaseName: 'platform' }, 'databaseSecretArn is missing');
  });

  it('refuses an empty value, as an unset shell variable leaves it, instead of making a new cluster', () => {
    expectRefused(
      { clusterArn: '', databaseSecretArn: '', databaseName: '' },
      'clusterArn is ""',
      'databaseName is ""',
    );
  });

  it('refuses a misspelt key instead of making a new cluster', () => {
    expectRefused({ clusterARN: clusterArn }, 'clusterARN is not a key of this service', 'clusterArn');
  });

  it('leaves to the CDK what its commands keep in context', () => {
    expect(() =>
      read({ ...own, 'acknowledged-issue-numbers': [34892], 'cli-telemetry': false }),
    ).not.toThrow();
  });

  it.each([
    ['clusterArn', 'platform'],
    ['clusterArn', 'arn:aws:rds:eu-west-1:111122223333:db:platform'],
    ['clusterArn', 'arn:aws:rds:eu-west-1:111122223333:cluster:*'],
    ['databaseSecretArn', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:platform'],
    ['databaseSecretArn', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:*-AbCdEf'],
    ['databaseName', ''],
    ['databaseName', 'd'.repeat(64)],
    ['databaseName', 'plat\nform'],
    ['jwtScopePrefix', 'my model'],
    ['jwtScopePrefix', 'm'.repeat(59)],
    ['readers', '1.5'],
    ['readers', '16'],
    ['encryptionKeySecretArn', 'my-key'],
    ['secretsKmsKeyArns', 'arn:aws:kms:eu-west-1:111122223333:key/*'],
    ['secretsKmsKeyArns', 'arn:aws:kms:eu-west-1:111122223333:alias/platform'],
    ['corsOrigins', '*'],
    ['corsOrigins', 'https://Canvas.example'],
    ['corsOrigins', 'https://a.example:443'],
    ['corsOrigins', 'https://a.example/path'],
    ['corsOrigins', 'https://a.example?query'],
    ['corsOrigins', 'https://a.example#fragment'],
    ['corsOrigins', 'https://user@a.example'],
    ['provisionInvokers', '*'],
    ['provisionInvokers', 'arn:aws:iam::111122223333:role/*'],
    ['provisionInvokers', ''],
    ['minCapacity', '0.3'],
    ['minCapacity', ''],
    ['maxCapacity', 'many'],
    ['throttleRate', '0'],
    ['throttleBurst', '1.5'],
    ['alarmEmail', 'nobody'],
    ['targetVersion', '3'],
    ['allowedModelIds', 'a b'],
    ['allowedModelIds', 'deepseek/null'],
    ['catalogueMode', 'off'],
    ['stackName', 'Model Service'],
    ['stackName', 'a'],
    ['stackName', '1-models'],
    ['stackName', 'aws-models'],
    ['stackName', 'ssm-models'],
    ['stackName', 'pg-models'],
    ['stackName', 'pg'],
  ])('refuses %s=%s with what to write', (key, value) => {
    expectRefused({ ...joined, [key]: value }, `${key} is ${JSON.stringify(value)}; write `);
  });

  it('takes a scope prefix with which the longest scope has the 64 characters that API Gateway takes', () => {
    const jwtScopePrefix = 'm'.repeat(64 - ':write'.length);
    expect(() => read({ ...joined, ...tokens, jwtScopePrefix })).not.toThrow();
  });

  it('refuses a cluster of another region or account than the stack goes to', () => {
    expect(() => read(joined, { region: 'us-east-1' })).toThrow(
      /lies in eu-west-1 .* set AWS_REGION=eu-west-1/,
    );
    expect(() => read(joined, { account: '999900001111' })).toThrow(/belongs to account 111122223333/);
  });

  it('refuses a secret of another region than its cluster, even without credentials', () => {
    const elsewhere = joined.databaseSecretArn.replace('eu-west-1', 'us-east-1');
    const none = { account: undefined, region: undefined };
    expect(() => read({ ...joined, databaseSecretArn: elsewhere }, none)).toThrow(
      /secret:platform-AbCdEf lies in us-east-1/,
    );
  });

  it('refuses an encryption key of another region or account than the stack goes to', () => {
    const { encryptionKeySecretArn } = joined;
    expectRefused(
      { ...joined, encryptionKeySecretArn: encryptionKeySecretArn.replace('eu-west-1', 'us-east-1') },
      /platform-key-GhIjKl lies in us-east-1/,
    );
    expectRefused(
      { ...joined, encryptionKeySecretArn: encryptionKeySecretArn.replace('111122223333', '999900001111') },
      /platform-key-GhIjKl belongs to account 999900001111/,
    );
  });

  it('says which ARN another one disagrees with where there are no credentials', () => {
    const none = { account: undefined, region: undefined };
    const of = (from: string, to: string) => joined.databaseSecretArn.replace(from, to);
    expect(() => read({ ...joined, databaseSecretArn: of('111122223333', '999900001111') }, none)).toThrow(
      /belongs to account 999900001111 but clusterArn to 111122223333; write ARNs of one account/,
    );
    expect(() => read({ ...joined, databaseSecretArn: of('eu-west-1', 'us-east-1') }, none)).toThrow(
      /lies in us-east-1 but clusterArn in eu-west-1; write ARNs of one region/,
    );
  });

  it.each([
    ['databaseSecretArn', joined.databaseSecretArn.replace('arn:aws:', 'arn:aws-cn:')],
    ['secretsKmsKeyArns', 'arn:aws-cn:kms:eu-west-1:111122223333:key/a'],
    ['provisionInvokers', '111122223333,arn:aws-us-gov:iam::111122223333:role/control-plane'],
  ])('refuses %s of another partition than the cluster', (key, arn) => {
    expectRefused({ ...joined, [key]: arn }, /is of the partition aws-\S+ but clusterArn of aws; write/);
  });

  it('takes a KMS key of another account, and none of another region', () => {
    const arn = 'arn:aws:kms:eu-west-1:999900001111:key/a';
    expect(read({ ...joined, secretsKmsKeyArns: arn }).keys.secretsKmsKeyArns).toEqual([arn]);
    expectRefused(
      { ...joined, secretsKmsKeyArns: arn.replace('eu-west-1', 'us-east-1') },
      /lies in us-east-1/,
    );
  });

  it('refuses KMS keys where no secret is named that they could encrypt', () => {
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/a';
    expectRefused({ ...own, secretsKmsKeyArns: arn }, 'secretsKmsKeyArns is given without a secret');
    const { encryptionKeySecretArn } = joined;
    expect(() => read({ ...own, encryptionKeySecretArn, secretsKmsKeyArns: arn })).not.toThrow();
    expect(() => read({ ...joined, encryptionKeySecretArn: 'new', secretsKmsKeyArns: arn })).not.toThrow();
  });

  it('refuses more allowed ids than the variables of a function hold', () => {
    const allowed = (count: number) => ({
      ...own,
      allowedModelIds: Array.from({ length: count }, (_, index) => `model-${100 + index}`),
    });
    expect(read(allowed(300)).modelRules.allowedModelIds).toHaveLength(300);
    expectRefused(allowed(301), 'allowedModelIds has 3009 characters', '3000', 'catalogue');
  });

  it('refuses exemptions from a demand that is not made', () => {
    expectRefused(
      { ...own, requireModelExempt: 'hermes' },
      'requireModelExempt is given without requireModel=true',
    );
    expect(
      read({ ...own, requireModel: true, requireModelExempt: 'hermes' }).keys.requireModelExempt,
    ).toEqual(['hermes']);
  });

  it('gives the range of a number that is out of it', () => {
    expectRefused({ ...own, throttleRate: 0 }, 'throttleRate is 0; write', '1 to 10000');
    expectRefused({ ...own, throttleBurst: 0 }, 'throttleBurst is 0; write', '1 to 5000');
  });

  it('goes where the cluster is when no credentials say otherwise', () => {
    expect(readContext(joined, {}).place).toEqual({ region: 'eu-west-1', account: '111122223333' });
  });

  it('refuses a capacity or a reader for a cluster that it does not make', () => {
    expectRefused({ ...joined, minCapacity: 1 }, 'leave them out beside clusterArn');
    expectRefused({ ...joined, readers: 1 }, 'leave them out beside clusterArn');
  });

  it('takes any name that PostgreSQL gives a database', () => {
    expect(read({ ...joined, databaseName: 'My "own"-Daten' }).database).toMatchObject({
      name: 'My "own"-Daten',
    });
  });

  it('warns by the catalogue that is named, unless it is told to enforce it', () => {
    const catalogue = 'test/data/catalogue.json';
    expect(read({ ...joined, catalogue }).modelRules.catalogueMode).toBe('warn');
    expect(read({ ...joined, catalogue, catalogueMode: 'enforce' }).modelRules.catalogueMode).toBe('enforce');
    expect(read(joined).modelRules).toMatchObject({ catalogueMode: 'off', catalogue: undefined });
  });

  it('refuses a mode without a catalogue, and a catalogue that is none', () => {
    expectRefused({ ...joined, catalogueMode: 'warn' }, 'catalogueMode is given without catalogue');
    expectRefused({ ...joined, catalogue: 'none.json' }, 'none.json cannot be read');
  });

  it('refuses a minimum above the maximum', () => {
    expectRefused({ ...own, minCapacity: 8 }, 'minCapacity is above maxCapacity');
  });
});

describe('cdk.json', () => {
  it('documents every key of context in the words that a wrong value shows', () => {
    const notes = Object.entries(contextKeys.shape).map(([key, { description }]) => [
      `// ${key}`,
      description,
    ]);
    expect(cdkJsonContext).toMatchObject(Object.fromEntries(notes));
  });

  it('sets every feature flag that the CDK recommends, save for strong references between the stacks', () => {
    const path = new URL('../../../node_modules/aws-cdk-lib/recommended-feature-flags.json', import.meta.url);
    const recommended = JSON.parse(readFileSync(path, 'utf8'));
    expect(cdkJsonContext).toMatchObject({
      ...recommended,
      '@aws-cdk/core:defaultCrossStackReferences': 'strong',
    });
  });
});
