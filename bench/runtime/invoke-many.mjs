// Loads one function and calls it many times, so many at once, in a process that does nothing else: what it takes is
// the function's. Plain JavaScript, because what strips types would be counted, too.
import { once } from 'node:events';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [{ file, events, body, warmUp, invocations, inFlight }] = await once(process, 'message');
const { handler } = require(file);

const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 30_000 };

const invoke = async (index) => {
  const result = await handler(events[index % events.length], { ...context });
  const answered = 'body' in result ? result.body : JSON.stringify(result.env);
  if (answered !== body) {
    throw new Error(`${file} answered ${JSON.stringify(result)}.`);
  }
};

const invokeAll = async (count) => {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      await invoke(next++);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
};

await invokeAll(warmUp);
const halfPeakKb = process.resourceUsage().maxRSS;
const cpu = process.cpuUsage();
const startedAt = performance.now();
await invokeAll(invocations);
const wallMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpu);
process.send({ wallMs, cpuMs: (user + system) / 1_000, halfPeakKb, peakKb: process.resourceUsage().maxRSS });
process.disconnect();
