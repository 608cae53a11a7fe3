import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggest } from '../../../../functions/model/suggestions.ts';
import { platformModels, rulesOf } from '../../../helpers/catalogues.ts';

const suggestionsFor = (model: string, runtime: string, models = platformModels) =>
  rulesOf(models).problemOf(model, runtime)?.suggestions;

describe('suggest', () => {
  it.each([
    ['sonnt', 'claude-code', ['sonnet', 'anthropic:sonnet']],
    ['Sonnet', 'claude-code', ['sonnet', 'anthropic:sonnet']],
    ['snonet', 'claude-code', ['sonnet', 'anthropic:sonnet']],
    [
      'claude-opus-4.7',
      'claude-code',
      ['claude-opus-4-7', 'anthropic/claude-opus-4-7', 'anthropic:claude-opus-4-7'],
    ],
    [
      'Claude_Opus 4.8',
      'claude-code',
      ['claude-opus-4-8', 'anthropic/claude-opus-4-8', 'anthropic:claude-opus-4-8'],
    ],
    ['openai/gpt-5.5', 'codex', ['gpt-5.5']],
    ['anthropic', 'claude-code', ['anthropic:opus', 'anthropic:haiku', 'anthropic:sonnet']],
    ['minimax', 'codex', ['minimax/MiniMax-M3', 'minimax/MiniMax-M2.7', 'minimax/MiniMax-M2.7-highspeed']],
    ['minimax-m3', 'hermes', ['minimax/MiniMax-M3', 'minimax:MiniMax-M3']],
    ['claude-sonnet-4-5-20250929', 'claude-code', ['claude-sonnet-4-5', 'anthropic:claude-sonnet-4-5']],
    ['opus[1m]', 'claude-code', ['opus', 'anthropic:opus']],
    ['gpt-5.4-2026-03-05', 'codex', ['gpt-5.4', 'openai/gpt-5.4', 'gpt-5.4-mini']],
    ['gpt-5.6', 'codex', ['gpt-5.5', 'gpt-5.4', 'gpt-5.2']],
    ['minimax:', 'codex', ['minimax/MiniMax-M3', 'minimax/MiniMax-M2.7', 'minimax/MiniMax-M2.7-highspeed']],
    ['openai:', 'codex', ['openai/gpt-5.4', 'openai/gpt-5.4-mini']],
    ...[
      'claude-opus-4-7@default',
      'claude-opus-4-7-latest',
      'bedrock/anthropic.claude-opus-4-7',
      'opus-4.7',
    ].map((sent): [string, string, string[]] => [
      sent,
      'claude-code',
      ['claude-opus-4-7', 'anthropic/claude-opus-4-7', 'anthropic:claude-opus-4-7'],
    ]),
    [
      'us.anthropic.claude-opus-4-7-v1:0',
      'claude-code',
      ['claude-opus-4-7', 'anthropic/claude-opus-4-7', 'anthropic:claude-opus-4-7'],
    ],
    [
      'anthropic.claude-sonnet-4-5-20250929-v1:0',
      'claude-code',
      ['claude-sonnet-4-5', 'anthropic:claude-sonnet-4-5'],
    ],
    ['haiku-4-5', 'claude-code', ['claude-haiku-4-5', 'anthropic:claude-haiku-4-5']],
    [
      'sonnet-4.6',
      'claude-code',
      ['claude-sonnet-4-6', 'anthropic/claude-sonnet-4-6', 'anthropic:claude-sonnet-4-6'],
    ],
  ])('puts the nearest ids first for %s on %s', (model, runtime, wanted) => {
    expect(suggestionsFor(model, runtime)).toEqual(wanted);
  });

  it.each([
    ['llama-3.3-70b', 'claude-code'],
    ['xx', 'claude-code'],
    ['o1', 'codex'],
    ['', 'codex'],
    ['🙂', 'codex'],
    ['codex', 'codex'],
    ['s'.repeat(5_000), 'claude-code'],
  ])('makes nothing up for %s on %s', (model, runtime) => {
    expect(suggestionsFor(model, runtime)).toEqual([]);
  });

  it('finds the id in which one slip was made', () => {
    const codex = platformModels.filter(({ runtimes }) => runtimes?.includes('codex')).map(({ id }) => id);
    const slip = fc.tuple(fc.constantFrom(...codex), fc.nat(), fc.constantFrom('x', '', 'qq'.slice(1)));
    fc.assert(
      fc.property(slip, ([id, place, put]) => {
        const at = id.lastIndexOf('/') + 1 + (place % (id.length - id.lastIndexOf('/') - 1));
        const sent = id.slice(0, at) + put + id.slice(at + 1);
        fc.pre(rulesOf(platformModels).problemOf(sent, 'codex') !== undefined);
        expect(suggestionsFor(sent, 'codex')).toContain(id);
      }),
    );
  });

  it('finds an id among 5,000 long ones', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ id: `vendor/${'m'.repeat(200)}-${i}` }));
    expect(suggestionsFor(`vendor/${'m'.repeat(200)}-4999x`, 'codex', many)?.[0]).toBe(many[4_999]?.id);
  });

  it.each([
    ['never what was sent', 'opus', ['opus'], []],
    [
      'an id that differs in case and punctuation first',
      'gpt5',
      ['gpt-5.1', 'x/gpt-5', 'GPT-5'],
      ['GPT-5', 'x/gpt-5', 'gpt-5.1'],
    ],
    [
      'an id that is equal after its prefix, or after that of what was sent',
      'a/gpt-5',
      ['openai:gpt-5'],
      ['openai:gpt-5'],
    ],
    [
      'no other model for its tag',
      'anthropic.claude-opus-4-7-v1:0',
      ['meta.llama3-3-70b-instruct-v1:0', 'us.anthropic.claude-opus-4-7-v1:0', 'amazon.nova-pro-v1:0'],
      ['us.anthropic.claude-opus-4-7-v1:0'],
    ],
    [
      'none at all for a tag alone',
      'moonshotai/kimi-k2:free',
      ['qwen/qwen3-coder:free', 'z-ai/glm-4.5-air:free'],
      [],
    ],
    ['no other model for its size, although a provider has its name', 'mistral:7b', ['qwen:7b'], []],
    ['no other model for its tag of letters', 'mistral:latest', ['qwen:latest', 'deepseek:latest'], []],
    [
      'no other model for its quantization',
      'hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M',
      ['hf.co/unsloth/gpt-oss-20b-GGUF:Q4_K_M', 'hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q8_0'],
      ['hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q8_0'],
    ],
    ["no provider's model for its quantization", 'mistral:q4_K_M', ['qwen:q4_K_M'], []],
    [
      'another size of the model rather than another model of its size',
      'mixtral:8x7b',
      ['dolphin-mixtral:8x7b', 'mixtral:8x22b'],
      ['mixtral:8x22b'],
    ],
    ['no other model of few letters for its long tag', 'ab:thinking', ['xy:thinking'], []],
    ['the tag in which a slip was made', 'ab:thinkng', ['ab:thinking'], ['ab:thinking']],
    ['no other model for where it runs', 'openai/gpt-oss-120b:cerebras', ['Qwen/Qwen3-32B:cerebras'], []],
    ['the model without its tag', 'x/MiniMax-M2.7:free', ['MiniMax-M2.7'], ['MiniMax-M2.7']],
    ['the model without its tag and its date', 'x/gpt-5-2026-03-05:free', ['gpt-5', 'gpt-4:free'], ['gpt-5']],
    ['nothing of a provider for a tag', 'mistral:7b', ['mistral-large', 'mistral/large'], []],
    [
      'the model behind a prefix of any kind',
      'google-gla:gemini-2.5-pro',
      ['gemini-2.5-pro'],
      ['gemini-2.5-pro'],
    ],
    ['the model whose name begins with a digit', 'openai:4o-mini', ['4o-mini'], ['4o-mini']],
    [
      'the model whose name begins like a tag',
      'openai:chatgpt-4o-latest',
      ['chatgpt-4o-latest'],
      ['chatgpt-4o-latest'],
    ],
    [
      'an id with another prefix and the same tag',
      'moonshotai/kimi-k2:free',
      ['openrouter:kimi-k2:free', 'kimi-k2'],
      ['openrouter:kimi-k2:free'],
    ],
    [
      'the same date before the model without it',
      'gpt-5-2026-01-01',
      ['gpt-5', 'x/gpt-5-2026-01-01'],
      ['x/gpt-5-2026-01-01'],
    ],
    ['what begins with three characters', 'gpt', ['gpt-5', 'agpt-5'], ['gpt-5']],
    [
      'of those, an equal one before one with another prefix',
      'b/gpt.5',
      ['a/gpt-5', 'b/gpt-5'],
      ['b/gpt-5', 'a/gpt-5'],
    ],
    [
      'of those, the nearest in length first',
      'openrouter/gpt-5',
      ['x/gpt-5', 'openrouters/gpt-5'],
      ['openrouters/gpt-5', 'x/gpt-5'],
    ],
    ['nothing that begins with two', 'gp', ['gpt-51-long'], []],
    [
      'the shortest of those that begin so, and the newest of equally long ones, then by name',
      'gpt',
      ['gpt-x9', 'gpt-4', 'gpt-55', 'gpt-5', 'gpt-a9'],
      ['gpt-5', 'gpt-4', 'gpt-55', 'gpt-a9', 'gpt-x9'],
    ],
    [
      'a number by what it counts, not by its digits',
      'gpt',
      ['gpt-5.10', 'gpt-5.9a'],
      ['gpt-5.10', 'gpt-5.9a'],
    ],
    ['none for the words at the end alone', 'glm-for-coding', ['kimi-for-coding', 'kimi/glm-coding-for'], []],
    ['none for the last word alone', 'databricks/glm-latest', ['~openai/gpt-latest'], []],
    ['none of another kind for the last word', 'dashscope/qwen3-tts-flash', ['alibaba/qwen3.5-flash'], []],
    ['none of another line for the last word', 'qwencloud/qwq-plus', ['qwen/qwen-plus'], []],
    ['the one with a slip before the last word', 'gmm-latest', ['glm-latest'], ['glm-latest']],
    ['another version before the last word', 'gpt-4.1-mini', ['gpt-5.4-mini'], ['gpt-5.4-mini']],
    ['the id behind another maker', 'azure_ai/FW-Kimi-K2.5', ['kimi-k2.5'], ['kimi-k2.5']],
    [
      'the id that ends in two words or more',
      'opus-4.7',
      ['claude-opus-4-7', 'x-opus-47'],
      ['claude-opus-4-7'],
    ],
    ['nothing for one word at the end', 'flash', ['gemini-2.5-flash'], []],
    ['nothing for an ending of four characters', 'ab-4.7', ['claude-ab-4-7'], []],
    ['nothing that ends within a word', 'pus-4.7', ['claude-opus-4-7'], []],
    ['nothing with another tag at the end', 'opus-4.7:free', ['claude-opus-4-7:thinking'], []],
    [
      'an id of Bedrock before another without what Bedrock puts around it',
      'au.anthropic.claude-opus-4-7-v1:0',
      ['claude-opus-4-7', 'eu.anthropic.claude-opus-4-7-v1:0'],
      ['eu.anthropic.claude-opus-4-7-v1:0'],
    ],
    ['nothing behind a maker that is none', 'foobar.claude-opus-4-7', ['claude-opus-4-7'], []],
    [
      'what follows a prefix without its mark',
      'openai:',
      ['openai/gpt-5', 'xopenai/gpt-5'],
      ['openai/gpt-5'],
    ],
    ['one slip in four characters', 'opsu', ['opus'], ['opus']],
    ['no slip in three', 'xai', ['xbi'], []],
    ['as many slips as the longer of the two names allows', 'oux', ['opux'], ['opux']],
    [
      'three slips in twelve characters, and no fourth',
      'abcdefghijkl',
      ['xyzdefghijkl', 'wxyzefghijkl'],
      ['xyzdefghijkl'],
    ],
    ['no more than three slips, however long', 'a'.repeat(40), [`bbbb${'a'.repeat(36)}`], []],
    [
      'no slip where anything is more alike',
      'sonnet',
      ['Sonnet', 'sonnets', 'sonnat'],
      ['Sonnet', 'sonnets'],
    ],
    [
      'an id without the date, the variant or both of what was sent',
      'a/gpt-5@20260305[1m]',
      ['gpt-5', 'gpt-5-mini'],
      ['gpt-5'],
    ],
    ['no id with less of a version or a name', 'gpt-5.1-nano', ['gpt-5', 'gpt-5.1', 'gpt'], []],
    [
      'the model behind a prefix that no provider has',
      'my-gateway:gpt-5',
      ['openai/gpt-5', 'gpt-51'],
      ['openai/gpt-5'],
    ],
    [
      'one with a slip behind such a prefix',
      'cf-gw:claude-opus-4-6',
      ['anthropic:claude-opus-4-7'],
      ['anthropic:claude-opus-4-7'],
    ],
    ['no model for what may be a tag', 'openai/gpt-5:max', ['nanogpt/coding-router:max', 'maxima'], []],
    ['nothing for what has no letter', '!!!', ['opus'], []],
    ['nothing for a prefix alone', 'openai/', ['gpt-5'], []],
    ['no prefix alone', 'openai/', ['google/', 'Openai/'], []],
  ])('suggests %s', (_, sent, ids, wanted) => {
    expect(suggest(sent, ids)).toEqual(wanted);
  });

  it('suggests no model that has a tag alone in common with what was sent', () => {
    const part = (letters: string) =>
      fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 30 });
    const tag = fc.oneof(
      fc.constantFrom('free', 'Q4_K_M', '8x7b', 'e4b', 'cerebras', 'max', 'batch', 'web'),
      part('thinkg0'),
    );
    fc.assert(
      fc.property(part('abcd'), part('uvwxyz'), tag, (sent, other, tag) => {
        expect(suggest(`${sent}:${tag}`, [`${other}:${tag}`, `a/${other}:${tag}`])).toEqual([]);
      }),
    );
  });

  it('looks at up to 256 characters of what was sent', () => {
    const id = 'm'.repeat(256);
    expect(suggest(`${id.slice(1)}x`, [id])).toEqual([id]);
    expect(suggest(`${id}x`, [id])).toEqual([]);
  });
});
