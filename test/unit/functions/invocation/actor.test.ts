import { expect, it } from 'vitest';
import { actorOf } from '../../../../functions/invocation/actor.ts';

const by = (authorizer: unknown) => ({ requestContext: { authorizer } });

it('names the ARN of a caller who signs', () => {
  const userArn = 'arn:aws:sts::111122223333:assumed-role/canvas/session';
  expect(actorOf(by({ iam: { userArn, accountId: '111122223333' } }))).toBe(userArn);
});

it('names the subject of a token', () => {
  expect(actorOf(by({ jwt: { claims: { sub: 'user-1', scope: 'model:write' }, scopes: null } }))).toBe(
    'user-1',
  );
});

it('says where it knows nobody, and keeps no more than an ARN may have', () => {
  for (const event of [
    {},
    undefined,
    by(undefined),
    by({ jwt: { claims: {} } }),
    by({ iam: { userArn: null } }),
  ]) {
    expect(actorOf(event)).toBe('unknown');
  }
  expect(actorOf(by({ jwt: { claims: { sub: 'x'.repeat(5_000) } } }))).toHaveLength(2_048);
});

it('keeps only what a column of text can hold', () => {
  expect(actorOf(by({ jwt: { claims: { sub: 'a\0b' } } }))).toBe('a\ufffdb');
  const cut = actorOf(by({ jwt: { claims: { sub: `${'x'.repeat(2_047)}😀` } } }));
  expect([cut.length, cut.isWellFormed()]).toEqual([2_048, true]);
});
