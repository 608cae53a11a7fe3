// What the request functions that reach the database work with, made once as a function starts.
import { readVariables, variableNames } from '../contract.ts';
import { type Database, databaseFor } from '../database/attempts.ts';
import { connect, REQUEST_TIMEOUT_MS } from '../database/client.ts';
import { suggest } from '../model/suggestions.ts';
import { EncryptionKey } from '../secrets/encryption-key.ts';
import { TIMEOUT_EARLY_MS } from './observed.ts';
import { readModelRules } from './read-model-rules.ts';
import type { ObservedContext } from './telemetry.ts';

export const openService = () => {
  const connection = connect(readVariables(variableNames.database), REQUEST_TIMEOUT_MS);
  const key = new EncryptionKey(readVariables(variableNames.encryptionKey).secretArn);
  key.fetchEarly();
  connection.openEarly();
  return {
    key,
    rules: readModelRules(suggest),
    /** The database for one invocation. */
    databaseOf: (context: ObservedContext): Database => {
      const { invocation } = context;
      return databaseFor(connection(invocation, invocation.signal), {
        signal: invocation.signal,
        beforeWrite: connection.closeStale,
        timeLeft: () => context.getRemainingTimeInMillis() - TIMEOUT_EARLY_MS,
      });
    },
  };
};
