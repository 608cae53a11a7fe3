// Each way that a deploy ends, through the CDK's own framework: undisturbed, and with requests that come twice.
import { describe, it } from 'vitest';
import { CloudFormationStack, type Delivery } from '../../../helpers/cloudformation.ts';
import { expectAgreement, given, sequences } from '../../../helpers/deploy-sequences.ts';

describe.each(sequences)('$name', ({ play, ...sequence }) => {
  it.each<[string, Delivery]>([
    ['', 'once'],
    [', with each request repeated', 'all twice'],
  ])('leaves all in agreement%s', async (_, delivery) => {
    const stack = new CloudFormationStack(delivery);
    const before = await given(stack, sequence.given);
    await play(stack);
    await expectAgreement(stack, sequence, before);
  });
});
