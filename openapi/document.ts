// The OpenAPI 3.1 document of the HTTP API: the routes of the registry and the codes that HTTP maps, with the answers that are
// described here and that tests hold to what the handlers answer.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { $ZodType } from 'zod/v4/core';
import { functionRegistry, isRouted, type Route, type RoutedFunctionName } from '../functions/contract.ts';
import type { Code } from '../functions/errors.ts';
import { HTTP_ERRORS, type HttpError } from '../functions/invocation/answer.ts';
import { ErrorAnswer, GatewayAnswer, Problem } from './answers.ts';
import { type Operation, operations } from './operations.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

/** Answers of API Gateway itself, by status. With 500 and 503 the service's own answers stand beside them. */
const GATEWAY_ANSWERS = {
  401: 'With auth=jwt: there is no valid token.',
  403: 'The caller may not call: no execute-api:Invoke, or a token without the scope.',
  429: 'Too many requests at once.',
  500: 'The function has died.',
  503: 'The function got no concurrency.',
};

const GATEWAY_ANSWERS_TO_A_BODY = { 413: 'The body is over 10 MB.' };

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export const openApiDocument = () => ({
  openapi: '3.1.0',
  info: {
    title: 'Workspace model service',
    version,
    description: 'The picked model of an AI-agent workspace. Every answer is JSON and never to be cached.',
  },
  servers: [{ url: '/', description: 'Where this document is served; deployed: the output ApiUrl.' }],
  paths: paths(),
  components: {
    schemas: schemas(),
    securitySchemes: {
      iam: {
        type: 'apiKey',
        in: 'header',
        name: 'authorization',
        description: 'auth=iam: AWS Signature Version 4, service execute-api.',
      },
      token: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'auth=jwt: a token with the scope.',
      },
    },
  },
});

const paths = () => {
  const byPath = Map.groupBy(
    Object.keys(operations).filter(isRouted),
    (name) => functionRegistry[name].route.path,
  );
  return Object.fromEntries(
    [...byPath].map(([path, alike]) => [path, Object.fromEntries(alike.map(operationEntry))]),
  );
};

const operationEntry = (name: RoutedFunctionName) => {
  const { route } = functionRegistry[name];
  return [route.method.toLowerCase(), operationOf(name, route, operations[name])] as const;
};

const operationOf = (
  name: RoutedFunctionName,
  { path, scope }: Route,
  { summary, description, body, answers, codes, ...more }: Operation,
) => ({
  operationId: name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  summary,
  description,
  parameters: [
    ...(path.includes('{id}') ? [workspaceParameter] : []),
    ...(more.isConditional ? conditionParameters : []),
    ...Object.entries(more.query ?? {}).map(([key, parameter]) => ({ name: key, in: 'query', ...parameter })),
  ],
  security: [{ iam: [] }, { token: [`model:${scope}`] }],
  ...(body !== undefined && {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: jsonSchema(body.schema, 'input'), examples: body.examples } },
    },
  }),
  responses: {
    200: {
      description: 'Done.',
      ...(more.hasEtag && { headers: { etag: etagHeader } }),
      content: {
        'application/json': {
          schema:
            answers.length === 1
              ? ref(answers[0]?.name ?? '')
              : { oneOf: answers.map(({ name }) => ref(name)) },
          examples: Object.assign({}, ...answers.map(({ examples }) => examples)),
        },
      },
    },
    ...gatewayAnswers(GATEWAY_ANSWERS),
    ...errorsOf(codes),
    ...(body !== undefined && gatewayAnswers(GATEWAY_ANSWERS_TO_A_BODY)),
  },
});

const gatewayAnswers = (answers: Record<number, string>) =>
  Object.fromEntries(
    Object.entries(answers).map(([status, description]) => [
      status,
      { description, content: { 'application/json': { schema: ref('GatewayAnswer') } } },
    ]),
  );

/** Any letter case of a UUID is taken, whatever its version. */
const workspaceParameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'The UUID of a workspace.',
  schema: { type: 'string', pattern: '^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$' },
  example: '2dabc3bf-fe67-476e-a4dc-a675a865a5ef',
};

const etagHeader = {
  description: 'Of the pick, for If-Match; none where nothing is picked.',
  schema: { type: 'string' },
  example: '"0f343b0931126a20"',
};

const conditionParameters = [
  {
    name: 'if-match',
    in: 'header',
    description: 'Write only over the pick with this ETag, or over any with *; otherwise 412.',
    schema: { type: 'string' },
  },
  {
    name: 'if-none-match',
    in: 'header',
    description:
      'Write only where nothing is picked; otherwise 412. Not together with if-match, not to clear.',
    schema: { const: '*' },
  },
];

const errorsOf = (codes: Code[]) => {
  const byStatus = Map.groupBy(codes, (code) => HTTP_ERRORS[code].status);
  return Object.fromEntries([...byStatus].map(([status, alike]) => [status, errorResponse(status, alike)]));
};

const errorResponse = (status: number, codes: Code[]) => ({
  description: `${codes.join(', ')}${status < 500 ? '' : ', or an answer of API Gateway where no function answers'}`,
  ...(codes.some((code) => retryAfterOf(code) !== undefined) && {
    headers: { 'retry-after': { description: 'Seconds until another try.', schema: { type: 'integer' } } },
  }),
  content: {
    'application/json': {
      schema: status < 500 ? errorSchema(codes) : { anyOf: [errorSchema(codes), ref('GatewayAnswer')] },
      examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
    },
  },
});

const errorSchema = (codes: Code[]) => ({
  allOf: [ref('ErrorAnswer'), { properties: { code: { enum: codes } } }],
});

const httpErrorOf = (code: Code): HttpError => HTTP_ERRORS[code];
const retryAfterOf = (code: Code): number | undefined => httpErrorOf(code).retryAfter;

const exampleOf = (code: Code): object => ({
  error: httpErrorOf(code).text ?? 'What is wrong, and what to send instead.',
  code,
  ...(httpErrorOf(code).status === 422 && { model: 'minimax' }),
});

const schemas = () => ({
  Problem: jsonSchema(Problem),
  ...Object.fromEntries(
    Object.values(operations).flatMap(({ answers }) =>
      answers.map(({ name, schema }) => [name, jsonSchema(schema)]),
    ),
  ),
  ErrorAnswer: jsonSchema(ErrorAnswer),
  GatewayAnswer: jsonSchema(GatewayAnswer),
});

const jsonSchema = (schema: $ZodType, io: 'input' | 'output' = 'output') => {
  const { $schema: _, $id: __, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
};
