// replace: one model by another, wherever it is picked.
import type { ModelClient } from '../../client/client.ts';
import { UsageError } from '../command.ts';
import { type Found, type MendOptions, mend } from './mend.ts';

export interface Replacement {
  from: string;
  to: string;
}

export const replace = (
  client: ModelClient,
  { from, to }: Replacement,
  options: MendOptions,
): Promise<void> => {
  if (from === to) {
    throw new UsageError('--from and --to are the same.');
  }
  return mend(client, () => find(client, { from, to }), options);
};

async function* find(client: ModelClient, { from, to }: Replacement): AsyncGenerator<Found> {
  for await (const { workspaceId, name, etag } of client.listAll({ model: from, limit: 500 })) {
    yield { workspaceId, name, from, to, condition: { ifMatch: etag } };
  }
}
