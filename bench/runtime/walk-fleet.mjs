// A function of the fleet in a process of its own, invoked until it names no next page. Plain JavaScript: what strips types
// would be counted in the function's memory.
import { createRequire } from 'node:module';

const [bundle] = process.argv.slice(2);
const { handler } = createRequire(import.meta.url)(bundle);
const deadline = Date.now() + 15 * 60_000;
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => deadline - Date.now() };

const startedAt = performance.now();
let cursor;
let rows = 0;
do {
  const queryStringParameters = { limit: '500', ...(cursor && { cursor }) };
  const answer = await handler({ queryStringParameters }, context);
  const page = answer.body === undefined ? { items: Array(answer.Picks) } : JSON.parse(answer.body);
  rows += page.items.length;
  cursor = page.next;
} while (cursor !== undefined);
const wallMs = performance.now() - startedAt;
process.send({ rows, wallMs, peakMegabytes: process.resourceUsage().maxRSS / 1_000 }, () =>
  process.disconnect(),
);
