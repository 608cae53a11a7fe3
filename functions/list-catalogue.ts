// GET /models: what may be picked by the deployment's catalogue, for pickers in a canvas.
import { answer } from './invocation/answer.ts';
import { httpFunction } from './invocation/http.ts';
import { readModelRules } from './invocation/read-model-rules.ts';

const rules = readModelRules();

export const handler = httpFunction('list-catalogue', async ({ queryStringParameters }) =>
  answer(200, { mode: rules.mode, items: rules.modelsFor(queryStringParameters?.['runtime']) }),
);
