// Callers of get-model and set-model at a steady pace, in a process of their own: three reads to one write, each begun
// when it is due, however slow those before are. Told to stop, it sends what it met.
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { REGION } from '../../local/aws/account.ts';
import { getModelEvent, setModelEvent } from '../service/events.ts';
import { answered, type Call, trafficSettings } from './traffic-messages.ts';

const REQUESTS_PER_SECOND = 40;
const MODEL = 'anthropic/claude-opus-4-7';

const { awsUrl, workspaceIds } = trafficSettings.parse((await once(process, 'message'))[0]);
const lambda = new LambdaClient({
  endpoint: awsUrl,
  region: REGION,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  maxAttempts: 1,
});
const calls: Call[] = [];

const request = async (number: number): Promise<void> => {
  const workspaceId = workspaceIds[number % workspaceIds.length] ?? '';
  const isWrite = number % 4 === 0;
  const event = isWrite ? setModelEvent(workspaceId, MODEL) : getModelEvent(workspaceId);
  const began = Date.now();
  const startedAt = performance.now();
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: isWrite ? 'set-model' : 'get-model', Payload: JSON.stringify(event) }),
  );
  const ms = performance.now() - startedAt;
  const { statusCode } = answered.parse(JSON.parse(Payload?.transformToString() ?? ''));
  calls.push({ began, ms, statusCode });
};

let stopped = false;
process.once('message', () => {
  stopped = true;
});
const startedAt = performance.now();
const requests: Promise<void>[] = [];
while (!stopped) {
  const due = ((performance.now() - startedAt) / 1_000) * REQUESTS_PER_SECOND;
  while (requests.length < due) {
    requests.push(request(requests.length));
  }
  await wait(1);
}
await Promise.all(requests);
process.send?.(calls, () => process.disconnect());
