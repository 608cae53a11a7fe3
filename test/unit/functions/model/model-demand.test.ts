import { describe, expect, it } from 'vitest';
import { parseModelDemand } from '../../../../functions/model/model-demand.ts';

describe('the demand of a model', () => {
  it('is made of every runtime but the exempt ones, with or without spaces around them', () => {
    const isDemanded = parseModelDemand({ required: 'true', exemptRuntimes: 'external, manual ,x' });
    expect(['external', 'manual', 'x'].filter(isDemanded)).toEqual([]);
    expect(['codex', 'external,', ''].filter(isDemanded)).toEqual(['codex', 'external,', '']);
  });

  it.each([['false'], ['TRUE'], ['1'], ['']])('is not made where the variable is %j', (required) => {
    expect(parseModelDemand({ required, exemptRuntimes: '' })('codex')).toBe(false);
  });

  it('exempts a workspace without a runtime where no runtime is named', () => {
    expect(parseModelDemand({ required: 'true', exemptRuntimes: '' })('')).toBe(false);
  });
});
