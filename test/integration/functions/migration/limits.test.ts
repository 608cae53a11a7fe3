// The Data API's limits and other people's locks: what is waited for, what is skipped, and when a run gives up.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunProgress } from '../../../../functions/migration/run.ts';
import { down, RENAME_STEP, up } from '../../../helpers/engine.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { countKeys, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

beforeEach(async () => {
  stack.aws.onCall = undefined;
  await down(stack);
  await loadFleet(stack, 100);
});

/** Names the first `count` calls of a step's kind with an error of the Data API. */
const failCalls = (matching: string, count: number, name: string, status = 400) => {
  let failed = 0;
  stack.aws.onCall = ({ sql }) => {
    if (failed === count || sql?.includes(matching) !== true) {
      return undefined;
    }
    failed += 1;
    return { kind: 'error', name, status };
  };
};

const RENAMED = { OTHER: 100, MODEL: 100 };

describe('a run', () => {
  it('waits for a cluster that is resuming', async () => {
    failCalls('', 3, 'DatabaseResumingException');

    await up(stack);

    expect(await countKeys(stack)).toEqual(RENAMED);
  });

  it('takes smaller batches after a timeout, and larger ones again', async () => {
    const pages: number[] = [];
    let before = 0;
    failCalls('WITH locked', 1, 'StatementTimeoutException');
    await loadFleet(stack, 3_000);

    await up(stack, {
      maxBatchPages: 8,
      onProgress: ({ step, page, endPage }: RunProgress) => {
        if (step === RENAME_STEP && page > before && page < endPage) {
          pages.push(page - before);
        }
        before = page;
      },
    });

    expect(pages[0]).toBe(2);
    expect(Math.max(...pages)).toBe(8);
    expect(await countKeys(stack)).toEqual({ OTHER: 3_000, MODEL: 3_000 });
  });

  it('skips a row that somebody has locked, and picks it up later', async () => {
    const lockOneRow = `SELECT FROM workspace_secrets WHERE key = 'MODEL_PROVIDER' LIMIT 1 FOR UPDATE`;

    const { promise: locked, resolve: reportLocked } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let holding: Promise<void> | undefined;
    stack.aws.onCall = ({ sql }) => {
      if (holding !== undefined || sql?.includes("VALUES ('all kept')") !== true) {
        return undefined;
      }
      holding = stack.inTransaction(lockOneRow, () => {
        reportLocked();
        return released;
      });
      return { kind: 'held', until: Promise.race([locked, holding]) };
    };

    const running = up(stack);
    await eventually('a last row to rename', () => countKeys(stack))
      .toMatchObject({ MODEL_PROVIDER: 1 })
      .finally(release);
    await Promise.all([running, holding]);

    expect(await countKeys(stack)).toEqual(RENAMED);
  });

  it('waits for a lock half a second at a time, so that nobody queues behind it for longer', async () => {
    const { running, longest } = await stack.inTransaction(
      'SELECT FROM workspace_secrets LIMIT 1',
      async () => {
        const running = up(stack);
        return { running, longest: await longestLockWait(3_000) };
      },
    );
    await running;

    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan(1);
  });

  it('stops after the current batch when its time is up, says how far it is, and the next run goes on', async () => {
    let batches = 0;
    const stopReason = () => (++batches > 8 ? { reason: 'Out of time.', advice: 'Go on.' } : undefined);

    await expect(up(stack, { maxBatchPages: 1, stopReason })).rejects.toMatchObject({
      name: 'NotFinishedError',
      message: expect.stringMatching(/^Out of time\. Go on\. Version \d{14} is applying: step \d of \d/),
    });
    await up(stack);

    expect(await countKeys(stack)).toEqual(RENAMED);
  });
});

/** Seconds that any session has waited for a lock on workspace_secrets, watched for `ms`. */
const longestLockWait = async (ms: number): Promise<number> => {
  const until = Date.now() + ms;
  let longest = 0;
  while (Date.now() < until) {
    const [row] = await stack.sql<{ waited: number }>(`
      SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float AS waited
      FROM pg_locks WHERE NOT granted AND relation = 'workspace_secrets'::regclass`);
    longest = Math.max(longest, row?.waited ?? 0);
    await wait(20);
  }
  return longest;
};
