import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionOf } from '../../../../functions/invocation/condition.ts';
import { httpEvent } from '../../../helpers/http-event.ts';

const condition = (headers: Record<string, string>) => conditionOf(httpEvent({ headers }));

describe('the condition of a request', () => {
  it('is none where no header asks for one', () => {
    expect(condition({})).toBe('always');
    expect(conditionOf({ ...httpEvent({}), headers: {} })).toBe('always');
  });

  it('is that nothing is picked for If-None-Match: *, with or without spaces around it', () => {
    expect(condition({ 'if-none-match': '*' })).toBe('first');
    expect(condition({ 'if-none-match': ' * ' })).toBe('first');
  });

  it.each([['"abc"'], ['**'], ['']])(
    'refuses If-None-Match: %s, which could mean something else',
    (value) => {
      expect(() => condition({ 'if-none-match': value })).toThrow('If-None-Match must be *');
    },
  );

  it('refuses two conditions at once', () => {
    expect(() => condition({ 'if-match': '*', 'if-none-match': '*' })).toThrow('not both');
  });

  it('is any pick for If-Match: *', () => {
    expect(condition({ 'if-match': '*' })).toEqual({ ifMatch: '*' });
    expect(condition({ 'if-match': ' *\t' })).toEqual({ ifMatch: '*' });
  });

  it('is one of the strong ETags of If-Match, however they are spaced', () => {
    const space = fc.stringMatching(/^[ \t]{0,3}$/);
    const etag = fc.record({
      opaque: fc.stringMatching(/^[0-9a-f]{1,64}$/),
      isWeak: fc.boolean(),
      before: space,
      after: space,
    });
    fc.assert(
      fc.property(fc.array(etag, { minLength: 1, maxLength: 5 }), (etags) => {
        const header = etags
          .map(({ opaque, isWeak, before, after }) => `${before}${isWeak ? 'W/' : ''}"${opaque}"${after}`)
          .join(',');
        const strong = etags.filter(({ isWeak }) => !isWeak).map(({ opaque }) => opaque);
        expect(condition({ 'if-match': header })).toEqual({ ifMatch: strong.join(',') });
      }),
    );
  });

  it.each([['"*"'], ['"*,abc"'], ['"abc,"'], ['"", "opus"']])(
    'matches no pick for If-Match: %s, for no ETag of a pick is written so',
    (value) => {
      expect(condition({ 'if-match': value })).toEqual({ ifMatch: '' });
    },
  );

  it.each([['abc'], ['"abc'], ['"a" "b"'], ['"a",'], ['x"a"'], ['"a"x'], ['w/"a"'], [''], ['*, "a"']])(
    'refuses If-Match: %s, which is no list of ETags',
    (value) => {
      expect(() => condition({ 'if-match': value })).toThrow(
        'If-Match must be the ETag of an answer, with its quotes, or *.',
      );
    },
  );
});
