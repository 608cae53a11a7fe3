import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelClient } from '../../../client/client.ts';
import { type Service, startService } from '../../helpers/service.ts';

let service: Service;
let client: ModelClient;
beforeAll(async () => {
  service = await startService();
  client = new ModelClient({ url: `${service.api}/`, fetch });
});
afterAll(() => service.close());

describe('the client against the service', () => {
  it('reads that nothing is picked', async () => {
    const picked = await client.get(await service.addWorkspace());
    expect(picked).toMatchObject({ model: '', source: 'default', problem: undefined });
  });

  it('reads the pick that it has set, until it clears it', async () => {
    const id = await service.addWorkspace();
    expect(await client.set(id, ' minimax/MiniMax-M2.7 ')).toMatchObject({ model: 'minimax/MiniMax-M2.7' });
    expect(await client.get(id)).toMatchObject({
      model: 'minimax/MiniMax-M2.7',
      source: 'workspace_secrets',
    });
    await client.clear(id);
    expect(await client.get(id)).toMatchObject({ model: '', source: 'default' });
  });

  it('reads what is wrong with a stored slug', async () => {
    const { problem } = await client.get(await service.addPick('minimax'));
    expect(problem).toMatchObject({ code: 'PROVIDER_SLUG' });
  });

  it('fails with the code and the message of a refusal', async () => {
    const id = await service.addWorkspace();
    await expect(client.set(id, 'claude-code')).rejects.toMatchObject({
      name: 'ApiError',
      status: 422,
      code: 'RUNTIME_NAME',
      retryAfter: undefined,
    });
    await expect(client.get(randomUUID())).rejects.toMatchObject({
      status: 404,
      code: 'WORKSPACE_NOT_FOUND',
    });
  });

  it('says of an answer of the gateway that it is not one of the service', async () => {
    const astray = new ModelClient({ url: `${service.api}/elsewhere`, fetch });
    await expect(astray.get(randomUUID())).rejects.toMatchObject({ status: 404, code: 'GATEWAY_ERROR' });
  });
});
