import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  entryOf,
  type FunctionName,
  functionNames,
  requestFunctionNames,
  routes,
} from '../../../functions/contract.ts';
import {
  clusterArn,
  databaseSecretArn,
  encryptionKeySecretArn,
  joined,
  kmsKeyArn,
  own,
  tokens,
} from '../../helpers/contexts.ts';
import { one, serviceStack, synthesize } from '../../helpers/synthesized.ts';
import {
  aliasIdOf,
  idOf,
  logicalIdOf,
  migrationIdOf,
  prerequisitesOf,
  rightsOf,
  statementsOf,
} from '../../helpers/template-queries.ts';

const ROUTE = 'AWS::ApiGatewayV2::Route';
const CORS = { CorsConfiguration: Match.anyValue() };

const ownStacks = synthesize(own);
const ways = { joined: serviceStack(joined), own: one(ownStacks, 'workspace-model') };
const withTokens = serviceStack({ ...joined, ...tokens });

/** Rights that every function has: its own log, and tracing. */
const housekeeping = (template: Template, id: string): [string, string][] => {
  const log = attribute(template, 'AWS::Logs::LogGroup', new RegExp(`^${id}Log[0-9A-F]{8}$`), 'Arn');
  return [
    ['logs:CreateLogStream', log],
    ['logs:PutLogEvents', log],
    ['xray:PutTelemetryRecords', '*'],
    ['xray:PutTraceSegments', '*'],
  ];
};

const attribute = (template: Template, type: string, id: RegExp, name: string) =>
  JSON.stringify({ 'Fn::GetAtt': [idOf(template, type, id), name] });
const secretOf = (template: Template, id: RegExp) =>
  attribute(template, 'AWS::SecretsManager::Secret', id, 'Id');
/** What the stack before exports, by a part of its name. */
const imported = (part: RegExp) => expect.stringMatching(new RegExp(`"Fn::ImportValue":.*${part.source}`));

const places = {
  joined: {
    cluster: clusterArn,
    owner: databaseSecretArn,
    encryptionKey: encryptionKeySecretArn,
  },
  own: {
    cluster: imported(/Cluster/),
    owner: imported(/MasterUserSecret/),
    encryptionKey: secretOf(ways.own.template, /^EncryptionKey/),
  },
};

/** `on` may be a matcher, whose place among sorted strings cannot be told. */
const expectRights = (template: Template, roleId: RegExp, rights: [action: string, on: unknown][]) => {
  const found = rightsOf(template, roleId).map((right) => right.split(' on ', 2));
  expect(found).toEqual(expect.arrayContaining(rights));
  expect(found).toHaveLength(rights.length);
};

const needsDatabase = (name: FunctionName): boolean => entryOf(name).needs.includes('database');

describe.each([
  ['joined', ways.joined.template, places.joined],
  ['own', ways.own.template, places.own],
] as const)('what the functions may do (%s)', (_, template, { cluster, owner, encryptionKey }) => {
  const apiUser = secretOf(template, /^ApiUser/);

  it.each(requestFunctionNames().filter(needsDatabase).map(logicalIdOf))(
    'lets %s run statements as the API user and read two secrets',
    (id) => {
      expectRights(template, new RegExp(`^${id}Role[0-9A-F]{8}$`), [
        ...housekeeping(template, id),
        ['rds-data:ExecuteStatement', cluster],
        ['secretsmanager:GetSecretValue', apiUser],
        ['secretsmanager:GetSecretValue', encryptionKey],
      ]);
    },
  );

  it.each(
    requestFunctionNames()
      .filter((name) => !needsDatabase(name))
      .map(logicalIdOf),
  )('lets %s reach neither database nor secrets', (id) =>
    expectRights(template, new RegExp(`^${id}Role[0-9A-F]{8}$`), housekeeping(template, id)),
  );

  it('lets migrate alone be the owner of the database', () => {
    expectRights(template, /^MigrationFunctionRole/, [
      ...housekeeping(template, 'MigrationFunction'),
      ['rds-data:ExecuteStatement', cluster],
      ['secretsmanager:GetSecretValue', apiUser],
      ['secretsmanager:GetSecretValue', owner],
      ['secretsmanager:GetSecretValue', encryptionKey],
    ]);
  });
});

describe('what nobody may do', () => {
  it.each(Object.entries(ways))(
    'lets no function begin a transaction, not even migrate (%s)',
    (_, { template }) => {
      const actions = statementsOf(template, /./).flatMap((statement) => statement.actions);
      expect(actions.filter((action) => action.startsWith('rds-data:'))).toEqual(
        functionNames()
          .filter(needsDatabase)
          .map(() => 'rds-data:ExecuteStatement'),
      );
    },
  );

  it.each(Object.entries(ways))('names no wildcard resource but that of tracing (%s)', (_, { template }) => {
    const wide = statementsOf(template, /./).filter(({ resources }) =>
      resources.some((on) => on.includes('*')),
    );
    expect(wide.flatMap(({ actions }) => actions).filter((action) => !action.startsWith('xray:'))).toEqual(
      [],
    );
  });

  it.each(Object.entries(ways))('uses no policy managed by AWS (%s)', (_, { template }) => {
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('lets the provider invoke migrate, and see whether it is ready', () => {
    const migrate = attribute(ways.joined.template, 'AWS::Lambda::Function', /^MigrationFunction/, 'Arn');
    expect(rightsOf(ways.joined.template, /^MigrationProviderRole/)).toEqual(
      expect.arrayContaining([`lambda:InvokeFunction on ${migrate}`, `lambda:GetFunction on ${migrate}`]),
    );
  });

  it('lets a key that encrypts the imported secrets be used through Secrets Manager only', () => {
    serviceStack({ ...joined, secretsKmsKeyArns: kmsKeyArn }).template.hasResourceProperties(
      'AWS::IAM::Policy',
      {
        Roles: [{ Ref: Match.stringLikeRegexp('^GetModelRole') }],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: 'kms:Decrypt',
              Resource: kmsKeyArn,
              Condition: {
                StringEquals: {
                  'kms:ViaService': [
                    'secretsmanager.eu-west-1.amazonaws.com',
                    { 'Fn::Join': ['', ['secretsmanager.eu-west-1.', { Ref: 'AWS::URLSuffix' }]] },
                  ],
                },
              },
            }),
          ]),
        },
      },
    );
  });
});

describe('who may call', () => {
  it.each([
    ['AWS_IAM', ways.joined.template],
    ['AWS_IAM', ways.own.template],
    ['JWT', withTokens.template],
  ])('closes every route by %s', (AuthorizationType, template) => {
    template.allResourcesProperties(ROUTE, { AuthorizationType });
  });

  it('asks for a token of the issuer, for the audience, with the scope of the route in either form', () => {
    const authorizer = idOf(withTokens.template, 'AWS::ApiGatewayV2::Authorizer', /./);
    const route = (RouteKey: string, scope: string) =>
      withTokens.template.hasResourceProperties(ROUTE, {
        RouteKey,
        AuthorizerId: { Ref: authorizer },
        AuthorizationScopes: [`model:${scope}`, `model/${scope}`],
      });
    route('GET /workspaces/{id}/model', 'read');
    route('PUT /workspaces/{id}/model', 'write');
    route('GET /workspaces/models', 'list');
    expect(Object.values(withTokens.template.findResources(ROUTE))).toHaveLength(routes().length);
    withTokens.template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: tokens.jwtIssuer, Audience: ['canvas'] },
    });
  });

  it.each([
    ['my-server', ['my-server:read', 'my-server/read']],
    ['https://api.example.com/', ['https://api.example.com/read', 'https://api.example.com//read']],
    ['model:', ['model:read', 'model::read']],
  ])(
    'asks for the scopes of the prefix %s, whether or not its separator is written',
    (jwtScopePrefix, scopes) => {
      const { template } = serviceStack({ ...joined, ...tokens, jwtScopePrefix });
      for (const scope of scopes) {
        template.hasResourceProperties(ROUTE, {
          RouteKey: 'GET /workspaces/{id}/model',
          AuthorizationScopes: Match.arrayWith([scope]),
        });
      }
    },
  );

  it('lets no web page call, but those named', () => {
    const { template } = serviceStack({ ...joined, corsOrigins: 'https://canvas.example.com' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://canvas.example.com'],
        AllowHeaders: Match.arrayWith(['authorization', 'content-type']),
      },
    });
    expect(ways.joined.template.findResources('AWS::ApiGatewayV2::Api', { Properties: CORS })).toEqual({});
  });

  it('throttles the API and logs its calls without a header, a query or a body', () => {
    const { template } = serviceStack({ ...joined, throttleRate: '7', throttleBurst: '9' });
    template.allResourcesProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
      AccessLogSettings: {
        Format: Match.not(Match.stringLikeRegexp('header|query|body|\\$context\\.authorizer\\.claims')),
      },
    });
  });

  it('lets the schedule of the audit invoke audit, and nothing else', () => {
    const { template } = ways.joined;
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 day)',
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: { Ref: aliasIdOf(template, 'audit') } })],
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'events.amazonaws.com',
      FunctionName: { Ref: aliasIdOf(template, 'audit') },
      SourceArn: { 'Fn::GetAtt': [idOf(template, 'AWS::Events::Rule', /./), 'Arn'] },
    });
  });

  it('lets other accounts and roles invoke provision where context names them, and nobody otherwise', () => {
    const invokers = ['arn:aws:iam::111122223333:role/control-plane', '222233334444'];
    const { template } = serviceStack({ ...joined, provisionInvokers: invokers });
    const permissions = (of: Template) => Object.entries(of.findResources('AWS::Lambda::Permission'));
    const services = new Set(
      permissions(ways.joined.template).map(([, { Properties }]) => Properties.Principal),
    );
    expect(services).toEqual(new Set(['apigateway.amazonaws.com', 'events.amazonaws.com']));
    const others = permissions(template).filter(([, { Properties }]) => !services.has(Properties.Principal));
    const before = prerequisitesOf(template)[migrationIdOf(template)];
    const [checks, granted] = [true, false].map((isBefore) =>
      others.filter(([id]) => before?.has(id) === isBefore).map(([, { Properties }]) => Properties.Principal),
    );
    expect({ checks, granted }).toEqual({ checks: invokers, granted: invokers });
    expect(template.findResources('AWS::Lambda::Url')).toEqual({});
  });

  it('tells CP where provision is by a parameter of a known name', () => {
    ways.joined.template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/workspace-model/provision-function-arn',
      Value: { Ref: aliasIdOf(ways.joined.template, 'provision') },
    });
  });
});
