// How often a statement is sent, and when it is given up, by failures that come in a given order.
import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { describe, expect, it } from 'vitest';
import { databaseFor, UNTIMELY } from '../../../../functions/database/attempts.ts';
import type { Statement, StatementResult } from '../../../../functions/database/client.ts';
import {
  DatabaseAnswerError,
  DatabaseRefusedError,
  DatabaseUnavailableError,
} from '../../../../functions/database/errors.ts';
import type { Row } from '../../../../functions/database/fields.ts';
import { dataApiError, postgresError } from '../../../helpers/data-api-errors.ts';
import { unhurried } from '../../../helpers/unhurried.ts';

const NOT_RUN = dataApiError('DatabaseResumingException');
const UNKNOWN = dataApiError('InternalServerErrorException');
/** Until a write has taken effect, or never will. */
const SETTLED_AFTER_MS = 5_000;
const FIRST_DELAY_MS = 250;
const ALL_DELAYS_MS = 1_750;
/** Timers of Node may end a millisecond early. */
const EARLY_MS = 2;

const rows = (...fields: StatementResult['rows']): StatementResult => ({ rows: fields, updated: 0 });
const written = rows([{ stringValue: 'written' }, { longValue: 1 }]);
const untimely = (clock: number) => rows([{ stringValue: UNTIMELY }, { longValue: clock }]);

/** A database that answers so, in this order, and the last for ever; with what was sent to it. */
const answering = (answers: (StatementResult | Error)[], caller = unhurried) => {
  const sent: Statement[] = [];
  const database = databaseFor(async (statement) => {
    const answer = answers[Math.min(sent.length, answers.length - 1)];
    sent.push(statement);
    if (answer === undefined || answer instanceof Error) {
      throw answer;
    }
    return answer;
  }, caller);
  return {
    sent,
    read: () => database.read({ sql: 'read' }, (result) => result),
    write: (parse = (row: Row): unknown => row) =>
      database.write((sentAt: SqlParameter) => ({ sql: 'write', parameters: [sentAt] }), parse),
  };
};

const sentTimes = (sent: Statement[]): number[] =>
  sent.map(({ parameters }) => parameters?.[0]?.value?.longValue ?? 0);

const timed = async (action: Promise<unknown>) => {
  const startedAt = performance.now();
  const error = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, tookMs: performance.now() - startedAt };
};

describe.concurrent('a read', () => {
  it.each([NOT_RUN, UNKNOWN, postgresError('55P03')])('is sent again after $message', async (failure) => {
    const { read, sent } = answering([failure, written]);
    expect(await read()).toBe(written);
    expect(sent).toHaveLength(2);
  });

  it('is sent four times at most, waiting longer each time', async () => {
    const { read, sent } = answering([NOT_RUN]);
    const { error, tookMs } = await timed(read());
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(sent).toHaveLength(4);
    expect(tookMs).toBeGreaterThan(ALL_DELAYS_MS - EARLY_MS);
  });

  it('that is refused is not sent again', async () => {
    const { read, sent } = answering([postgresError('42501')]);
    await expect(read()).rejects.toBeInstanceOf(DatabaseRefusedError);
    expect(sent).toHaveLength(1);
  });

  it('is given up at once with the invocation', async () => {
    const given = new AbortController();
    const { read, sent } = answering([NOT_RUN], { signal: given.signal, timeLeft: () => 60_000 });
    const reading = timed(read());
    given.abort();
    expect((await reading).tookMs).toBeLessThan(FIRST_DELAY_MS);
    expect(sent).toHaveLength(1);
  });
});

describe.concurrent('a write', () => {
  it('that has not run is sent again, with the time of each attempt', async () => {
    let attempts = 0;
    const caller = {
      timeLeft: () => 60_000,
      beforeWrite: () => {
        attempts += 1;
      },
    };
    const { write, sent } = answering([NOT_RUN, postgresError('40P01'), written], caller);
    expect(await write()).toBe(written.rows[0]);
    const [first = 0, , last = 0] = sentTimes(sent);
    expect(last - first).toBeGreaterThan(500);
    expect(Math.abs(Date.now() - last)).toBeLessThan(60_000);
    expect([sent.length, attempts]).toEqual([3, 3]);
  });

  it('that may have run is answered only once it can no longer take effect, and is not sent again', async () => {
    const { write, sent } = answering([UNKNOWN]);
    const { error, tookMs } = await timed(write());
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(tookMs).toBeGreaterThan(SETTLED_AFTER_MS - EARLY_MS);
    expect(sent).toHaveLength(1);
  });

  it('may have run where its row says nothing that is known', async () => {
    const { write, sent } = answering([written]);
    const parse = () => {
      throw new DatabaseAnswerError('The database returned an outcome that is not known.');
    };
    const { error, tookMs } = await timed(write(parse));
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(tookMs).toBeGreaterThan(SETTLED_AFTER_MS - EARLY_MS);
    expect(sent).toHaveLength(1);
  });

  it('that may have run is waited for no longer than the invocation', async () => {
    const given = new AbortController();
    const { write, sent } = answering([UNKNOWN], { signal: given.signal, timeLeft: () => 60_000 });
    const writing = timed(write());
    given.abort();
    expect((await writing).tookMs).toBeLessThan(SETTLED_AFTER_MS);
    expect(sent).toHaveLength(1);
  });

  it.each(['55P03', '57014'])(
    'that has waited for a lock or run out of time (%s) does not queue again',
    async (sqlState) => {
      const { write, sent } = answering([postgresError(sqlState)]);
      await expect(write()).rejects.toBeInstanceOf(DatabaseUnavailableError);
      expect(sent).toHaveLength(1);
    },
  );

  it.each([
    [0, 1],
    [1, 2],
  ])(
    'is sent again only where it can be settled before the answer: %i ms more are %i attempts',
    async (more, attempts) => {
      const timeLeft = () => FIRST_DELAY_MS + SETTLED_AFTER_MS + more;
      const { write, sent } = answering([NOT_RUN], { timeLeft });
      await expect(write()).rejects.toBeInstanceOf(DatabaseUnavailableError);
      expect(sent).toHaveLength(attempts);
    },
  );

  it.each([
    [-1, 0],
    [0, 1],
  ])(
    'is not sent where it could not be settled before the answer: %i ms more are %i attempts',
    async (more, attempts) => {
      const { write, sent } = answering([written], { timeLeft: () => SETTLED_AFTER_MS + more });
      const { error } = await timed(write());
      expect(error === undefined).toBe(attempts === 1);
      expect(sent).toHaveLength(attempts);
    },
  );

  it('that came at another time than the database’s is sent again by the database’s clock', async () => {
    const clock = 1_000_000;
    const { write, sent } = answering([untimely(clock), written]);
    expect(await write()).toBe(written.rows[0]);
    const [, second = 0] = sentTimes(sent);
    expect(second).toBeGreaterThan(clock + FIRST_DELAY_MS - EARLY_MS);
    expect(second).toBeLessThan(clock + 60_000);
    expect(Number.isInteger(second)).toBe(true);
  });

  it('that never comes in time is unavailable, and says why', async () => {
    const { write, sent } = answering([untimely(1_000_000)]);
    await expect(write()).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      cause: { message: 'The statement reached the database too late, or the clocks differ too much.' },
    });
    expect(sent).toHaveLength(4);
  });
});
