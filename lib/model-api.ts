// The HTTP API: the routes of the registry, never without an authorizer, throttled, logged, closed to web pages unless named.
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type RequestFunctionName, type Route, routes } from '../functions/contract.ts';
import type { Authorization } from './context.ts';
import type { RequestFunction } from './request-function.ts';

/** No header, query or body: those hold tokens and picks. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    requestId: '$context.requestId',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    sourceIp: '$context.identity.sourceIp',
    latencyMs: '$context.responseLatency',
    integrationLatencyMs: '$context.integrationLatency',
    authorizerError: '$context.authorizer.error',
    error: '$context.error.message',
  }),
);

export interface ModelApiProps {
  functions: Record<RequestFunctionName, RequestFunction>;
  authorization: Authorization;
  corsOrigins: string[];
  throttle: { rateLimit: number; burstLimit: number };
}

export class ModelApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly accessLog: LogGroup;
  readonly routes: HttpRoute[];

  constructor(scope: Construct, id: string, props: ModelApiProps) {
    super(scope, id);
    const authorizer = authorizerFor(props.authorization);
    this.api = new HttpApi(this, 'HttpApi', {
      apiName: Stack.of(this).stackName,
      description: 'The picked model of a workspace.',
      createDefaultStage: false,
      // For a route, too, that is added without saying who may call it.
      defaultAuthorizer: authorizer,
      ...(props.corsOrigins.length > 0 && { corsPreflight: corsFor(props.corsOrigins) }),
    });
    this.accessLog = new LogGroup(this, 'AccessLog', {
      // Log groups elsewhere go into one policy of the account, of 5,120 characters, which others may have filled.
      logGroupName: `/aws/vendedlogs/${Stack.of(this).stackName}/api-access`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(this.accessLog), format: accessLogFormat },
    });
    this.routes = routes().flatMap(({ name, method, path, scope }) => {
      const { node, live } = props.functions[name];
      return this.api.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration: new HttpLambdaIntegration(`${node.id}Integration`, live),
        authorizer,
        ...(props.authorization.kind === 'jwt' && {
          authorizationScopes: scopesOf(props.authorization.scopePrefix, scope),
        }),
      });
    });
  }
}

/**
 * One of them is enough. The second is the form of Amazon Cognito, which puts its resource server before every scope. The name
 * of one may end in a separator itself.
 */
const scopesOf = (prefix: string, scope: Route['scope']): string[] => [
  `${prefix}:${scope}`,
  `${prefix}/${scope}`,
  ...(/[:/]$/.test(prefix) ? [`${prefix}${scope}`] : []),
];

const authorizerFor = (authorization: Authorization): IHttpRouteAuthorizer =>
  authorization.kind === 'iam'
    ? new HttpIamAuthorizer()
    : new HttpJwtAuthorizer('Tokens', authorization.issuer, { jwtAudience: authorization.audience });

const corsFor = (allowOrigins: string[]) => ({
  allowOrigins,
  allowMethods: [...new Set(routes().map(({ method }) => CorsHttpMethod[method]))],
  allowHeaders: [
    'authorization',
    'content-type',
    'if-match',
    'if-none-match',
    'x-amz-date',
    'x-amz-security-token',
    'x-amz-content-sha256',
  ],
  exposeHeaders: ['etag', 'retry-after'],
  maxAge: Duration.hours(1),
});
