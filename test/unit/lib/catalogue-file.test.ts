import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compactCatalogue } from '../../../functions/model/catalogue.ts';
import { CatalogueError, readCatalogueFile } from '../../../lib/catalogue-file.ts';
import { platformModels } from '../../helpers/catalogues.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (text: string) => {
  const file = join(folder, 'catalogue.json');
  writeFileSync(file, text);
  return readCatalogueFile(file);
};

const expectRefused = (text: string, line: number, sentence: string) => {
  const fault = () => read(text);
  expect(fault).toThrow(CatalogueError);
  expect(fault).toThrow(`${join(folder, 'catalogue.json')}:${line}: `);
  expect(fault).toThrow(sentence);
};

const withSecond = (second: string) =>
  `{"models":[\n {"id": "gpt-5", "runtimes": ["codex"]},\n ${second}\n]}`;

describe('readCatalogueFile', () => {
  it('reads the platform catalogue', () => {
    expect(read(JSON.stringify({ models: platformModels }))).toEqual(compactCatalogue(platformModels));
  });

  it('reads a file that begins with a byte order mark', () => {
    expect(read('\uFEFF{"models": [{"id": "opus"}]}')).toEqual(compactCatalogue([{ id: 'opus' }]));
  });

  it('reads the beginning of a variant', () => {
    expect(read('{"models": [{"id": "opus[*"}]}')).toEqual(compactCatalogue([{ id: 'opus[*' }]));
  });

  it.each([
    ['{"id": "two words"}', '"id" must be a model id'],
    ['{"id": "a*b"}', '"id" must be a model id'],
    ['{"id": "openai/undefined"}', '"id" must be a model id'],
    ['{"id": "openai.com"}', '"id" must be a model id'],
    ['{"id": "opus[1m"}', '"id" must be a model id'],
    ['{"id": "a", "status": "retired", "replacement": "gpt-*"}', '"replacement" must be a model id'],
    ['{"runtimes": ["codex"]}', 'needs an "id"'],
    ['{"id": "a", "runtimes": []}', '"runtimes" must name at least one'],
    ['{"id": "a", "runtimes": ["two words"]}', 'a runtime has letters'],
    ['{"id": "a", "status": "gone"}', '"status" must be one of offered, withdrawn, retired'],
    ['{"id": "a", "runtime": ["codex"]}', 'runtime'],
    ['{"id": "gpt-5"}', 'gpt-5 is there already for the same runtime'],
    [
      '{"id": "a", "status": "retired", "replacement": "b"}',
      'b, the replacement of a, is not offered itself',
    ],
    [
      '{"id": "a", "status": "retired", "replacement": "a"}',
      'a, the replacement of a, is not offered itself',
    ],
    ['{"id": "a", "id": "b"}', '"id" is there already in the same object'],
    ['{"id": "a", "runtimes": ["codex"], "runtimes": ["hermes"]}', '"runtimes" is there already'],
    ['{"id": "a",}', 'this is not JSON'],
  ])('refuses %s and names its line', (second, sentence) => {
    expectRefused(withSecond(second), 3, sentence);
  });

  it('refuses a second list of models, of which the first would be lost', () => {
    expectRefused('{"models": [{"id": "a"}],\n "models": [{"id": "b"}]}', 2, '"models" is there already');
  });

  it('refuses a file that is empty, is no catalogue, or is not there', () => {
    expectRefused('', 1, 'this is not JSON');
    expectRefused('{"models":[]}', 1, '"models" is empty');
    expectRefused('[]', 1, 'expected object');
    expect(() => readCatalogueFile(join(folder, 'none.json'))).toThrow('cannot be read');
  });

  it('takes the same id for different runtimes', () => {
    expect(
      read(withSecond('{"id": "gpt-5", "runtimes": ["hermes"], "status": "retired"}')).groups,
    ).toHaveLength(2);
  });
});
