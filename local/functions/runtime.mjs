// @ts-check
// What Lambda's own runtime for Node does around a handler. Plain JavaScript, as function-worker.mjs.

/** @import { Handler } from './worker-messages.ts' */

/**
 * @param {unknown} value
 * @returns {value is Handler}
 */
const isHandler = (value) => typeof value === 'function';

/**
 * The handler of a function's module.
 * @param {object} module
 * @returns {Handler}
 * @throws TypeError where the module exports none
 */
export const handlerOf = (module) => {
  if ('handler' in module && isHandler(module.handler)) {
    return module.handler;
  }
  throw new TypeError('The module exports no function named handler.');
};

/**
 * What is answered for an error that a handler throws.
 * @param {unknown} error
 */
export const describeError = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
