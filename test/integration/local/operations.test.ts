import { expect, it, onTestFinished } from 'vitest';
import { startTestStack } from '../../helpers/local-stack.ts';

it('answers requests without a signature', async () => {
  const stack = await startTestStack({ tables: false });
  onTestFinished(() => stack.close());
  const request = { method: 'POST', body: JSON.stringify({ ...stack.target, sql: 'SELECT 1' }) };
  const response = await fetch(`${stack.aws.url}/Execute`, request);
  expect(await response.json()).toMatchObject({ records: [[{ longValue: 1 }]] });
});
