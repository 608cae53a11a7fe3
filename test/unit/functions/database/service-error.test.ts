// What a failed statement becomes for the callers of this service.
import { describe, expect, it } from 'vitest';
import {
  DatabaseAnswerError,
  DatabaseNotMigratedError,
  DatabaseRefusedError,
  DatabaseUnavailableError,
} from '../../../../functions/database/errors.ts';
import { serviceErrorOf } from '../../../../functions/database/service-error.ts';
import { dataApiError, postgresError } from '../../../helpers/data-api-errors.ts';

describe('a failed statement', () => {
  it.each([
    [
      postgresError('40001'),
      DatabaseUnavailableError,
      'The database is resuming or busy. Try again in a few seconds.',
    ],
    [
      dataApiError('DatabaseResumingException'),
      DatabaseUnavailableError,
      'The database is resuming or busy.',
    ],
    [new DatabaseAnswerError('rubbish'), DatabaseUnavailableError, 'The database is resuming or busy.'],
    [postgresError('42P01'), DatabaseNotMigratedError, ''],
    [postgresError('23503'), DatabaseRefusedError, 'The database refused a statement of this service.'],
    [postgresError('42501'), DatabaseRefusedError, 'The database refused a statement of this service.'],
    [new Error('x; SQLState: 42501'), DatabaseRefusedError, 'The database refused a statement'],
    [dataApiError('AccessDeniedException'), DatabaseRefusedError, 'names the cause under this request.'],
  ])('is told by its kind, with its cause: %s', (cause, kind, message) => {
    const error = serviceErrorOf(cause);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ cause, message: expect.stringContaining(message) });
  });

  it.each([new TypeError('x is not a function'), new DatabaseNotMigratedError(), 'no error'])(
    'is left as it is where it is not the database that failed: %s',
    (cause) => {
      expect(serviceErrorOf(cause)).toBe(cause);
    },
  );
});
