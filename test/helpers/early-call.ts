// A process with one connection, opened early, that freezes as a function on Lambda does, and then sends a statement.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../functions/database/client.ts';

const [, , directory = ''] = process.argv;
const clock = new Int32Array(new SharedArrayBuffer(4));

/** Nothing else runs meanwhile, and the statement is sent before anything else does. */
const freeze = (): void => {
  writeFileSync(join(directory, 'frozen'), '');
  while (!existsSync(join(directory, 'thaw'))) {
    Atomics.wait(clock, 0, 0, 5);
  }
};

const connection = connect({ clusterArn: 'cluster', secretArn: 'secret', name: 'database' }, 8_000);
connection.openEarly();
process.once('message', async () => {
  const meter = { dataApiCalls: 0, dataApiErrors: 0 };
  freeze();
  await connection(meter)({ sql: 'SELECT 1' }).catch(() => {});
  process.send?.(meter, () => process.disconnect());
});
