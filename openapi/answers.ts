// What the API answers, as schemas. Loose: an answer may get more fields, and a caller is to pass over those.
import * as z from 'zod';

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

export const Cleared = z.looseObject({ status: z.literal('cleared') });

export const ErrorAnswer = z.looseObject({
  error: z.string().meta({ description: 'What is wrong and what to do, for a person.' }),
  code: z.string().meta({ description: 'For programs; each code has one status.' }),
  model: z.string().optional().meta({ description: 'The refused model, where one was refused.' }),
  suggestions: z.array(z.string()).optional().meta({ description: 'Ids to send instead, best first.' }),
});

/** API Gateway's own answer, which no function has seen. */
export const GatewayAnswer = z.looseObject({ message: z.string() });
