// @ts-check
// The inside of a function's worker thread: loads the handler once and runs it for each event that comes in. Plain
// JavaScript without libraries: Node sets up its stripping of types in every thread anew, which takes longer than all else
// that a thread does before its first event.
import { parentPort, workerData } from 'node:worker_threads';
import { describeError, handlerOf } from './runtime.mjs';

/** @import { InvocationRequest, InvocationResult, WorkerSettings } from './worker-messages.ts' */

/** @type {WorkerSettings} */
const settings = workerData;
// A handler that cannot be loaded fails every invocation, as a broken deployment does.
const loading = import(settings.handlerUrl).then(handlerOf);
loading.catch(() => {});

/**
 * @param {InvocationRequest} request
 * @returns {Promise<InvocationResult>}
 */
const run = async ({ id, payload, deadline }) => {
  try {
    const handler = await loading;
    const returned = await handler(payload === '' ? {} : JSON.parse(payload), contextOf(id, deadline));
    return { id, payload: JSON.stringify(returned) ?? 'null', failed: false };
  } catch (error) {
    return { id, payload: JSON.stringify(describeError(error)), failed: true };
  }
};

/**
 * @param {string} id
 * @param {number} deadline
 */
const contextOf = (id, deadline) => ({
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

/**
 * Waits until the other side has all that was printed, so that it gets that before the result.
 * @param {NodeJS.WriteStream} stream
 * @returns {Promise<void>}
 */
const flushed = (stream) =>
  new Promise((resolve) => {
    stream.write('', () => resolve());
  });

parentPort?.on('message', async (request) => {
  const result = await run(request);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  parentPort?.postMessage(result);
});
