// A fleet too large for one run of the function: it stops in time, says how far it is, and the next deploy goes on.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { down, RENAMED } from '../../../helpers/engine.ts';
import { countKeys, dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

/** The function keeps back 75 s of its time, so this leaves four. */
const SHORT_TIME_MS = 79_000;
const SLOW_CALL_MS = 800;

let stack: TestStack;
/** The same database, whose function has little time and slow calls. */
let hurried: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
  hurried = await startTestStack({
    tables: false,
    sharedDatabaseUrl: stack.databaseUrl,
    functionTimeoutMs: SHORT_TIME_MS,
  });
});

afterAll(async () => {
  await hurried.close();
  await stack.close();
});

const deploy = (RequestType: 'Create' | 'Update') =>
  hurried.invoke('migrate', {
    RequestType,
    RequestId: randomUUID(),
    ResourceProperties: { TargetVersion: RENAMED, ExistingDatabase: 'true' },
  });

const slowSteps = () => {
  hurried.aws.onCall = ({ sql }) =>
    sql?.includes("state = 'applying'") && sql.includes('$step$')
      ? { kind: 'delay', ms: SLOW_CALL_MS }
      : undefined;
};

const OUT_OF_TIME = {
  failed: true,
  result: {
    errorType: 'NotFinishedError',
    errorMessage: expect.stringMatching(
      /^Out of time\. .*"npm run migrate -- up" on its cluster, by --deploy or --stack\. Version \d{14} is applying: step \d of \d/,
    ),
  },
};

beforeEach(async () => {
  hurried.aws.onCall = undefined;
  await down(stack);
  await loadFleet(stack, 1_000);
});

it('stops an Update cleanly when its time is up, and goes on in the next one', async () => {
  slowSteps();

  expect(await deploy('Update')).toMatchObject(OUT_OF_TIME);

  hurried.aws.onCall = undefined;
  expect(await deploy('Update')).toMatchObject({ failed: false, result: { Data: { Renamed: '900' } } });
  expect(await countKeys(stack)).toEqual({ OTHER: 1_000, MODEL: 1_000 });
});

it('takes a Create back within its time, since no Delete will come', async () => {
  const before = await dumpTables(stack);
  slowSteps();

  expect(await deploy('Create')).toMatchObject(OUT_OF_TIME);

  expect(await dumpTables(stack)).toEqual(before);
});
