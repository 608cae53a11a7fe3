// Nothing is concluded from an answer without rows, where there always is one.
import { expect, it } from 'vitest';
import { readApiUserState } from '../../../../functions/database/api-user-sql.ts';
import type { Execute } from '../../../../functions/database/client.ts';
import { readLeftovers } from '../../../../functions/database/leftovers.ts';
import { refusedTakeovers } from '../../../../functions/migration/moves.ts';
import { previewRename } from '../../../../functions/migration/rename/preview.ts';

const withoutRows: Execute = async () => ({ rows: [], updated: 0 });

const readers: Record<string, () => Promise<unknown>> = {
  'nothing is left over': () => readLeftovers(withoutRows).next(),
  'no pick is stored that the key would have to open': () =>
    refusedTakeovers(
      { stackName: undefined, allowedMoves: [] },
      { execute: withoutRows, noted: undefined, encryptionKey: { openAll: async () => [] } },
    ),
  'nothing would be renamed': () => previewRename(withoutRows),
  "the API's user is not there": () => readApiUserState(withoutRows, 'api'),
};

it.each(Object.entries(readers))('is not taken to say that %s', async (_, read) => {
  await expect(read()).rejects.toMatchObject({ name: 'DatabaseAnswerError' });
});
