// The base of every error that this service raises on purpose, and the errors that more than one entry point raises.
import type { Refusal } from './model/model-id.ts';

/** A refused value is quoted up to the longest that a model id can be. */
const MAX_QUOTED_LENGTH = 256;

/** An expected failure. `statusCode` is what HTTP answers; only messages of a status below 500 are shown there. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  code = 'INTERNAL_ERROR';
  statusCode = 500;
}

/** The value sent or stored is not a model id; the message says what to send instead. */
export class ModelRefusedError extends ServiceError {
  override name = 'ModelRefusedError';
  override statusCode = 422;
  readonly #model: string;

  constructor(model: string, { code, reason }: Refusal) {
    super(reason);
    this.code = code;
    this.#model = model.slice(0, MAX_QUOTED_LENGTH);
  }

  /** Not a property of its own: loggers print those, and a refused "model" may be a secret pasted by mistake. */
  get model(): string {
    return this.#model;
  }
}

/** A direct invocation's event is not the request that the function takes. */
export class InvalidRequestError extends ServiceError {
  override name = 'InvalidRequestError';
  override code = 'INVALID_REQUEST';
  override statusCode = 400;
}
