// Many interrupted runs; `npm test` has 12.
import { afterAll, beforeAll, it } from 'vitest';
import { expectWholeHowever } from '../helpers/interruptions.ts';
import { startTestStack, type TestStack } from '../helpers/local-stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

it('loses no pick and strands no row in 200 interrupted runs', () => expectWholeHowever(stack, 200));
