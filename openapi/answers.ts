// What the API answers, as schemas. Loose: an answer may get more fields, which a caller should ignore.
import * as z from 'zod';
import { catalogueModes, modelStatuses } from '../functions/model/catalogue.ts';

const modelId = z
  .string()
  .meta({ description: 'A model id, compared as written.', examples: ['minimax/MiniMax-M2.7'] });

export const Problem = z.looseObject({
  code: z.string().meta({ description: 'The code that a PUT of this value would be refused with.' }),
  reason: z.string().meta({ description: 'What is wrong, and what to send instead.' }),
  suggestions: z.array(z.string()).optional().meta({ description: 'Ids to send instead, best first.' }),
});

export const Picked = z.looseObject({
  model: modelId.meta({
    description: 'Empty where nothing is picked: the runtime then uses its own default.',
  }),
  source: z.enum(['workspace_secrets', 'default']),
  problem: Problem.optional().meta({ description: 'Where the stored value cannot work.' }),
});

export const Saved = z.looseObject({
  status: z.literal('saved'),
  model: modelId.meta({ description: 'As stored: without white space around it.' }),
  warning: Problem.optional().meta({ description: 'Saved all the same: the catalogue only advises.' }),
});

export const History = z.looseObject({
  items: z.array(
    z.looseObject({
      at: z.string().meta({ description: 'ISO 8601, in UTC.' }),
      action: z.enum(['saved', 'cleared']),
      actor: z.string().meta({
        description: "The caller's ARN, the subject of its token, or provision for a first deploy's pick.",
      }),
      model: modelId.optional().meta({ description: 'What was saved; left out where it no longer opens.' }),
    }),
  ),
});

export const Fleet = z.looseObject({
  items: z.array(
    z.looseObject({
      workspace_id: z.string(),
      name: z.string(),
      runtime: z.string().optional(),
      model: modelId.meta({
        description: 'Empty where nothing is picked, or where the value does not open.',
      }),
      source: z.enum(['workspace_secrets', 'default']),
      problem: Problem.optional().meta({
        description: 'Where the stored value cannot work; UNREADABLE where it does not open.',
      }),
      updated_at: z.string().optional().meta({ description: 'When it was saved or cleared, in UTC.' }),
      etag: z.string().optional().meta({ description: 'As If-Match takes it.' }),
    }),
  ),
  next: z.string().optional().meta({ description: 'There may be more: send it as cursor.' }),
});

export const CatalogueAnswer = z.looseObject({
  mode: z.enum(catalogueModes).meta({
    description: 'off where there is no catalogue, warn where it only advises, enforce where it decides.',
  }),
  items: z.array(
    z.looseObject({
      id: z.string().meta({ description: 'A model id; with * at its end, every id that begins so.' }),
      runtimes: z.array(z.string()).optional().meta({ description: 'Without them every one.' }),
      status: z.enum(modelStatuses).meta({
        description:
          'What is withdrawn cannot be picked anew and keeps working; what is retired does not work.',
      }),
      replacement: z.string().optional().meta({ description: 'The id to pick instead.' }),
    }),
  ),
});

export const Cleared = z.looseObject({ status: z.literal('cleared') });

export const ErrorAnswer = z.looseObject({
  error: z.string().meta({ description: 'What is wrong and what to do, for a person.' }),
  code: z.string().meta({ description: 'For programs; each code has one status.' }),
  model: z.string().optional().meta({ description: 'The refused model, where one was refused.' }),
  suggestions: z.array(z.string()).optional().meta({ description: 'Ids to send instead, best first.' }),
});

/** API Gateway's own answer, which no function has seen. */
export const GatewayAnswer = z.looseObject({ message: z.string() });
