import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllowedModelIds, pickOf, refuseModelId } from '../../../../functions/model/model-id.ts';
import { providerSlugs } from '../../../../functions/model/provider-slugs.ts';
import { runtimeNames } from '../../../../functions/model/runtime-names.ts';
import { sharedNames } from '../../../../functions/model/shared-names.ts';
import {
  alphabet,
  isFinished,
  isName,
  isPlain,
  isWhole,
  modelIds,
  names,
} from '../../../helpers/model-ids.ts';

const linesOf = (file: string): string[] =>
  readFileSync(new URL(`../../../data/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

const known = linesOf('model-ids.txt');

/** Somebody's bare model id and a provider's or runtime's name at once. */
const collisions = ['claudinio', 'codestral', 'custom', 'deepseek', 'kimi', 'minimax', 'mistral', 'openai'];

const none: ReadonlySet<string> = new Set();
const codeOf = (value: string, allowed = none) => refuseModelId(value, allowed)?.code;

const expectAccepted = (value: string, allowed = none) =>
  expect([value, refuseModelId(value, allowed)]).toEqual([value, undefined]);

const expectMalformed = (value: string) =>
  expect([value, codeOf(value)]).toEqual([value, 'MALFORMED_MODEL_ID']);

/** A name with each letter's case chosen anew. */
const inAnyCase = (name: string) =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((upper) => [...name].map((letter, i) => (upper[i] ? letter.toUpperCase() : letter)).join(''));

const expectNamed = (name: string, code: string) => {
  for (const spelling of [name, name.toUpperCase(), ...fc.sample(inAnyCase(name), 5)]) {
    expect([spelling, codeOf(spelling)]).toEqual([spelling, code]);
  }
};

describe('a model id', () => {
  it('accepts each of the four thousand ids in use, but for those that are names as well', () => {
    const refused = known.filter((id) => refuseModelId(id, none) !== undefined);
    expect(known.length).toBe(4_146);
    expect(refused).toEqual(['claudinio', 'deepseek', 'minimax', 'openai', 'poetools/claude-code']);
  });

  it('refuses by default the eight ids that are names as well', () => {
    expect(collisions.filter((id) => refuseModelId(id, none) === undefined)).toEqual([]);
  });

  it('accepts each of the eight where the deployment allows it by name', () => {
    const allowed = parseAllowedModelIds(collisions.join(', '));
    for (const id of collisions) {
      expectAccepted(id, allowed);
    }
  });

  it('accepts anything of the alphabet, from 1 to 256 characters, that is whole and not a name', () => {
    fc.assert(
      fc.property(modelIds, (id) => {
        expectAccepted(id);
      }),
    );
    expectAccepted('a');
    expectAccepted('m'.repeat(256));
    expectAccepted(
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-7-v1:0',
    );
  });

  it('refuses an id of more than 256 characters', () => {
    expectMalformed('m'.repeat(257));
    fc.assert(
      fc.property(fc.string({ unit: alphabet, minLength: 257, maxLength: 2_000 }), (id) => {
        expectMalformed(id);
      }),
    );
  });

  it('refuses an empty id', () => {
    expectMalformed('');
  });

  it('refuses an id of which a program had no value for a part', () => {
    for (const id of [
      'null',
      'undefined',
      'None',
      'minimax/undefined',
      'None/gpt-5',
      'openrouter:null:free',
      'openrouter/NULL',
      'claude-opus-4-7@undefined',
      'anthropic.nil',
      'undefined[1m]',
      '[nan]',
      'claude-undefined',
      'minimax/MiniMax-undefined',
      'anthropic.claude-undefined-v1:0',
      'undefined_UNDEFINED',
    ]) {
      expectMalformed(id);
    }
    for (const id of [
      'a/undefinedness',
      'null-model',
      'openrouter/nullspace',
      'openrouter/notnull',
      'none-such',
      'a/b_none',
    ]) {
      expectAccepted(id);
    }
  });

  it('refuses an id without the name of a model, which none of those in use lacks', () => {
    for (const id of [
      '/',
      '-',
      '...',
      '[1m]',
      'org/fine-tuned/',
      'accounts/models/-',
      'bedrock/us-east-1/[1m]',
      'minimax/:free',
      'openrouter/anthropic/:free[1m]',
      'vertex_ai/@20250929',
      'google/~@default',
      ':latest',
      '@20250929',
      ':a:0',
      'claude-opus-4-7@',
      'vertex_ai/claude-opus-4-7@-',
      'claude-opus-4-7@[1m]',
    ]) {
      expectMalformed(id);
    }
    for (const id of ['sonnet-', 'opus[1m]', 'ft:gpt-4o:org::id', 'org/fine-tuned/-/1']) {
      expectAccepted(id);
    }
  });

  it('refuses the option of a command, and no dash within an id', () => {
    for (const option of [
      '--model',
      '-m',
      '--dangerously-skip-permissions',
      '-claude-opus-4-7',
      '--openai',
    ]) {
      expectMalformed(option);
    }
    for (const id of ['sonnet--latest', 'org/-model', '~-model']) {
      expectAccepted(id);
    }
  });

  it('refuses an address with a scheme of those, and no other scheme', () => {
    for (const address of [
      'https://openrouter.ai/minimax/minimax-m2',
      'HTTP://huggingface.co/org/Name',
      'https:openrouter.ai',
      'wss://api.openai.com/v1/realtime',
      'ws://host/model',
      's3://bucket/model.gguf',
      'gs://bucket/model',
      'file:///models/llama.gguf',
      'FTP://host/model',
      'sftp://host/model',
      'ssh://git@host/org/repo',
      'git://host/org/repo',
    ]) {
      expectMalformed(address);
    }
    for (const id of [
      'gpt://folder/yandexgpt/latest',
      'wandb-artifact:///team/project/lora:v1',
      'hf://org/name',
      'git:large',
    ]) {
      expectAccepted(id);
    }
  });

  it('refuses a host, what is below /api or /v1 of one, and a mailbox, and no id behind a host', () => {
    for (const address of [
      'openrouter.ai',
      'Example.COM/',
      'gateway.example.dev:8443',
      'openrouter.ai/api/v1',
      'ollama.example.org:443/v1/chat/completions',
      'example.io/v2',
      'api.openai.internal',
      'www.minimax/model',
      'api.gateway:8080/x',
      'localhost',
      'localhost:11434',
      'LOCALHOST:11434/v1',
      '127.0.0.1:8000/llama',
      '//openrouter.ai/minimax',
      'user@example.com',
      'git@github.com:org/repo',
    ]) {
      expectMalformed(address);
      expect(refuseModelId(address, none)?.reason).toContain('This is the address');
    }
    for (const id of [
      'hf.co/org/x:Q4',
      'huggingface.co/org/x',
      'openrouter.ai/minimax/minimax-m2',
      'hf.co/apis/v1x',
      'apis.model',
      'localhosts',
      'local/model.com',
      'gpt-4o@2024.ai-model',
      'llama-3.1.io-8b',
    ]) {
      expectAccepted(id);
    }
  });

  it('refuses brackets but those of a variant', () => {
    for (const id of [
      'opus[1m',
      'opus]',
      'opus[]',
      'opus[1m][2m]',
      '[1m]opus',
      'a[b]c',
      'opus-[1m]',
      'a/[b]/c',
    ]) {
      expectMalformed(id);
    }
    for (const id of ['opus[1m]', 'anthropic/claude-opus-4-7[long_context]']) {
      expectAccepted(id);
    }
  });

  it('refuses the name of a variable', () => {
    for (const variable of [
      'MODEL_PROVIDER',
      'ANTHROPIC_MODEL',
      'ANTHROPIC_API_KEY',
      'HF_TOKEN',
      'AWS_SECRET',
      'OPENAI_BASE_URL',
      'OPENAI_API_BASE',
      'API_BASE',
      'MODEL_NAME',
      'MODEL_ID',
    ]) {
      expectMalformed(variable);
    }
    for (const id of [
      'GLM_4',
      'QWEN3_8B_BASE',
      'FLUX_BASE',
      'GPT_4_MODEL',
      'model_id',
      'MODELS',
      'GPT-KEY',
      'x/MODEL_ID',
    ]) {
      expectAccepted(id);
    }
  });

  it('refuses a value of another kind', () => {
    for (const value of ['0', '3.5', '2026-12-01', '1/2', 'true', 'False', 'TRUE']) {
      expectMalformed(value);
    }
    for (const id of ['4o', 'o1', '2026-12-01-preview', 'true-model', 'x/1', 'auto', 'best', 'default']) {
      expectAccepted(id);
    }
    expectAccepted('2dabc3bf-fe67-476e-a4dc-a675a865a5ef');
  });

  const digits = '0123456789abcdef'.repeat(3);
  it.each([
    `sk-ant-api03-${digits}`,
    'sk-ant-short',
    `sk-proj-${digits}`,
    'sk-svcacct-short',
    'sk-admin-short',
    'sk-None-short',
    `sk-or-v1-${digits}`,
    'sk-kimi-short',
    'sk-cp-short',
    'sk-lf-short',
    `sk-${digits.slice(0, 20)}`,
    `sk-1_a-${digits.slice(0, 20)}_b-`,
    'AKIAIOSFODNN7EXAMPLE',
    'ASIAIOSFODNN7EXAMPLE',
    `AIza${digits.slice(0, 35)}`,
    `gsk_${digits.slice(0, 40)}`,
    `xai-${digits.slice(0, 40)}`,
    `nvapi-${digits.slice(0, 38)}_-`,
    `hf_${digits.slice(0, 30)}`,
    `r8_${digits.slice(0, 30)}`,
    `pplx-${digits.slice(0, 40)}`,
    `csk-${digits.slice(0, 40)}`,
    `tgp_v1_${digits.slice(0, 28)}_-`,
    ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((beginning) => `${beginning}_${digits.slice(0, 36)}`),
    `github_pat_${digits.slice(0, 20)}_${digits.slice(0, 19)}`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x-_y',
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.',
    'sk-helicone-short',
    'rqsty-sk-short',
    `ABSK${digits.slice(0, 30)}`,
    `AQ.${digits.slice(0, 28)}_-`,
    `ya29.${digits.slice(0, 30)}`,
    `${digits.slice(0, 32)}.${digits.slice(0, 16)}`,
    `${digits.slice(0, 32)}.${digits.slice(0, 22)}_-`,
    `dapi${digits.slice(0, 32)}-2`,
    `pa-${digits.slice(0, 38)}_-`,
    ...['glpat', 'xoxa', 'xoxb', 'xoxp', 'xoxr', 'xoxs', 'tvly'].map(
      (beginning) => `${beginning}-${digits.slice(0, 20)}`,
    ),
    ...['sk', 'sk_live', 'fw', 'vck', 'cpk', 'key', 'lsv2_pt', 'wandb_v1', 'secret_labs'].map(
      (beginning) => `${beginning}_${digits.slice(0, 20)}`,
    ),
    `cpk_${digits.slice(0, 32)}.${digits.slice(0, 32)}.${digits}`,
    `npm_${'k'.repeat(35)}1`,
  ])('refuses the secret key %s, also behind a prefix', (key) => {
    for (const pasted of [key, `anthropic:${key}`, `openrouter/${key}`, `a/b:${key}`]) {
      expectMalformed(pasted);
      expect(refuseModelId(pasted, none)?.reason).toContain('a secret key');
      expect(refuseModelId(pasted, none)?.reason).not.toContain(key);
    }
    expectAccepted(`a/b-${key}`);
  });

  it.each([
    'sk-telecom-model-with-a-long-name-v1',
    `sk-${digits.slice(0, 19)}`,
    'AKIA-model',
    'AIza-model',
    'xai-grok-4-fast-non-reasoning-latest-with-a-long-name',
    'hf_llama',
    'r8_sdxl',
    'eyJay.eyJay.v1',
    `${digits.slice(0, 32)}.gguf`,
    'dapi-model',
    'ABSK-model',
    'ya29.model',
    'pa-model-with-a-name-of-twenty-letters',
    `input_${'1'.repeat(40)}.pt`,
    'llama_fine-tuned_2024',
    'ft_acmesupportassistantlarge',
    `sk_${digits.slice(0, 19)}`,
  ])('accepts %s, which has the form of no secret key', (id) => {
    expectAccepted(id);
  });

  it('refuses a character outside the alphabet, wherever it stands', () => {
    const stranger = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      .filter((character) => !/[A-Za-z0-9\-/._:@~[\]]/.test(character));
    const part = fc.string({ unit: alphabet, maxLength: 20 });
    fc.assert(
      fc.property(part, stranger, part, (before, character, after) => {
        expectMalformed(before + character + after);
      }),
    );
    for (const character of ' \t\n\r\0"\'`$\\=#;%&*+,!?|<>(){}^é\u00a0\u2028') {
      expectMalformed(`a/b${character}`);
    }
  });

  it('accepts an id that begins with a name: only the whole string is a name', () => {
    for (const id of ['minimax/MiniMax-M2.7', 'mistral:latest', 'openai/gpt-5', 'codex-mini', 'hermes:70b']) {
      expectAccepted(id);
    }
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom('/', ':'), modelIds, (name, mark, rest) => {
        const id = `${name}${mark}${rest}`.slice(0, 256);
        fc.pre(isWhole(id) && isFinished(id) && isPlain(id) && !isName(id));
        expectAccepted(id);
      }),
    );
  });
});

describe('a name', () => {
  it('refuses the name of a provider, in whatever case', () => {
    const slugs = names.filter((name) => !runtimeNames.has(name));
    for (const slug of slugs) {
      expectNamed(slug, 'PROVIDER_SLUG');
    }
    expect(slugs.length).toBeGreaterThan(150);
  });

  it('refuses the name of a runtime, in whatever case', () => {
    for (const runtime of runtimeNames) {
      expectNamed(runtime, 'RUNTIME_NAME');
    }
  });

  it('refuses a name whatever separates or surrounds its parts', () => {
    for (const name of ['claude_code', 'ClaudeCode', 'claude.code', 'gemini_cli', '//codex', '[[hermes]]']) {
      expect([name, codeOf(name)]).toEqual([name, 'RUNTIME_NAME']);
    }
    for (const name of [
      'x-ai',
      'z.ai',
      'google-genai',
      'bedrock-converse',
      'Open_AI',
      '@openai',
      '~anthropic',
      'minimax[1m]',
    ]) {
      expect([name, codeOf(name)]).toEqual([name, 'PROVIDER_SLUG']);
    }
    for (const id of ['minimax/cn', 'claude/code', 'claude:code']) {
      expectAccepted(id);
    }
  });

  it('says that a command-line agent is a runtime where it is among the names of providers as well', () => {
    const both = [...runtimeNames].filter((name) => providerSlugs.has(name));
    expect(both).toEqual(
      expect.arrayContaining(['claude-cli', 'codex-cli', 'google-gemini-cli', 'qwen-code']),
    );
    expect(both.filter((name) => codeOf(name) !== 'RUNTIME_NAME')).toEqual([]);
  });

  it('refuses the name of a runtime with a version, and no provider with one', () => {
    for (const name of [
      'claude-code@1.0.119',
      'codex@0.45.0',
      'OpenClaw@latest',
      '@openai/codex@0.45.0',
      '@Anthropic-AI/claude-code@latest',
    ]) {
      expect([name, codeOf(name)]).toEqual([name, 'RUNTIME_NAME']);
    }
    for (const id of ['codestral@latest', 'claude-code:latest', 'codex@a/b', 'a/codex@1', '@cf/codex@1']) {
      expectAccepted(id);
    }
  });

  it('refuses a name that no model follows', () => {
    for (const name of [
      'minimax/',
      'openrouter/anthropic/',
      'mistral:',
      'azure/x-ai//',
      'vertex/google:',
      'openai/-/',
      'anthropic/[1m]',
      'bytedance/',
      'anthropic@',
      'openrouter/anthropic@',
    ]) {
      expect([name, codeOf(name)]).toEqual([name, 'PROVIDER_SLUG']);
    }
    expect(codeOf('agents/claude_code/')).toBe('RUNTIME_NAME');
    expectAccepted('openrouter/anthropic/opus');
  });

  it('refuses the name of a runtime behind a prefix, unless models are called by it as well', () => {
    for (const name of [
      'anthropic/claude-code',
      'anthropic-ai/claude-code',
      'openai:codex-cli',
      'google/Gemini_CLI',
      'anthropic:claude-agent-sdk',
      'a/b/kimi-cli',
      'nousresearch/hermes-agent',
      'openclaw/openclaw',
      'langchain-ai/langgraph',
      'anthropic/claude-code[1m]',
      'anthropic/claude-code@1.0.119',
      'runtime:qwen-code',
    ]) {
      expect([name, codeOf(name)]).toEqual([name, 'RUNTIME_NAME']);
    }
    for (const id of ['gpt4all/Hermes', 'azure/codex', 'moonshotai:kimi', 'azure/custom', 'openai/mock']) {
      expectAccepted(id);
    }
  });

  it('refuses the name of a provider behind that of another, unless models are called by it as well', () => {
    for (const name of [
      'openrouter/anthropic',
      'azure:openrouter',
      'OpenRouter/Google',
      'litellm/azure/bedrock',
      'vercel-ai-gateway:moonshot_ai',
      'openai//groq',
      'aws/bedrock[1m]',
    ]) {
      expect([name, codeOf(name)]).toEqual([name, 'PROVIDER_SLUG']);
    }
    for (const id of [
      'deepgram/nova',
      'mistral/codestral',
      'ollama/mistral',
      'pollinations/openai',
      'runwayml/runway',
      'vercel_ai_gateway/mistral/codestral',
      'unslothai/aws',
      'openrouter/anthropic:free',
    ]) {
      expectAccepted(id);
    }
  });

  it('refuses the name of a provider behind itself, or behind the word, whatever else is called by it', () => {
    for (const name of [
      'minimax/minimax',
      'anthropic:anthropic',
      'MiniMax/mini-max',
      'openrouter/mistral/mistral',
      'provider:minimax',
      'Provider/openai',
    ]) {
      expect([name, codeOf(name)]).toEqual([name, 'PROVIDER_SLUG']);
    }
    for (const id of [
      'claudinio/claudinio',
      'stable-diffusion-v1-5/stable-diffusion-v1-5',
      'provider:opus',
    ]) {
      expectAccepted(id);
    }
  });

  it('refuses any name behind a prefix in whatever case', () => {
    const joined = fc
      .tuple(fc.constantFrom(...providerSlugs), fc.constantFrom('/', ':'), fc.constantFrom(...names))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        joined.chain((name) => fc.tuple(fc.constant(name), inAnyCase(name))),
        ([name, spelling]) => {
          expect([spelling, codeOf(spelling)]).toEqual([spelling, codeOf(name)]);
        },
      ),
    );
  });

  it('allows a name behind a prefix as it is written in the list', () => {
    expectAccepted('azure/bedrock', parseAllowedModelIds('azure/bedrock'));
    expectAccepted('poetools/claude-code', parseAllowedModelIds('poetools/claude-code'));
  });

  it('counts among what models are called by as well names of providers and runtimes alone', () => {
    expect([...sharedNames].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('knows each name of the lists in test/data, and no other', () => {
    expect([...providerSlugs]).toEqual(linesOf('provider-slugs.txt'));
    expect([...runtimeNames]).toEqual(linesOf('runtime-names.txt'));
    expect([providerSlugs.size, runtimeNames.size]).toEqual([536, 34]);
  });

  it('knows each prefix of two or more of the ids in use', () => {
    const prefixes = known.flatMap((id) => /^([^/:]+)\//.exec(id.toLowerCase())?.[1] ?? []);
    const frequent = [...Map.groupBy(prefixes, (prefix) => prefix)].filter(([, same]) => same.length >= 2);
    const accepted = frequent.map(([prefix]) => prefix).filter((prefix) => codeOf(prefix) === undefined);
    // Parts of a path and no providers, and two families of models.
    const others = [
      'accounts',
      'codellama',
      'gigachat',
      'kilo-auto',
      'pro',
      'public',
      'route',
      'stealth',
      'tee',
    ];
    expect(accepted.toSorted()).toEqual(others);
  });

  it('allows a name as it is written in the list and in no other case', () => {
    const allowed = parseAllowedModelIds('minimax,Kimi');
    expectAccepted('minimax', allowed);
    expectAccepted('Kimi', allowed);
    expect(codeOf('MiniMax', allowed)).toBe('PROVIDER_SLUG');
    expect(codeOf('kimi', allowed)).toBe('RUNTIME_NAME');
    expect(codeOf('anthropic', allowed)).toBe('PROVIDER_SLUG');
  });

  it('allows nothing by an empty list, and no malformed id by any', () => {
    expect(parseAllowedModelIds('').size).toBe(0);
    expect(parseAllowedModelIds(' , ,').size).toBe(0);
    expect(codeOf('two words', parseAllowedModelIds('two words'))).toBe('MALFORMED_MODEL_ID');
  });
});

describe('the reason of a refusal', () => {
  const refused = fc.oneof(
    fc.constantFrom(...names),
    fc.string({ unit: alphabet, minLength: 257, maxLength: 300 }),
    modelIds.map((id) => `${id} ${id}`),
  );

  it('gives a reason that says what to send instead', () => {
    fc.assert(
      fc.property(refused, (value) => {
        expect(refuseModelId(value, none)?.reason).toContain('"minimax/MiniMax-M2.7"');
      }),
    );
  });

  it.each([
    ['x'.repeat(257), 'at most 256 characters; this has 257. Send the id alone'],
    ['two words', 'without spaces. Send such an id'],
    [
      'minimax/null',
      'undefined, null, none, nil or nan, as programs write it where a value is missing. Send the whole id',
    ],
    [
      'org/:free',
      'letters or digits have to follow the last /, : or @, and stand before a tag or a date. Send the whole id',
    ],
    [
      'https://example.com',
      'This is the address of a page, a server, a file or a mailbox. Send the id alone',
    ],
    ['openai.com', 'This is the address of a page, a server, a file or a mailbox. Send the id alone'],
    ['opus[1m', 'behind a letter or digit: "opus[1m]". Send such an id'],
    ['MODEL_PROVIDER', 'This has the form of the name of a variable. Send the id of a model'],
    ['3.5', 'A model id has a letter, and is neither true nor false. Send the id of a model'],
    ['--model', 'This begins with a -, as the option of a command does. Send the id alone'],
    [`AKIA${'A'.repeat(16)}`, 'a secret key, which does not belong here. Send the id of a model'],
    [
      'codex',
      'the name of an agent runtime, not of a model. Send the id of the model that the runtime is to use',
    ],
    ['minimax/', 'the name of a model provider, not of a model. Send the id of one of its models'],
  ])('says of %.20s what is wrong with it', (value, words) => {
    expect(refuseModelId(value, none)?.reason).toContain(words);
  });

  it('gives a reason that never quotes the value, because it may be a secret pasted by mistake', () => {
    for (const value of [
      'abliteration-ai',
      'claude-code-default',
      'sk-Zq81 Xw',
      'sk-ant-Zq81Xw',
      'Zq81'.repeat(100),
    ]) {
      expect(refuseModelId(value, none)?.reason).not.toContain(value.slice(0, 8));
    }
  });
});

describe('a character that cannot be seen', () => {
  it.each([
    ['haiku\u200b', 'U+200B'],
    ['s\u043ennet', 'U+043E'],
    ['gpt\u20135', 'U+2013'],
    ['\u{1f600}', 'U+1F600'],
  ])('is named where it stands in %j', (value, name) => {
    expect(refuseModelId(value, none)?.reason).toContain(` This has ${name}, `);
  });

  it('is not spoken of where all characters are ASCII', () => {
    expect(refuseModelId('a b', none)?.reason).not.toContain('U+');
  });
});

describe('a pick', () => {
  it('trims the white space around a pick', () => {
    expect(pickOf(' \t\r\n\u00a0minimax/MiniMax-M2.7 \n')).toBe('minimax/MiniMax-M2.7');
    expect(pickOf(' \n\t ')).toBe('');
  });

  it('keeps the letter case of a pick', () => {
    fc.assert(
      fc.property(modelIds, (id) => {
        expect(pickOf(` ${id}\n`)).toBe(id);
      }),
    );
  });
});
