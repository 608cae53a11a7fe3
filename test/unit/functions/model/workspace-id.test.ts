import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWorkspaceId } from '../../../../functions/model/workspace-id.ts';

const ID = '0b8f1c2e-2d4a-4c6f-9e10-1a2b3c4d5e6f';

describe('a workspace id', () => {
  it('is a UUID of any version, in either letter case the same', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(parseWorkspaceId(id)).toBe(id);
        expect(parseWorkspaceId(id.toUpperCase())).toBe(id);
      }),
    );
  });

  it('is nothing else, wherever it differs from one', () => {
    expect(parseWorkspaceId(undefined)).toBeUndefined();
    expect(parseWorkspaceId('')).toBeUndefined();
    for (let at = 0; at < ID.length; at += 1) {
      for (const put of ['', 'g', '00', ' ']) {
        expect(parseWorkspaceId(ID.slice(0, at) + put + ID.slice(at + 1))).toBeUndefined();
      }
    }
    for (const wrong of [`x${ID}`, `${ID}x`, ` ${ID}`, `${ID}\n`, `{${ID}}`]) {
      expect(parseWorkspaceId(wrong)).toBeUndefined();
    }
  });
});
