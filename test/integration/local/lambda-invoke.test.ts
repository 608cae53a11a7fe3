import {
  InvokeCommand,
  type InvokeCommandInput,
  ListFunctionsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

const WORKSPACE = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const REQUEST = JSON.stringify({
  workspace_id: WORKSPACE,
  runtime: 'langgraph',
  model: 'minimax/MiniMax-M2.7',
});

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ migrated: true });
});

afterAll(() => stack.close());

beforeEach(async () => {
  await stack.sql('TRUNCATE workspaces CASCADE');
  await stack.sql("INSERT INTO workspaces (id, name) VALUES ($1, 'demo')", [WORKSPACE]);
});

const invoke = (extras: Partial<InvokeCommandInput> = {}) =>
  stack.lambda.send(new InvokeCommand({ FunctionName: 'provision', Payload: REQUEST, ...extras }));

describe('Invoke', () => {
  it.each([
    ['provision', '$LATEST'],
    ['arn:aws:lambda:us-east-1:000000000000:function:provision', '$LATEST'],
    ['000000000000:function:provision', '$LATEST'],
    ['provision:$LATEST', '$LATEST'],
    ['arn:aws:lambda:us-east-1:000000000000:function:provision:live', '1'],
  ])('runs a function called %s', async (FunctionName, version) => {
    const { StatusCode, FunctionError, ExecutedVersion, Payload } = await invoke({ FunctionName });
    expect([StatusCode, FunctionError, ExecutedVersion]).toEqual([200, undefined, version]);
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      env: { MODEL: 'minimax/MiniMax-M2.7' },
    });
  });

  it('hands over what a handler throws', async () => {
    const { StatusCode, FunctionError, Payload } = await invoke({ Payload: '{}' });
    expect([StatusCode, FunctionError]).toEqual([200, 'Unhandled']);
    expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({
      errorType: 'InvalidRequestError',
      errorMessage: expect.any(String),
      trace: expect.arrayContaining([expect.stringContaining('InvalidRequestError')]),
    });
  });

  it('shows the end of the log where it is asked for', async () => {
    expect((await invoke()).LogResult).toBeUndefined();
    const { LogResult = '' } = await invoke({ LogType: 'Tail' });
    expect(Buffer.from(LogResult, 'base64').toString()).toContain(WORKSPACE);
  });

  it('only checks the request on a dry run', async () => {
    const { StatusCode, Payload } = await invoke({ InvocationType: 'DryRun' });
    expect(StatusCode).toBe(204);
    expect(Payload?.length ?? 0).toBe(0);
  });

  it('does not wait for an invocation of the type Event', async () => {
    const events = () => stack.logs().split('"provision ok"').length;
    const before = events();
    expect((await invoke({ InvocationType: 'Event' })).StatusCode).toBe(202);
    await eventually('the line of the invocation', events).toBeGreaterThan(before);
  });

  it('runs many invocations at once', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => invoke()));
    expect(replies.every(({ FunctionError }) => FunctionError === undefined)).toBe(true);
  });
});

describe('Invoke is refused', () => {
  it('refuses a function that does not exist', async () => {
    const call = invoke({ FunctionName: 'nobody' });
    await expect(call).rejects.toThrow(ResourceNotFoundException);
    await expect(call).rejects.toThrow(
      'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody',
    );
  });

  it('refuses a payload that is too large or no JSON', async () => {
    const large = JSON.stringify('x'.repeat(6 * 1024 * 1024));
    await expect(invoke({ Payload: large })).rejects.toMatchObject({ name: 'RequestTooLargeException' });
    const event = invoke({ InvocationType: 'Event', Payload: JSON.stringify('x'.repeat(1024 * 1024)) });
    await expect(event).rejects.toMatchObject({ name: 'RequestTooLargeException' });
    await expect(invoke({ Payload: '{' })).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  });

  it('refuses any other operation of Lambda', async () => {
    await expect(stack.lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('Invoke'),
    });
  });
});

describe('the wire of Invoke', () => {
  const post = async (
    reference: string,
    body: string | Uint8Array<ArrayBuffer> = '{}',
    headers: Record<string, string> = {},
  ) => {
    const [name, query] = reference.split('?');
    const url = `${stack.aws.url}/2015-03-31/functions/${name}/invocations?${query ?? ''}`;
    const response = await fetch(url, { method: 'POST', body, headers });
    const text = await response.text();
    return {
      response,
      type: response.headers.get('x-amzn-errortype'),
      body: text === '' ? '' : JSON.parse(text),
    };
  };

  it.each([
    ['nobody', 'function:nobody'],
    ['provision:7', 'function:provision:7'],
    ['provision?Qualifier=canary', 'function:provision:canary'],
    ['__proto__', 'function:__proto__'],
    ['constructor', 'function:constructor'],
  ])('answers that %s is not found, with Type and a capital Message', async (name, resource) => {
    const { response, type, body } = await post(name);
    const Message = `Function not found: arn:aws:lambda:us-east-1:000000000000:${resource}`;
    expect([response.status, type]).toEqual([404, 'ResourceNotFoundException']);
    expect(body).toEqual({ Type: 'User', Message, message: Message });
  });

  it.each([
    ['provision!', 400, 'ValidationException', /'provision!' at 'functionName' failed to satisfy constraint/],
    ['%ff', 400, 'ValidationException', /functionName/],
    ['%E0%A4%A', 400, 'ValidationException', /functionName/],
    ['provision:1?Qualifier=2', 400, 'InvalidParameterValueException', /derived qualifier .* does not match/],
    [
      'arn:aws:lambda:eu-west-1:000000000000:function:provision',
      404,
      'ResourceNotFoundException',
      /^Functions from 'eu-west-1' are not reachable in this region \('us-east-1'\)$/,
    ],
    [
      'arn:aws:lambda:us-east-1:111122223333:function:provision',
      403,
      'AccessDeniedException',
      /not authorized/,
    ],
  ])('refuses %s with %i %s', async (name, status, errorType, words) => {
    const { response, type, body } = await post(name);
    expect([response.status, type]).toEqual([status, errorType]);
    expect(body.message).toMatch(words);
  });

  it.each([
    ['no JSON', '{', /^Could not parse request body into json: /],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), /^Could not parse request body into json: /],
  ])('refuses a payload of %s', async (_, payload, words) => {
    const { response, type, body } = await post('provision', payload);
    expect([response.status, type]).toEqual([400, 'InvalidRequestContentException']);
    expect(body).toMatchObject({ Type: 'User', Message: expect.stringMatching(words) });
  });

  it('answers a dry run without a body and without a length of one', async () => {
    const { response } = await post('provision', '{}', { 'x-amz-invocation-type': 'DryRun' });
    expect([response.status, response.headers.get('content-length')]).toEqual([204, null]);
  });

  it('knows no other invocation type', async () => {
    const { response, type } = await post('provision', '{}', { 'x-amz-invocation-type': 'Later' });
    expect([response.status, type]).toEqual([400, 'InvalidParameterValueException']);
  });
});

describe('a function', () => {
  it('fails the running invocation when a function is killed, and starts anew', async () => {
    const { migrate } = stack.functions;
    stack.aws.onCall = () => ({ kind: 'delay', ms: 60_000 });
    const event = {
      RequestType: 'Create',
      RequestId: 'r',
      ResourceProperties: { TargetVersion: '00000000000000' },
    };
    const running = migrate.invoke(JSON.stringify(event));
    await eventually('a call at work', () => stack.aws.calls.at(-1)?.outcome).toBe('pending');
    await migrate.kill();
    stack.aws.onCall = undefined;
    expect(await running).toMatchObject({
      failed: true,
      payload: expect.stringContaining('Runtime.ExitError'),
    });
    expect(await migrate.invoke(JSON.stringify(event))).toMatchObject({ failed: false });
  });
});
