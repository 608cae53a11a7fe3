// The operations of the API: what each takes, its good answers, and the codes that it can fail with.
import type * as z from 'zod';
import type { $ZodType } from 'zod/v4/core';
import type { Code } from '../functions/errors.ts';
import { Body } from '../functions/invocation/body.ts';
import { Cleared, Picked, Saved } from './answers.ts';

export interface Example {
  summary: string;
  value: object;
}

export interface Operation {
  id: string;
  method: 'get' | 'put';
  path: string;
  /** Of a token, with auth=jwt. */
  scope: string;
  summary: string;
  description: string;
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

export const operations: Operation[] = [
  {
    id: 'getModel',
    method: 'get',
    path: '/workspaces/{id}/model',
    scope: 'model:read',
    summary: 'Get the picked model',
    description: 'The model that the next machine of this workspace is given.',
    hasEtag: true,
    answers: [{ name: 'Picked', schema: Picked, examples: pickedExamples }],
    codes: [...SERVICE_CODES, 'DECRYPT_FAILED'],
  },
  {
    id: 'setModel',
    method: 'put',
    path: '/workspaces/{id}/model',
    scope: 'model:write',
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
      'PROVIDER_SLUG',
      'RUNTIME_NAME',
      'SECRET_UNREADABLE',
      'ENCRYPTION_KEY_UNUSABLE',
    ],
  },
];
