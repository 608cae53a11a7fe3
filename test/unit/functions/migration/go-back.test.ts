// The Delete of a creation that met nobody at the database's address, and so has nothing to give back.
import { describe, expect, it } from 'vitest';
import { takeBackCreation } from '../../../../functions/migration/go-back.ts';
import { dataApiError } from '../../../helpers/data-api-errors.ts';
import { elapse, stopClock } from '../../../helpers/moved-clock.ts';

stopClock();

const noHost = () =>
  Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND', hostname: 'rds-data.example' });

/** @returns the message of its failure, or nothing */
const takeBack = async (mayHaveMetNobody: boolean, failure: () => Error): Promise<string | undefined> => {
  const taken = takeBackCreation(
    { StackId: 'stack', RequestId: 'request' },
    {
      execute: () => Promise.reject(failure()),
      stopReason: () => undefined,
      mayBeRunning: false,
      mayHaveMetNobody,
    },
  ).then(
    () => undefined,
    (error: unknown) => `${error}`,
  );
  await elapse(taken);
  return taken;
};

describe('a Delete that meets nobody at the address of the database', () => {
  it('succeeds where the Create may have met nobody either', async () => {
    expect(await takeBack(true, noHost)).toBeUndefined();
  });

  it('fails where the Create may have renamed rows', async () => {
    expect(await takeBack(false, noHost)).toMatch('out of reach (ENOTFOUND rds-data.example)');
  });
});

it('fails where the database is there and does not serve', async () => {
  const failure = () => dataApiError('DatabaseUnavailableException');
  expect(await takeBack(true, failure)).toMatch('out of reach (DatabaseUnavailableException)');
});
