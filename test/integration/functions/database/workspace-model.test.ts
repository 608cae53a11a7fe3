// What the statements that save and clear a pick judge themselves.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseFor } from '../../../../functions/database/attempts.ts';
import { clearModel, saveModel } from '../../../../functions/database/workspace-model.ts';
import { isDataApi } from '../../../helpers/disturbances.ts';
import { type Service, startService } from '../../../helpers/service.ts';
import { unhurried } from '../../../helpers/unhurried.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const saveFor = async (runtime: string | null, refusing: { allBut: boolean; names: string[] }) => {
  const workspaceId = await service.addWorkspace();
  await service.sql('UPDATE workspaces SET runtime = $1 WHERE id = $2', [runtime, workspaceId]);
  let written: unknown;
  const calls = await service.callsDuring(async () => {
    written = await saveModel(databaseFor(service.executeAsOwner, unhurried), {
      workspaceId,
      encryptedValue: Buffer.from('bytes'),
      actor: 'test',
      condition: 'always',
      refusing,
    });
  });
  expect(calls.filter(isDataApi)).toHaveLength(1);
  return { written, rows: (await service.rowsOf(workspaceId)).length };
};

describe('a save', () => {
  it.each([
    ['hermes', { allBut: false, names: ['hermes', 'mock'] }],
    ['hermes', { allBut: true, names: ['mock'] }],
    [null, { allBut: true, names: ['mock'] }],
    ['', { allBut: true, names: [] }],
  ])('stores nothing for the runtime %s where it is one of those refusing', async (runtime, refusing) => {
    expect(await saveFor(runtime, refusing)).toEqual({
      written: { outcome: 'refused', runtime: runtime || undefined },
      rows: 0,
    });
  });

  it.each([
    ['hermes', { allBut: false, names: [] }],
    ['hermes', { allBut: false, names: ['herme', 'hermes2', 'HERMES'] }],
    ['hermes', { allBut: true, names: ['mock', 'hermes'] }],
    [null, { allBut: false, names: ['mock'] }],
  ])('stores the pick for the runtime %s where it is none of them', async (runtime, refusing) => {
    expect(await saveFor(runtime, refusing)).toEqual({
      written: { outcome: 'written', runtime: runtime ?? undefined },
      rows: 1,
    });
  });
});

describe('a clear', () => {
  it('of a pick that a row of the platform holds on to is refused, and the pick stays', async () => {
    const workspaceId = await service.addWorkspace();
    await service.put(workspaceId, 'anthropic:claude-opus-4-5');
    await service.sql('CREATE TABLE holding (secret_id uuid REFERENCES workspace_secrets (id))');
    await service.sql('INSERT INTO holding SELECT id FROM workspace_secrets WHERE workspace_id = $1', [
      workspaceId,
    ]);

    const clearing = clearModel(databaseFor(service.executeAsOwner, unhurried), {
      workspaceId,
      actor: 'test',
      condition: 'always',
    });

    await expect(clearing).rejects.toMatchObject({ name: 'DatabaseRefusedError' });
    expect(await service.rowsOf(workspaceId)).toHaveLength(1);
  });
});
