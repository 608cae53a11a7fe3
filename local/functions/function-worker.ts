// The inside of a function's worker thread: loads the handler once and runs it for each event that comes in.
import { parentPort, workerData } from 'node:worker_threads';
import {
  describeError,
  handlerModule,
  type InvocationRequest,
  type InvocationResult,
  workerSettings,
} from './worker-messages.ts';

const settings = workerSettings.parse(workerData);
// A handler that cannot be loaded fails every invocation, as a broken deployment does.
const loading = import(settings.handlerUrl).then((module: unknown) => handlerModule.parse(module).handler);
loading.catch(() => {});

const run = async ({ id, payload, deadline }: InvocationRequest): Promise<InvocationResult> => {
  try {
    const handler = await loading;
    const returned = await handler(payload === '' ? {} : JSON.parse(payload), contextOf(id, deadline));
    return { id, payload: JSON.stringify(returned) ?? 'null', failed: false };
  } catch (error) {
    return { id, payload: JSON.stringify(describeError(error)), failed: true };
  }
};

const contextOf = (id: string, deadline: number): object => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: settings.functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: settings.functionArn,
  memoryLimitInMB: String(settings.memoryMb),
  awsRequestId: id,
  logGroupName: `/aws/lambda/${settings.functionName}`,
  logStreamName: '[$LATEST]local',
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
});

/** Waits until the other side has all that was printed, so that it gets that before the result. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    stream.write('', () => resolve());
  });

parentPort?.on('message', async (request: InvocationRequest) => {
  const result = await run(request);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  parentPort?.postMessage(result);
});
