// How long each failure of a call is waited for, on a clock that the test moves on.
import { describe, expect, it } from 'vitest';
import {
  AnotherRunnerError,
  DatabaseSetupError,
  MigrationFailedError,
} from '../../../../functions/migration/errors.ts';
import { RetryPolicy, retrying } from '../../../../functions/migration/retry.ts';
import { dataApiError, postgresError } from '../../../helpers/data-api-errors.ts';
import { elapse, stopClock } from '../../../helpers/moved-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const SUCCESS = { rows: [], updated: 0 };

const resuming = dataApiError('DatabaseResumingException');
const unreachable = dataApiError('DatabaseUnavailableException');
const locked = postgresError('55P03');
const conflict = postgresError('40001');

stopClock();

/** Repeats a statement that fails with `error` until `passesAfterMs`, and for ever where that is left out. */
const repeat = (error: Error, passesAfterMs = Number.POSITIVE_INFINITY) => {
  const start = Date.now();
  let calls = 0;
  const execute = retrying(async () => {
    calls += 1;
    if (Date.now() - start < passesAfterMs) {
      throw error;
    }
    return SUCCESS;
  }, 'step');
  return { result: execute({ sql: 'SELECT 1' }), calls: () => calls };
};

const expectGivenUp = async (
  error: Error,
  message: RegExp,
): Promise<{ elapsedMs: number; calls: number }> => {
  const { result, calls } = repeat(error);
  const elapsedMs = await elapse(result);
  await expect(result).rejects.toThrow(MigrationFailedError);
  await expect(result).rejects.toThrow(message);
  return { elapsedMs, calls: calls() };
};

describe('a statement that fails for a while', () => {
  it.each([
    ['a cluster that resumes for two minutes', resuming, 2 * MINUTE],
    ['an instance that is replaced', unreachable, 2 * MINUTE],
    ['a cluster that starts', dataApiError('InvalidResourceStateException'), 2 * MINUTE],
    ['a secret that is not read for a moment', dataApiError('SecretsErrorException'), 5 * SECOND],
    ['a table that is locked for a minute and a half', locked, 1.5 * MINUTE],
    ['writers in conflict', conflict, 1],
    ['a unique violation by another writer', postgresError('23505'), 1],
    ['a deadlock', postgresError('40P01'), 1],
  ])('waits for %s', async (_, error, lastsMs) => {
    const { result } = repeat(error, lastsMs);
    await elapse(result);
    await expect(result).resolves.toEqual(SUCCESS);
  });
});

describe('a statement that never stops failing', () => {
  it.each([
    ['still resuming from its pause', resuming],
    ['out of reach', unreachable],
    ['out of reach \\(SQLSTATE 53300\\)', postgresError('53300')],
  ])('gives a database up after three minutes, as %s', async (state, error) => {
    const { elapsedMs } = await expectGivenUp(error, new RegExp(`${state}.*after 3 minutes`));
    expect(elapsedMs).toBeGreaterThanOrEqual(3 * MINUTE);
    expect(elapsedMs).toBeLessThan(3 * MINUTE + 2 * SECOND);
  });

  it('gives a database that stays read only up with the setting that may make it so', async () => {
    await expectGivenUp(
      postgresError('25006'),
      /SQLSTATE 25006.*after 3 minutes\. See .*where a setting .* SET default_transaction_read_only = off; then run again\.$/,
    );
  });

  it('gives a cluster that is stopped up as one that cannot be used, which keeps no stack from being removed', async () => {
    const { result } = repeat(dataApiError('InvalidResourceStateException'));
    expect(await elapse(result)).toBeGreaterThanOrEqual(3 * MINUTE);
    await expect(result).rejects.toThrow(DatabaseSetupError);
  });

  it('gives a host that is not there up after ten seconds, naming code and host', async () => {
    const hostname = 'rds-data.eu-west-1.amazonaws.com';
    const nobody = Object.assign(new Error(), { code: 'ENOTFOUND', hostname });
    const { elapsedMs } = await expectGivenUp(
      nobody,
      /ENOTFOUND rds-data\.eu-west-1\.amazonaws\.com.*region/,
    );
    expect(elapsedMs).toBeGreaterThanOrEqual(10 * SECOND);
    expect(elapsedMs).toBeLessThan(12 * SECOND);
  });

  it('gives a secret that cannot be read up after ten seconds, as a database that is not set up', async () => {
    const { result } = repeat(dataApiError('SecretsErrorException'));
    const elapsedMs = await elapse(result);
    expect(elapsedMs).toBeGreaterThanOrEqual(10 * SECOND);
    expect(elapsedMs).toBeLessThan(12 * SECOND);
    await expect(result).rejects.toThrow(DatabaseSetupError);
  });

  it('gives a lock up after two minutes, saying how to find its holder', async () => {
    const { elapsedMs } = await expectGivenUp(locked, /lock for two minutes.*pg_stat_activity/);
    expect(elapsedMs).toBeGreaterThanOrEqual(2 * MINUTE);
    expect(elapsedMs).toBeLessThan(2 * MINUTE + 2 * SECOND);
  });

  it('gives a statement up that is out of time ten times, before the function is', async () => {
    const { calls } = await expectGivenUp(
      dataApiError('StatementTimeoutException'),
      /45 seconds 10 times.*pg_stat_activity/,
    );
    expect(calls).toBe(10);
  });

  it('gives conflicts up after fifty tries', async () => {
    expect(await expectGivenUp(conflict, /SQLSTATE 40001/)).toMatchObject({ calls: 50 });
  });

  it('gives a cancelled statement up after ten tries, naming statement_timeout', async () => {
    expect(await expectGivenUp(postgresError('57014'), /statement_timeout/)).toMatchObject({ calls: 10 });
  });

  it.each([
    ['a lost lease', postgresError('WM001'), AnotherRunnerError],
    ['a missing right', postgresError('42501'), DatabaseSetupError],
    ['a transaction_timeout that is too short', postgresError('25P04'), DatabaseSetupError],
    ['a wrong statement', postgresError('42601'), MigrationFailedError],
    ['an unknown error', dataApiError('SurprisingException'), MigrationFailedError],
  ])('gives %s up at once', async (_, error, wanted) => {
    const { result, calls } = repeat(error);
    expect(await elapse(result)).toBe(0);
    await expect(result).rejects.toThrow(wanted);
    expect(calls()).toBe(1);
  });

  it('reports the first sentence of PostgreSQL, and neither detail nor hint, which may quote rows', async () => {
    const said =
      'ERROR: null value in column "key"\n  Detail: Failing row contains (sk-secret); SQLState: 23502';
    const { result } = repeat(dataApiError('DatabaseErrorException', said));
    await elapse(result);
    await expect(result).rejects.toThrow(
      /^step: ERROR: null value in column "key" \(SQLSTATE 23502\)\. A trigger or constraint of [^;]+$/,
    );
  });
});

describe('a retry policy', () => {
  it.each([
    ['a lock', locked, 90 * SECOND],
    ['a cluster that resumes', resuming, 2 * MINUTE],
  ])('begins anew with %s after a success', async (_, error, lastsMs) => {
    const policy = new RetryPolicy();
    for (let round = 0; round < 2; round += 1) {
      const until = Date.now() + lastsMs;
      while (Date.now() < until) {
        await elapse(policy.afterFailure(error, 'step'));
      }
      policy.reset();
    }
    const another = policy.afterFailure(error, 'step');
    await elapse(another);
    await expect(another).resolves.toBeDefined();
  });

  it('counts conflicts anew after a success', async () => {
    const policy = new RetryPolicy();
    for (let round = 0; round < 3; round += 1) {
      for (let conflicts = 0; conflicts < 49; conflicts += 1) {
        const advice = policy.afterFailure(conflict, 'step');
        await elapse(advice);
        await expect(advice).resolves.toBe('smaller');
      }
      policy.reset();
    }
  });

  it('advises a smaller batch after a time-out, a lock or a conflict, and the same again otherwise', async () => {
    const adviceAfter = async (error: Error) => {
      const advice = new RetryPolicy().afterFailure(error, 'step');
      await elapse(advice);
      return advice;
    };
    expect(await adviceAfter(dataApiError('StatementTimeoutException'))).toBe('smaller');
    expect(await adviceAfter(locked)).toBe('smaller');
    expect(await adviceAfter(conflict)).toBe('smaller');
    expect(await adviceAfter(resuming)).toBe('retry');
  });

  it('waits for its own statement that runs on in the server, however long that holds the lock', async () => {
    const policy = new RetryPolicy();
    await elapse(policy.afterFailure(dataApiError('StatementTimeoutException'), 'step'));
    const until = Date.now() + 10 * MINUTE;
    while (Date.now() < until) {
      const advice = policy.afterFailure(locked, 'step');
      await elapse(advice);
      expect(await advice).toBe('retry');
    }
  });
});
