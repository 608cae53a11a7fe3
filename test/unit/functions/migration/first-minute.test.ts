// What a deploy waits for in its first minute, on a clock that the test moves on.
import { expect, it } from 'vitest';
import { firstMinuteOf } from '../../../../functions/migration/first-minute.ts';
import { dataApiError } from '../../../helpers/data-api-errors.ts';
import { elapse, stopClock } from '../../../helpers/moved-clock.ts';

stopClock();

/** Fails with `name` for so long. */
const attemptFor = (name: string, seconds: number): Promise<string> => {
  const start = Date.now();
  return firstMinuteOf(start)(async () => {
    if (Date.now() - start < seconds * 1_000) {
      throw dataApiError(name);
    }
    return 'done';
  });
};

it.each(['AccessDeniedException', 'ForbiddenException', 'SecretsErrorException'])(
  'waits for what may be a right that IAM has not spread yet, for a minute: %s',
  async (name) => {
    const passing = attemptFor(name, 50);
    await elapse(passing);
    await expect(passing).resolves.toBe('done');

    const lasting = attemptFor(name, 200);
    expect(await elapse(lasting)).toBeLessThan(65_000);
    await expect(lasting).rejects.toThrow(name);
  },
);

it('does not wait for what is refused otherwise', async () => {
  const refused = attemptFor('BadRequestException', 1);
  expect(await elapse(refused)).toBe(0);
  await expect(refused).rejects.toThrow('BadRequestException');
});
