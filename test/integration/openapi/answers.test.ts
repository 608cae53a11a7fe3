// What the service answers is what the document says: no field more, no field less, no other code.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import {
  CatalogueAnswer,
  Cleared,
  ErrorAnswer,
  Fleet,
  GatewayAnswer,
  History,
  Picked,
  Saved,
} from '../../../openapi/answers.ts';
import { operations } from '../../../openapi/operations.ts';
import { type HttpAnswer, type Service, startService } from '../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A loose schema takes fields that it does not know; here each has to be described. */
const expectDescribed = ({ text }: HttpAnswer, { shape }: z.ZodObject): void => {
  expect(z.strictObject(shape).safeParse(JSON.parse(text)).error).toBeUndefined();
};

it('answers a GET as described, with a pick, without one and with a problem', async () => {
  for (const id of [
    await service.addPick('minimax/MiniMax-M2.7'),
    await service.addWorkspace(),
    await service.addPick('minimax'),
  ]) {
    expectDescribed(await service.get(id), Picked);
  }
});

it('answers a PUT that saves and one that clears as described', async () => {
  const id = await service.addWorkspace();
  expectDescribed(await service.put(id, 'minimax/MiniMax-M2.7'), Saved);
  expectDescribed(await service.put(id, ''), Cleared);
});

it('answers the history and the fleet as described', async () => {
  const id = await service.addWorkspace();
  await service.put(id, 'minimax/MiniMax-M2.7');
  await service.addPick('minimax');
  for (const [path, shape] of [
    [`/workspaces/${id}/model/history`, History],
    ['/workspaces/models?limit=500', Fleet],
  ] as const) {
    const response = await fetch(service.api + path);
    expect(response.status).toBe(200);
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    expectDescribed(answer, shape);
    const { items } = z.object({ items: z.array(z.object({})) }).parse(JSON.parse(answer.text));
    expect(items.length).toBeGreaterThan(0);
  }
  const refused = await fetch(`${service.api}/workspaces/models?limit=0`);
  expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'INVALID_REQUEST' }]);
});

it('answers what may be picked as described', async () => {
  const response = await fetch(`${service.api}/models`);
  const text = await response.text();
  expectDescribed({ status: response.status, headers: response.headers, text }, CatalogueAnswer);
  expect(JSON.parse(text)).toEqual({ mode: 'off', items: [] });
});

it('refuses with a described code and described fields', async () => {
  const id = await service.addWorkspace();
  for (const answer of [
    await service.put(id, 'minimax'),
    await service.put(id, 'claude-code'),
    await service.put(id, 'a b'),
    await service.put(id, 1),
    await service.put(randomUUID(), 'minimax/MiniMax-M2.7'),
    await service.putRaw(id, '{"model":"a/b"}', { 'if-match': '"0"' }),
    await service.putRaw(id, '{"model":"a/b"}', { 'if-match': 'no ETag' }),
    await service.put('nothing', 'minimax/MiniMax-M2.7'),
  ]) {
    expectDescribed(answer, ErrorAnswer);
    expect(operations['set-model'].codes).toContain(JSON.parse(answer.text).code);
  }
});

it('answers for API Gateway as described', async () => {
  const response = await fetch(`${service.api}/elsewhere`);
  expectDescribed(
    { status: response.status, headers: response.headers, text: await response.text() },
    GatewayAnswer,
  );
});
