// Each way that a deploy ends, through the CDK's own framework, with requests that come twice; test/exhaustive disturbs it.
import { describe, it } from 'vitest';
import { CloudFormationStack } from '../../../helpers/cloudformation.ts';
import { expectAgreement, given, sequences } from '../../../helpers/deploy-sequences.ts';

describe.each(sequences)('$name', ({ play, ...sequence }) => {
  it('leaves all in agreement, with each request repeated', async () => {
    const stack = new CloudFormationStack('all twice');
    const before = await given(stack, sequence.given);
    await play(stack);
    await expectAgreement(stack, sequence, before);
  });
});
