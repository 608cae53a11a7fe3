// migrate in a process of its own, invoked once as by a deploy. Plain JavaScript: what strips types would be counted in
// the function's memory.
import { createRequire } from 'node:module';

const [bundle, event] = process.argv.slice(2);
const deadline = Date.now() + 14 * 60_000;
const { handler } = createRequire(import.meta.url)(bundle);
await handler(JSON.parse(event), {
  awsRequestId: 'bench',
  functionName: 'migrate',
  getRemainingTimeInMillis: () => deadline - Date.now(),
});
process.send({ peakMegabytes: process.resourceUsage().maxRSS / 1_000 }, () => process.disconnect());
