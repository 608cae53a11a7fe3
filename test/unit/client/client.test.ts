// What the client sends, and what it makes of an answer. The answers are written out here.
import { expect, it } from 'vitest';
import {
  ApiError,
  changedNothing,
  ModelClient,
  unchanged,
  type WriteOptions,
} from '../../../client/client.ts';
import { HTTP_ERRORS, type HttpError } from '../../../functions/invocation/answer.ts';

interface Sent {
  url: string;
  init: RequestInit;
}

const clientOf = (...answers: Response[]) => {
  const sent: Sent[] = [];
  const client = new ModelClient({
    url: 'https://api.example.com/',
    fetch: async (url, init) => {
      sent.push({ url, init });
      return answers.shift() ?? Response.error();
    },
  });
  return { client, sent };
};

it('keeps the ETag of a pick and sends the condition of a write', async () => {
  const { client, sent } = clientOf(
    Response.json({ model: 'a/b', source: 'workspace_secrets' }, { headers: { etag: '"1"' } }),
    Response.json({ status: 'saved', model: 'a/c' }, { headers: { etag: '"2"' } }),
  );
  const { etag } = await client.get('w');
  expect(await client.set('w', 'a/c', unchanged(etag))).toMatchObject({ etag: '"2"' });
  expect(sent[1]?.url).toBe('https://api.example.com/workspaces/w/model');
  expect(sent[1]?.init.headers).toEqual({ 'content-type': 'application/json', 'if-match': '"1"' });
});

it('sends that there is to be no pick where none was read, and nothing where the condition is undefined', async () => {
  const { client, sent } = clientOf(
    Response.json({ model: '', source: 'default' }),
    Response.json({ status: 'saved', model: 'a/c' }),
  );
  const { etag } = await client.get('w');
  await client.set('w', 'a/c', unchanged(etag));
  expect(sent[1]?.init.headers).toEqual({ 'content-type': 'application/json', 'if-none-match': '*' });
  // @ts-expect-error: the types refuse it; those who write JavaScript meet the error.
  const condition: WriteOptions = { ifMatch: etag };
  await expect(client.set('w', 'a/c', condition)).rejects.toThrow(RangeError);
  await expect(client.clear('w', condition)).rejects.toThrow(RangeError);
  expect(sent.length).toBe(2);
});

it.each(['', ' \n'])('sends nothing for the blank model %j, which would clear the pick', async (model) => {
  const { client, sent } = clientOf(Response.json({ status: 'cleared' }));
  await expect(client.set('w', model)).rejects.toThrow('The model is empty. To clear the pick, call clear.');
  expect(sent).toEqual([]);
});

it('says when another try is worth its while', async () => {
  const error = { error: 'Try again.', code: 'DATABASE_UNAVAILABLE' };
  const { client } = clientOf(Response.json(error, { status: 503, headers: { 'retry-after': '5' } }));
  await expect(client.get('w')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryAfter: 5 });
});

it('hands over the suggestions of a refusal, and those of a warning', async () => {
  const refusal = { error: 'Not offered.', code: 'MODEL_NOT_OFFERED', model: 'a', suggestions: ['a/b'] };
  const warning = { code: 'MODEL_RETIRED', reason: 'Retired.', suggestions: ['a/c'] };
  const { client } = clientOf(
    Response.json(refusal, { status: 422 }),
    Response.json({ status: 'saved', model: 'a', warning }),
  );
  await expect(client.set('w', 'a')).rejects.toMatchObject({ suggestions: ['a/b'] });
  expect(await client.set('w', 'a')).toMatchObject({ warning });
});

it('reads the fleet page after page, with filters', async () => {
  const item = { workspace_id: 'w', name: 'n', runtime: null, model: 'a/b', source: 'workspace_secrets' };
  const { client, sent } = clientOf(
    Response.json({ items: [item], next: 'second' }),
    Response.json({ items: [], next: 'third' }),
    Response.json({ items: [{ ...item, workspace_id: 'x' }] }),
  );
  const ids: string[] = [];
  for await (const { workspaceId } of client.listAll({ problem: 'any', limit: 1 })) {
    ids.push(workspaceId);
  }
  expect(ids).toEqual(['w', 'x']);
  expect(sent.map(({ url }) => new URL(url).search)).toEqual([
    '?problem=any&limit=1',
    '?problem=any&cursor=second&limit=1',
    '?problem=any&cursor=third&limit=1',
  ]);
});

it('reads the whole fleet in the largest pages', async () => {
  const { client, sent } = clientOf(Response.json({ items: [] }));
  await client.listAll().next();
  expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?limit=500']);
});

it('reads the history and what is offered', async () => {
  const entry = { at: '2026-01-01T00:00:00Z', action: 'saved', actor: 'someone', model: 'a/b' };
  const { client, sent } = clientOf(
    Response.json({ items: [entry] }),
    Response.json({ mode: 'warn', items: [{ id: 'a/b', status: 'offered' }] }),
  );
  expect(await client.history('w')).toEqual([entry]);
  expect(await client.models('langgraph')).toMatchObject({ mode: 'warn', items: [{ id: 'a/b' }] });
  expect(sent[1]?.url).toBe('https://api.example.com/models?runtime=langgraph');
});

it.each([
  ['a page in HTML', new Response('<html>', { status: 200 })],
  ['a list', Response.json([])],
  ['a model that is no text', Response.json({ model: 1, source: 'default' })],
  ['a failure without a body', new Response(null, { status: 502 })],
])('takes %s for no answer of the service', async (_, answer) => {
  await expect(clientOf(answer).client.get('w')).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
});

it('keeps the status of a failure whose body has a code of something in between', async () => {
  const body = { code: 'ECONNRESET', message: 'upstream connect error' };
  const { client } = clientOf(Response.json(body, { status: 502 }));
  await expect(client.get('w')).rejects.toMatchObject({
    status: 502,
    code: 'GATEWAY_ERROR',
    message: 'upstream connect error',
  });
});

it('calls the given fetch by itself: the one of a browser or a Worker must not be called as a method', async () => {
  const calledOn: unknown[] = [];
  const client = new ModelClient({
    url: 'https://api.example.com',
    fetch: async function (this: unknown) {
      calledOn.push(this);
      return Response.json({ model: '', source: 'default' });
    },
  });
  await client.get('w');
  expect(calledOn).toEqual([undefined]);
});

it.each<[string, HttpError]>(Object.entries(HTTP_ERRORS))(
  'takes from %s that a write has changed nothing where it is a refusal, or its text says so',
  (code, { status, text = '' }) => {
    const saysSo = status < 500 || text.includes('Nothing was changed.');
    expect(changedNothing(new ApiError('Failed.', { status, code }))).toBe(saysSo);
  },
);

it('takes from no answer at all that nothing was changed', () => {
  expect(changedNothing(new TypeError('fetch failed'))).toBe(false);
});
