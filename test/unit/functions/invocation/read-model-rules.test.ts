import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { variableNames } from '../../../../functions/contract.ts';
import { readModelRules } from '../../../../functions/invocation/read-model-rules.ts';
import { compactCatalogue } from '../../../../functions/model/catalogue.ts';
import { suggest } from '../../../../functions/model/suggestions.ts';

const { allowedModelIds, catalogueMode, catalogueFile } = variableNames.modelRules;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'model-rules-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const rulesFor = (mode: string, file: string, allowed = '') => {
  vi.stubEnv(allowedModelIds, allowed);
  vi.stubEnv(catalogueMode, mode);
  vi.stubEnv(catalogueFile, file);
  return readModelRules(suggest);
};

describe('the model rules of a function', () => {
  it('allows the ids of the variable, and has no catalogue without a file', () => {
    const rules = rulesFor('off', '', 'minimax, grok');
    expect(rules.mode).toBe('off');
    expect(rules.problemOf('minimax', undefined)).toBeUndefined();
    expect(rules.problemOf('mistral', undefined)).toMatchObject({ code: 'PROVIDER_SLUG' });
  });

  it.each([['warn'], ['enforce']])(
    'reads in mode %s the catalogue beside the code of the function',
    (mode) => {
      writeFileSync(join(folder, 'catalogue.json'), JSON.stringify(compactCatalogue([{ id: 'opus' }])));
      vi.stubEnv('LAMBDA_TASK_ROOT', folder);
      const rules = rulesFor(mode, 'catalogue.json');
      expect(rules.mode).toBe(mode);
      expect(rules.problemOf('opus', 'claude-code')).toBeUndefined();
      expect(rules.problemOf('opu', 'claude-code')).toMatchObject({
        code: 'MODEL_NOT_OFFERED',
        suggestions: ['opus'],
      });
    },
  );

  it('fails the start of a function whose mode is none', () => {
    expect(() => rulesFor('on', '')).toThrow('CATALOGUE_MODE must be one of off, warn, enforce.');
  });
});
