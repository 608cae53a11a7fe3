// The note of the deployment that migrates a database.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DEPLOYMENT_SQL,
  type Deployment,
  forgetDeployment,
  noteDeployment,
  readDeployment,
  settleDeployment,
} from '../../../../functions/database/deployment.ts';
import { postgresError } from '../../../helpers/data-api-errors.ts';
import { executeOn } from '../../../helpers/engine.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const deployment = (stackId: string, others: Partial<Deployment> = {}): Deployment => ({
  stackId,
  encryptionKey: 'key',
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

const read = () => readDeployment(executeOn(stack));
const note = (of: Deployment) => noteDeployment(executeOn(stack), of);

describe('a database without the table of deployments', () => {
  it('has none, and there is nothing to settle or to forget', async () => {
    expect(await read()).toBeUndefined();
    await settleDeployment(executeOn(stack), 'one', true);
    await forgetDeployment(executeOn(stack), 'one');
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
    await note(deployment('one', { encryptionKey: 'next', found: '{}' }));
    expect(await read()).toEqual(deployment('one', { encryptionKey: 'next', isSettled: true }));
  });

  it('is replaced by that of another stack', async () => {
    await note(deployment('one', { isSettled: true }));
    await note(deployment('other', { found: '{}' }));
    expect(await read()).toEqual(deployment('other', { found: '{}' }));
  });

  it('is settled, and unsettled, by its own stack alone', async () => {
    await note(deployment('one'));
    await settleDeployment(executeOn(stack), 'other', true);
    expect(await read()).toMatchObject({ isSettled: false });
    await settleDeployment(executeOn(stack), 'one', true);
    const [settled] = await stack.sql('SELECT settled_at FROM workspace_model_deployment');
    await settleDeployment(executeOn(stack), 'one', true);
    expect(await stack.sql('SELECT settled_at FROM workspace_model_deployment')).toEqual([settled]);
    expect(await read()).toMatchObject({ isSettled: true });
    await settleDeployment(executeOn(stack), 'one', false);
    expect(await read()).toMatchObject({ isSettled: false });
  });

  it('is forgotten by its own stack alone', async () => {
    await note(deployment('one'));
    await forgetDeployment(executeOn(stack), 'other');
    expect(await read()).toMatchObject({ stackId: 'one' });
    await forgetDeployment(executeOn(stack), 'one');
    expect(await read()).toBeUndefined();
  });
});
