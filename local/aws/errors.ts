// An error as an AWS service answers it: its name, its HTTP status, its words.

export class AwsError extends Error {
  readonly status: number;
  /** Further members of the error's body, such as `dbConnectionId`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, status = 400, details: Record<string, unknown> = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.details = details;
  }
}

/** A request that the service refuses before it does anything. */
export const validationError = (message: string): AwsError => new AwsError('ValidationException', message);
