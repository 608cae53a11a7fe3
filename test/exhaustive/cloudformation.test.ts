// Each way that a deploy ends, through the CDK's own framework: undisturbed, with a second Delete, with answers that are
// lost, and with a function that is killed.
import { describe, expect, it } from 'vitest';
import { CloudFormationStack, type Delivery } from '../helpers/cloudformation.ts';
import {
  expectAgreement,
  expectClosedOrRight,
  given,
  sequences,
  world,
} from '../helpers/deploy-sequences.ts';
import { isDataApi } from '../helpers/disturbances.ts';
import type { TestStack } from '../helpers/local-stack.ts';

const LOST_EVERY = 3;

describe.each(sequences)('$name', ({ play, again, killedAt, status, statusAgain = status, ...sequence }) => {
  it.each<Delivery>(['once', 'deletes twice'])(
    'leaves all in agreement with requests delivered: %s',
    async (delivery) => {
      const stack = new CloudFormationStack(delivery);
      const before = await given(stack, sequence.given);
      await play(stack);
      await expectAgreement(stack, { ...sequence, status }, before);
    },
  );

  it(`leaves all in agreement, losing the answer to every ${LOST_EVERY}rd call`, async () => {
    const stack = new CloudFormationStack();
    const before = await given(stack, sequence.given);
    let calls = 0;
    world.disturb(() => (call) => {
      calls += Number(isDataApi(call));
      return isDataApi(call) && calls % LOST_EVERY === 0 ? { kind: 'lost-response' } : undefined;
    });
    await play(stack);
    world.disturb(undefined);
    expect(calls).toBeGreaterThanOrEqual(LOST_EVERY);
    await expectAgreement(stack, { ...sequence, status }, before);
  });

  it('leaves all in agreement once it is gone on with after the function was killed', async () => {
    const stack = new CloudFormationStack();
    const before = await given(stack, sequence.given);
    let killed: TestStack | undefined;
    world.disturb((each) => (call) => {
      if (killed !== undefined || !killedAt(call)) {
        return undefined;
      }
      killed = each;
      each.functions.migrate.kill();
      return [{ kind: 'delay', ms: 500 }, { kind: 'dropped-request' }];
    });
    await play(stack);
    expect(killed).toBeDefined();
    await expectClosedOrRight(stack);
    await again(stack);
    await expectAgreement(stack, { ...sequence, status: statusAgain }, before);
  });
});
