// The operations of the API: what each takes, its good answers, and the codes that it can fail with.
import type * as z from 'zod';
import type { $ZodType } from 'zod/v4/core';
import type { RoutedFunctionName } from '../functions/contract.ts';
import type { Code } from '../functions/errors.ts';
import { Body } from '../functions/invocation/body.ts';
import { problemCodes } from '../functions/invocation/fleet-query.ts';
import { CatalogueAnswer, Cleared, Fleet, History, Picked, Saved } from './answers.ts';

export interface Example {
  summary: string;
  value: object;
}

export interface Operation {
  summary: string;
  description: string;
  /** Parameters of the query, by name; the path has none of them. */
  query?: Record<string, { description: string; schema: object }>;
  /** Conditions that may be sent, see functions/invocation/condition.ts. */
  isConditional?: boolean;
  /** Whether a good answer has the ETag of the pick. */
  hasEtag?: boolean;
  body?: { schema: $ZodType; examples: Record<string, Example> };
  /** Any one of these with status 200. */
  answers: { name: string; schema: z.ZodType; examples: Record<string, Example> }[];
  codes: Code[];
}

/** What any operation on a workspace may fail with. */
const SERVICE_CODES: Code[] = [
  'INVALID_WORKSPACE_ID',
  'WORKSPACE_NOT_FOUND',
  'DATABASE_NOT_MIGRATED',
  'DATABASE_REFUSED',
  'DATABASE_UNAVAILABLE',
  'SECRET_UNAVAILABLE',
  'INTERNAL_ERROR',
];

const pickedExamples = {
  picked: { summary: 'a pick', value: { model: 'minimax/MiniMax-M2.7', source: 'workspace_secrets' } },
  default: { summary: 'nothing is picked', value: { model: '', source: 'default' } },
  problem: {
    summary: 'a stored value that cannot work',
    value: {
      model: 'minimax',
      source: 'workspace_secrets',
      problem: {
        code: 'PROVIDER_SLUG',
        reason: 'This is the name of a model provider, not of a model. Send the id of one of its models.',
      },
    },
  },
};

/** In the order of the document. Method, path and scope are in the registry of functions. */
export const operations: Record<RoutedFunctionName, Operation> = {
  'get-model': {
    summary: 'Get the picked model',
    description: 'The model that the next machine of this workspace is given.',
    hasEtag: true,
    answers: [{ name: 'Picked', schema: Picked, examples: pickedExamples }],
    codes: [...SERVICE_CODES, 'DECRYPT_FAILED'],
  },
  'set-model': {
    summary: 'Set or clear the picked model',
    description:
      'Saves the model without the white space around it, or clears the pick where it is empty. A running machine keeps what it was given.',
    isConditional: true,
    hasEtag: true,
    body: {
      schema: Body,
      examples: {
        set: { summary: 'set', value: { model: 'minimax/MiniMax-M2.7' } },
        clear: { summary: 'clear', value: { model: '' } },
      },
    },
    answers: [
      {
        name: 'Saved',
        schema: Saved,
        examples: { saved: { summary: 'saved', value: { status: 'saved', model: 'minimax/MiniMax-M2.7' } } },
      },
      {
        name: 'Cleared',
        schema: Cleared,
        examples: { cleared: { summary: 'cleared', value: { status: 'cleared' } } },
      },
    ],
    codes: [
      ...SERVICE_CODES,
      'INVALID_REQUEST_BODY',
      'INVALID_CONDITION',
      'PICK_CHANGED',
      'MALFORMED_MODEL_ID',
      'MODEL_NOT_OFFERED',
      'MODEL_RETIRED',
      'PROVIDER_SLUG',
      'RUNTIME_NAME',
      'SECRET_UNREADABLE',
      'ENCRYPTION_KEY_UNUSABLE',
    ],
  },
  'get-model-history': {
    summary: 'Get who saved or cleared the picked model',
    description: 'At most 50 entries, newest first. It sees only what goes through this service.',
    answers: [
      {
        name: 'History',
        schema: History,
        examples: {
          history: {
            summary: 'a pick that was saved and cleared',
            value: {
              items: [
                { at: '2026-11-25T06:00:05.000Z', action: 'cleared', actor: 'user-1' },
                {
                  at: '2026-11-25T06:00:00.000Z',
                  action: 'saved',
                  actor: 'arn:aws:sts::111122223333:assumed-role/canvas/session',
                  model: 'minimax/MiniMax-M2.7',
                },
              ],
            },
          },
        },
      },
    ],
    codes: [...SERVICE_CODES, 'DECRYPT_FAILED'],
  },
  'list-catalogue': {
    summary: "List what may be picked, by the platform's catalogue",
    description: 'In the order of ids; empty where the deployment names no catalogue.',
    query: {
      runtime: { description: 'Only what is about this runtime.', schema: { type: 'string' } },
    },
    answers: [
      {
        name: 'Catalogue',
        schema: CatalogueAnswer,
        examples: {
          catalogue: {
            summary: 'a catalogue that decides',
            value: {
              mode: 'enforce',
              items: [
                { id: 'gpt-4', runtimes: ['codex'], status: 'retired', replacement: 'gpt-5.5' },
                { id: 'openrouter/*', runtimes: ['hermes', 'openclaw'], status: 'offered' },
                { id: 'sonnet', runtimes: ['claude-code'], status: 'offered' },
              ],
            },
          },
          off: { summary: 'no catalogue', value: { mode: 'off', items: [] } },
        },
      },
    ],
    codes: ['INTERNAL_ERROR'],
  },
  'list-models': {
    summary: 'List the picked models of all workspaces',
    description:
      'A page in the order of ids. It may be empty although there is a next one, for matches may be rare. To poll for changes, send changed_since a few seconds before the last poll.',
    query: {
      limit: {
        description: '1 to 500; 100 without it.',
        schema: { type: 'integer', minimum: 1, maximum: 500 },
      },
      cursor: { description: 'The next of the page before.', schema: { type: 'string' } },
      problem: {
        description: 'The code of a problem.',
        schema: { type: 'string', enum: problemCodes },
      },
      model: { description: 'A model id, as it is.', schema: { type: 'string' } },
      runtime: { description: 'The name of a runtime, as it is.', schema: { type: 'string' } },
      changed_since: {
        description: 'What was saved or cleared at this time or later.',
        schema: { type: 'string', format: 'date-time' },
      },
    },
    answers: [
      {
        name: 'Fleet',
        schema: Fleet,
        examples: {
          fleet: {
            summary: 'a page with another one after it',
            value: {
              items: [
                {
                  workspace_id: '2dabc3bf-fe67-476e-a4dc-a675a865a5ef',
                  name: 'churn-watch',
                  runtime: 'hermes',
                  model: 'minimax/MiniMax-M2.7',
                  source: 'workspace_secrets',
                  updated_at: '2026-11-25T06:00:00.000000Z',
                  etag: '"0f343b0931126a20f133d67c2b018a3b"',
                },
              ],
              next: '2dabc3bf-fe67-476e-a4dc-a675a865a5ef',
            },
          },
        },
      },
    ],
    codes: [
      'INVALID_REQUEST',
      ...SERVICE_CODES.filter((code) => code !== 'INVALID_WORKSPACE_ID' && code !== 'WORKSPACE_NOT_FOUND'),
      'DECRYPT_FAILED',
    ],
  },
};
