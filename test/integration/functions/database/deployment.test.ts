// The note of the deployment that migrates a database.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DEPLOYMENT_SQL,
  type Deployment,
  forgetDeployment,
  noteComplete,
  noteDeleted,
  noteDeployment,
  noteDone,
  noteIncomplete,
  readDeployment,
} from '../../../../functions/database/deployment.ts';
import { postgresError } from '../../../helpers/data-api-errors.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const deployment = (stackId: string, others: Partial<Deployment> = {}): Deployment => ({
  stackId,
  encryptionKey: 'key',
  keyBefore: null,
  doneBy: null,
  found: '{"a": 1}',
  isSettled: false,
  ...others,
});

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.sql('DROP TABLE IF EXISTS workspace_model_deployment'));

const read = () => readDeployment(stack.executeAsOwner);
const note = (of: Deployment, before?: Deployment, request = { requestId: 'request', startedAt: 1 }) =>
  noteDeployment(stack.executeAsOwner, of, { before, ...request });
const done = (stackId: string, requestId: string, startedAt = 1) =>
  noteDone(stack.executeAsOwner, stackId, { requestId, startedAt });
const complete = (stackId: string, isUpdate = false) =>
  noteComplete(stack.executeAsOwner, { stackId, isUpdate });

describe('a database without the table of deployments', () => {
  it('has none, and there is nothing to forget', async () => {
    expect(await read()).toBeUndefined();
    await forgetDeployment(stack.executeAsOwner, 'one');
    await complete('one');
  });

  it('is not taken for one that cannot be read', async () => {
    const refused = postgresError('42501');
    await expect(readDeployment(() => Promise.reject(refused))).rejects.toBe(refused);
  });
});

describe('the note of a deployment', () => {
  beforeEach(() => stack.sql(DEPLOYMENT_SQL));

  it('is read as it was written', async () => {
    expect(await read()).toBeUndefined();
    await note(deployment(`o'ne`));
    expect(await read()).toEqual(deployment(`o'ne`));
  });

  it('keeps what the same stack has found, and whether it is settled', async () => {
    await note(deployment('one', { isSettled: true }));
    await note(deployment('one', { found: '{}' }));
    expect(await read()).toEqual(deployment('one', { isSettled: true }));
  });

  it('keeps the previous key until that comes back or the deployment is complete', async () => {
    const noteKey = (encryptionKey: string) => note(deployment('one', { encryptionKey, isSettled: true }));
    await noteKey('first');
    await noteKey('second');
    await noteKey('second');
    expect(await read()).toMatchObject({ encryptionKey: 'second', keyBefore: 'first' });
    await noteKey('first');
    expect(await read()).toMatchObject({ encryptionKey: 'first', keyBefore: null });
    await noteKey('second');
    await complete('one');
    expect(await read()).toMatchObject({ encryptionKey: 'second', keyBefore: null });
  });

  it('is settled where its stack is complete, and not where it was said before that it is not', async () => {
    await note(deployment('one'));
    await complete('other');
    expect(await read()).toMatchObject({ isSettled: false });
    await complete('one');
    expect(await read()).toMatchObject({ isSettled: true });
    await noteIncomplete(stack.executeAsOwner, 'one');
    await complete('one');
    expect(await read()).toMatchObject({ isSettled: false });
    await complete('one', true);
    await noteIncomplete(stack.executeAsOwner, 'one');
    expect(await read()).toMatchObject({ isSettled: true });
  });

  it('is replaced by that of another stack which has seen it, and by no other', async () => {
    const one = deployment('one', { isSettled: true });
    await note(one);
    await expect(note(deployment('other'))).rejects.toThrow('SQLState: WM005');
    await expect(note(deployment('other'), deployment('two'))).rejects.toThrow('SQLState: WM005');
    await note(deployment('other', { found: '{}' }), one);
    expect(await read()).toEqual(deployment('other', { found: '{}' }));
  });

  it('is settled by an Update where it is the first, and not where its creation was noted and never completed', async () => {
    await note(deployment('one'));
    await note(deployment('one', { isSettled: true }));
    expect(await read()).toMatchObject({ isSettled: false });
    await forgetDeployment(stack.executeAsOwner, 'one');
    await note(deployment('one', { isSettled: true }));
    await note(deployment('one'));
    expect(await read()).toMatchObject({ isSettled: true });
  });

  it('is settled by the update of its last resource, for good', async () => {
    await note(deployment('one'));
    await complete('one', true);
    const [settled] = await stack.sql('SELECT settled_at FROM workspace_model_deployment');
    await complete('one', true);
    expect(await stack.sql('SELECT settled_at FROM workspace_model_deployment')).toEqual([settled]);
    await note(deployment('one'));
    expect(await read()).toMatchObject({ isSettled: true });
  });

  it('says which request of its own stack was done last', async () => {
    await note(deployment('one'));
    expect(await done('other', 'first')).toBe(false);
    expect(await done('one', 'first')).toBe(true);
    expect(await done('one', 'second')).toBe(true);
    expect(await read()).toMatchObject({ doneBy: 'second' });
  });

  it('is taken by no request where a later one of its stack is done, and by that one where an earlier one is', async () => {
    const cancelled = { requestId: 'cancelled', startedAt: 2 };
    const wayBack = { requestId: 'way back', startedAt: 3 };
    await note(deployment('one'));
    await done('one', 'first');
    await note(deployment('one'), undefined, cancelled);
    await done('one', 'cancelled', 2);
    await note(deployment('one'), undefined, wayBack);
    await done('one', 'way back', 3);
    await expect(note(deployment('one'), undefined, cancelled)).rejects.toThrow('SQLState: WM006');
    await note(deployment('one'), undefined, { ...wayBack, startedAt: 2 });
  });

  it('is forgotten by its own stack alone', async () => {
    await note(deployment('one'));
    await forgetDeployment(stack.executeAsOwner, 'other');
    expect(await read()).toMatchObject({ stackId: 'one' });
    await forgetDeployment(stack.executeAsOwner, 'one');
    expect(await read()).toBeUndefined();
  });
});

describe('a stack that was deleted before it noted anything', () => {
  it('can note nothing any more, and stands in no other one’s way', async () => {
    await noteDeleted(stack.executeAsOwner, 'gone');
    expect(await read()).toBeUndefined();
    await expect(note(deployment('gone'))).rejects.toThrow('SQLState: WM004');
    expect(await done('gone', 'first')).toBe(false);
    await forgetDeployment(stack.executeAsOwner, 'gone');
    await expect(note(deployment('gone'))).rejects.toThrow('SQLState: WM004');

    await note(deployment('next'));
    await noteDeleted(stack.executeAsOwner, 'gone');
    expect(await read()).toEqual(deployment('next'));
  });
});
