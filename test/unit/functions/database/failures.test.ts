// How failures of a call are told apart.
import { describe, expect, it } from 'vitest';
import {
  isConflict,
  isUnavailable,
  isWorthWaitingFor,
  sqlStateOf,
} from '../../../../functions/database/failures.ts';
import { dataApiError, postgresError } from '../../../helpers/data-api-errors.ts';

const socketError = (code: string) => Object.assign(new Error('socket'), { code });

describe('what is unavailable', () => {
  it.each([
    'DatabaseResumingException',
    'ThrottlingException',
    'InternalServerErrorException',
    'ServiceUnavailableError',
    'DatabaseUnavailableException',
    'StatementTimeoutException',
    'TimeoutError',
  ])('takes %s for unavailability', (name) => {
    expect(isUnavailable(dataApiError(name))).toBe(true);
  });

  it.each(['08006', '53300', '57P01'])('takes SQLSTATE %s for unavailability', (sqlState) => {
    expect(isUnavailable(postgresError(sqlState))).toBe(true);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND'])(
    'takes a socket that fails with %s for unavailability',
    (code) => {
      expect(isUnavailable(socketError(code))).toBe(true);
    },
  );

  it('takes refusals and faults of its own for none', () => {
    const others = [
      postgresError('42501'),
      postgresError('08'),
      dataApiError('AccessDeniedException'),
      socketError('ENOENT'),
      new TypeError('x is not a function'),
      'ECONNRESET',
    ];
    expect(others.filter(isUnavailable)).toEqual([]);
  });
});

describe('what has not run', () => {
  it('waits for a resuming cluster and for writers in conflict, which are known not to have run', () => {
    for (const error of [
      dataApiError('DatabaseResumingException'),
      postgresError('40001'),
      postgresError('40P01'),
    ]) {
      expect(isWorthWaitingFor(error)).toBe(true);
    }
    expect(isConflict(postgresError('40001'))).toBe(true);
    expect(isConflict(postgresError('23505'))).toBe(false);
  });

  it('does not wait for what may have run', () => {
    for (const name of ['TimeoutError', 'StatementTimeoutException', 'InternalServerErrorException']) {
      expect(isWorthWaitingFor(dataApiError(name))).toBe(false);
    }
    expect(isWorthWaitingFor(socketError('ECONNRESET'))).toBe(false);
  });
});

it('finds the SQLSTATE in an error or in its cause, and none in anything else', () => {
  expect(sqlStateOf(postgresError('23505'))).toBe('23505');
  expect(sqlStateOf(new Error('Wrapped.', { cause: postgresError('23505') }))).toBe('23505');
  expect(sqlStateOf(new Error('No state.'))).toBe('');
  expect(sqlStateOf('SQLState: 23505')).toBe('');
});
