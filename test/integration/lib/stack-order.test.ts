import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type FunctionName, reportFields, requestFunctionNames } from '../../../functions/contract.ts';
import { BILL_FILE, NOTICES_FILE } from '../../../lib/bill-of-materials.ts';
import {
  account,
  clusterArn,
  databaseSecretArn,
  encryptionKeySecretArn,
  joined,
  kmsKeyArn,
  own,
  region,
  tokens,
} from '../../helpers/contexts.ts';
import { one, serviceStack, synthesize } from '../../helpers/synthesized.ts';
import {
  aliasIdOf,
  functionIdOf,
  idOf,
  logicalIdOf,
  migrationIdOf,
  prerequisitesOf,
  waitsFor,
} from '../../helpers/template-queries.ts';

const LAMBDA = 'AWS::Lambda::Function';
const ALIAS_TYPE = 'AWS::Lambda::Alias';
const ROUTE = 'AWS::ApiGatewayV2::Route';

const ownStacks = synthesize(own);
const ways = { joined: serviceStack(joined), own: one(ownStacks, 'workspace-model') };
const database = one(ownStacks, 'workspace-model-database').template;

describe('what waits for what', () => {
  it.each(Object.entries(ways))(
    'publishes new code before the migration, and lets none of it and no route meet old rows (%s)',
    (_, { template }) => {
      const migration = migrationIdOf(template);
      const prerequisites = prerequisitesOf(template);
      for (const name of requestFunctionNames()) {
        const alias = aliasIdOf(template, name);
        expect(waitsFor(template, ALIAS_TYPE, alias)).toContain(migration);
        const version =
          template.findResources(ALIAS_TYPE)[alias]?.['Properties'].FunctionVersion['Fn::GetAtt'][0];
        expect([...(prerequisites[migration] ?? [])]).toEqual(
          expect.arrayContaining([version, functionIdOf(template, name)]),
        );
      }
      for (const id of Object.keys(template.findResources(ROUTE))) {
        expect(waitsFor(template, ROUTE, id)).toContain(migration);
      }
    },
  );

  it.each(Object.entries(ways))(
    'lets everybody reach a function through its alias alone (%s)',
    (_, { template }) => {
      const aliases = Object.keys(template.findResources(ALIAS_TYPE));
      const reached = [
        ...Object.values(template.findResources('AWS::Lambda::Permission')).map(
          ({ Properties }) => Properties.FunctionName,
        ),
        ...Object.values(template.findResources('AWS::ApiGatewayV2::Integration')).map(
          ({ Properties }) => Properties.IntegrationUri,
        ),
      ];
      expect(reached.length).toBeGreaterThan(0);
      for (const target of reached) {
        expect(aliases.map((id) => ({ Ref: id }))).toContainEqual(target);
      }
    },
  );

  it('keeps the version of a release, to go back to, but not that of a deploy that failed', () => {
    ways.joined.template.allResources('AWS::Lambda::Version', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it.each(Object.entries(ways))(
    'gives migrate and its provider their rights before they are called (%s)',
    (_, { template }) => {
      const policy = (pattern: RegExp) => idOf(template, 'AWS::IAM::Policy', pattern);
      const migrate = idOf(template, LAMBDA, /^MigrationFunction/);
      const provider = idOf(template, LAMBDA, /^MigrationProvider/);
      const migration = migrationIdOf(template);
      expect(waitsFor(template, LAMBDA, migrate)).toContain(policy(/^MigrationFunctionRole/));
      expect(waitsFor(template, LAMBDA, provider)).toContain(policy(/^MigrationProviderRole/));
      expect(waitsFor(template, 'Custom::SchemaMigration', migration)).toContain(migrate);
    },
  );

  it.each(
    Object.entries({
      ...ways,
      tokens: serviceStack({ ...joined, ...tokens, alarmEmail: 'ops@example.com' }),
    }),
  )(
    'lets each resource stand before the migration or come after it, and none beside it (%s)',
    (_, { template }) => {
      const prerequisites = prerequisitesOf(template);
      const migration = migrationIdOf(template);
      const before = prerequisites[migration] ?? new Set();
      const after = Object.keys(prerequisites).filter((id) => prerequisites[id]?.has(migration));
      expect(Object.keys(prerequisites).filter((id) => prerequisites[id]?.has(id))).toEqual([]);
      expect([...before, migration, ...after].sort()).toEqual(Object.keys(prerequisites).sort());
      const typesAfter = new Set(after.map((id) => template.toJSON()['Resources'][id].Type));
      expect([...typesAfter].sort()).toEqual([
        'AWS::ApiGatewayV2::Integration',
        ROUTE,
        'AWS::Events::Rule',
        ALIAS_TYPE,
        'AWS::Lambda::Permission',
        'AWS::SSM::Parameter',
        'Custom::SchemaMigration',
      ]);
    },
  );

  it.each(Object.entries(ways))(
    'says that the creation is settled when all else stands, and begins it when nothing is touched (%s)',
    (_, { template }) => {
      const prerequisites = prerequisitesOf(template);
      const [begin, settled] = ['Begin', 'Settled'].map((name) =>
        idOf(template, 'Custom::SchemaMigration', new RegExp(`^Migration${name}`)),
      );
      const others = Object.keys(prerequisites).filter((id) => id !== settled);
      expect([...(prerequisites[`${settled}`] ?? [])].sort()).toEqual(others.sort());
      expect(prerequisites[migrationIdOf(template)]).toContain(begin);
    },
  );

  it('gives migrate 14 minutes, one less than CloudFormation waits', () => {
    const migrate = idOf(ways.joined.template, LAMBDA, /^MigrationFunction/);
    expect(ways.joined.template.findResources(LAMBDA)[migrate]).toMatchObject({
      Properties: { Timeout: 840 },
    });
    ways.joined.template.hasResourceProperties('Custom::SchemaMigration', { ServiceTimeout: '900' });
  });

  it('migrates after the writer of a new cluster stands, which is in the stack before', () => {
    expect(ways.own.stack.dependencies.map(({ id }) => id)).toContain('workspace-model-database');
    database.hasResourceProperties('AWS::RDS::DBInstance', { DBInstanceClass: 'db.serverless' });
  });

  it('protects the stack of a new cluster as a whole, for its writer has no protection of its own', () => {
    expect(one(ownStacks, 'workspace-model-database').stack.terminationProtection).toBe(true);
  });
});

describe('the migration', () => {
  it('asks for the migration again when its target or any of its files changes', () => {
    const asked = (template: Template) =>
      template.findResources('Custom::SchemaMigration')[migrationIdOf(template)]?.['Properties'];
    const newest = asked(ways.joined.template);
    expect(newest).toMatchObject({
      TargetVersion: expect.stringMatching(/^\d{14}$/),
      MigrationsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(asked(serviceStack({ ...joined, targetVersion: '00000000000000' }).template)).toEqual({
      ...newest,
      TargetVersion: '00000000000000',
    });
  });

  it.each([
    ['ClusterArn', 'clusterArn', clusterArn.replace('platform', 'restored')],
    ['DatabaseName', 'databaseName', 'restored'],
    ['DatabaseSecretArn', 'databaseSecretArn', databaseSecretArn.replace('platform', 'restored')],
    ['EncryptionKeySecretArn', 'encryptionKeySecretArn', encryptionKeySecretArn.replace('GhIjKl', 'MnOpQr')],
    ['SecretsKmsKeyArns', 'secretsKmsKeyArns', kmsKeyArn],
  ])(
    'asks for the migration again when the database, the key or what encrypts their secrets changes: %s',
    (property, key, value) => {
      serviceStack({ ...joined, [key]: value }).template.hasResourceProperties('Custom::SchemaMigration', {
        [property]: value,
      });
    },
  );

  it('asks for the migration again when the code of migrate changes, which also grants the rights of the API user', () => {
    const { template, codeFolderOf } = ways.joined;
    const code = readFileSync(
      join(codeFolderOf(idOf(template, LAMBDA, /^MigrationFunction[0-9A-F]{8}$/)), 'index.js'),
    );
    template.hasResourceProperties('Custom::SchemaMigration', {
      CodeHash: createHash('sha256').update(code).digest('hex'),
    });
  });

  it('asks for the migration again when the rules change by which it reports suspects', () => {
    const hashOf = (context: object) => {
      const { template } = serviceStack({ ...joined, ...context });
      return template.findResources('Custom::SchemaMigration')[migrationIdOf(template)]?.['Properties']
        .ModelRulesHash;
    };
    const catalogue = 'test/data/catalogue.json';
    const hashes = [
      {},
      { allowedModelIds: 'minimax' },
      { catalogue },
      { catalogue, catalogueMode: 'enforce' },
    ].map(hashOf);
    expect(hashes).toEqual(hashes.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('refuses a target that migrations/ does not hold', () => {
    expect(() => synthesize({ ...joined, targetVersion: '20990101000000' })).toThrow(
      /targetVersion is 20990101000000.*write one of/,
    );
  });

  it('asks for the tables to be there in an existing database only', () => {
    ways.joined.template.hasResourceProperties('Custom::SchemaMigration', { ExistingDatabase: 'true' });
    ways.own.template.hasResourceProperties('Custom::SchemaMigration', { ExistingDatabase: 'false' });
  });

  it('puts the report of the migration into the outputs', () => {
    const migration = migrationIdOf(ways.joined.template);
    for (const field of reportFields) {
      ways.joined.template.hasOutput(field, { Value: { 'Fn::GetAtt': [migration, field] } });
    }
  });
});

describe('the version of a function', () => {
  /** As CloudFormation and Lambda compare it with what stands: here each reference leads to the ARN that a context names. */
  const resolved = (properties: unknown): string =>
    JSON.stringify(properties)
      .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
      .replaceAll(/\$\{AWS::AccountId\}/g, account)
      .replaceAll(/\$\{AWS::Region\}/g, region)
      // The same code from another bucket is no change to Lambda.
      .replaceAll(/cdk-\w+-assets/g, 'cdk-assets')
      .replaceAll('{"Fn::GetAtt":["EncryptionKey","Id"]}', JSON.stringify(encryptionKeySecretArn))
      .replaceAll(
        /\{"Fn::Join":\["",\["arn:[^[\]]*\{"Fn::ImportValue":"[^"]*"\}\]\]\}/g,
        JSON.stringify(clusterArn),
      );
  const itsOwnJoined = { ...joined, databaseName: 'workspaces' };
  const templates = [
    ...[
      own,
      { ...own, encryptionKeySecretArn },
      { ...itsOwnJoined, encryptionKeySecretArn: 'new' },
      itsOwnJoined,
      { ...own, '@aws-cdk/core:bootstrapQualifier': 'ours' },
    ].map((context) => synthesize(context)),
    ...[{ region }, {}].map((credentials) => synthesize(own, credentials)),
  ].map((stacks) => one(stacks, 'workspace-model').template);

  it.each(requestFunctionNames())(
    'is a new one only where CloudFormation and Lambda find the function changed, whether by reference or by ARN: %s',
    (name) => {
      const functions = templates.map((template) =>
        resolved(template.findResources(LAMBDA)[functionIdOf(template, name)]?.['Properties']),
      );
      const versions = templates.map((template) =>
        idOf(template, 'AWS::Lambda::Version', new RegExp(`^${logicalIdOf(name)}CurrentVersion`)),
      );
      expect(functions.join()).not.toMatch(/"EncryptionKey"|Fn::ImportValue/);
      expect(new Set(functions).size).toBe(new Set(versions).size);
    },
  );
});

describe('the functions', () => {
  it.each(Object.entries(ways))(
    'runs functions on Node 24 and arm64, traced, with a log that ends (%s)',
    (_, { template }) => {
      const ours = Object.values(template.findResources(LAMBDA)).filter(
        ({ Properties }) => Properties.Handler === 'index.handler',
      );
      expect(ours.map(({ Properties }) => Properties)).toEqual(
        ours.map(() =>
          expect.objectContaining({
            Runtime: 'nodejs24.x',
            Architectures: ['arm64'],
            TracingConfig: { Mode: 'Active' },
            LoggingConfig: { LogGroup: { Ref: expect.any(String) } },
          }),
        ),
      );
      template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
    },
  );

  it('uploads one file of code a function without a source map, what it is made of, and the SQL beside migrate', () => {
    const { template, codeFolderOf } = ways.joined;
    const filesOf = (name: FunctionName) => readdirSync(codeFolderOf(functionIdOf(template, name)));
    for (const name of requestFunctionNames()) {
      expect(filesOf(name)).toEqual([NOTICES_FILE, BILL_FILE, 'index.js']);
    }
    expect(filesOf('migrate')).toEqual([NOTICES_FILE, BILL_FILE, 'index.js', 'migrations']);
  });
});
