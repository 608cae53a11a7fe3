// The base of every error that this service raises on purpose.

/** An expected failure. `statusCode` is what HTTP answers; only messages of a status below 500 are shown there. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  code = 'INTERNAL_ERROR';
  statusCode = 500;
}
