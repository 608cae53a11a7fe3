// The picks of the fleet with their models, a page at a time.
import { pickOf } from '../model/model-id.ts';
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import type { Database } from './attempts.ts';
import { type FleetQuery, type FleetRow, readFleet } from './fleet.ts';

export interface OpenedPick extends FleetRow {
  /** An empty string where there is none, and where it is unreadable. */
  model: string;
  /** Opened by no key, or too long for any model id. */
  isUnreadable: boolean;
}

export interface PicksPage {
  picks: OpenedPick[];
  /** The id after which there may be more; undefined at the end of the fleet. */
  next: string | undefined;
}

/** @throws as `readFleet` does; DecryptError where the key cannot be read, SecretUnavailableError */
export const readPicks = async (
  database: Pick<Database, 'read'>,
  key: EncryptionKey,
  query: FleetQuery,
): Promise<PicksPage> => {
  const reading = readFleet(database, query);
  key.prefetch();
  const { rows, next } = await reading;
  const texts = await key.openAll(rows.map(({ stored }) => (stored === 'too long' ? undefined : stored)));
  return { picks: rows.map((row, index) => openedPick(row, texts[index])), next };
};

const openedPick = (row: FleetRow, text: string | undefined): OpenedPick => ({
  ...row,
  model: pickOf(text ?? ''),
  isUnreadable: row.stored !== undefined && text === undefined,
});
