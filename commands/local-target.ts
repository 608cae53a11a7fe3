// The running local stack, by what it writes about itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINTS_FILE, Endpoints } from '../local/start/endpoints.ts';
import { startVariables } from '../local/start/variables.ts';
import { UsageError } from './command.ts';
import { reaching } from './out-of-reach.ts';
import type { Target } from './target.ts';

/** @throws UsageError where no local stack is running */
export const localTarget = (): Target => {
  const file = join(process.env['LOCAL_DIR'] || startVariables.LOCAL_DIR.standard, ENDPOINTS_FILE);
  const { api, aws, region, clusterArn, databaseSecretArn, databaseName, encryptionKeySecretArn } =
    readEndpoints(file);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return {
    stackName: undefined,
    region,
    api,
    clusterArn,
    databaseSecretArn,
    databaseName,
    encryptionKeySecretArn,
    // The file outlives a stack that was killed.
    fetch: reaching(api, 'Is "npm start" running?', fetch),
    clientConfig: { endpoint: aws, region, credentials },
  };
};

const readEndpoints = (file: string): Endpoints => {
  try {
    return Endpoints.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UsageError(
      `No local stack is running (${file} cannot be read). Run "npm start" first, or name a deployed one: --stack.`,
      { cause },
    );
  }
};
