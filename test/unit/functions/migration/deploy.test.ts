import { expect, it } from 'vitest';
import { tokenOf } from '../../../../functions/migration/deploy-event.ts';

it('gives one request of CloudFormation one token, and two requests two', () => {
  expect(tokenOf('a-request')).toBe(tokenOf('a-request'));
  expect(tokenOf('a-request')).not.toBe(tokenOf('another-request'));
});
