// Our get-model and its peers: what to load, in which environment, and the answer by which each shows that it works.
import { variableNames } from '../functions/contract.ts';
import { FIND_MODEL } from '../functions/database/workspace-model.ts';
import { type Peer, runtimeModules } from './builds.ts';
import type { Bench } from './measurement.ts';
import { MODEL } from './service/fleet.ts';

export interface Contestant {
  name: 'ours' | 'ours-with-catalogue' | Peer;
  file: string;
  environment: Record<string, string>;
  /** What the body of every answer is. */
  body: string;
}

const PICK = JSON.stringify({ model: MODEL, source: 'workspace_secrets' });

export const contestantsOf = ({
  functions,
  peers,
  stack,
  catalogueFile,
}: Bench): Record<Contestant['name'], Contestant> => {
  const environment = {
    ...stack.variables['get-model'],
    BENCH_STATEMENT: FIND_MODEL,
    NODE_PATH: runtimeModules,
  };
  const peer = (name: Peer, body: string): Contestant => ({ name, file: peers[name], environment, body });
  return {
    ours: { name: 'ours', file: functions['get-model'], environment, body: PICK },
    'ours-with-catalogue': {
      name: 'ours-with-catalogue',
      file: functions['get-model'],
      environment: {
        ...environment,
        [variableNames.modelRules.catalogueMode]: 'enforce',
        [variableNames.modelRules.catalogueFile]: catalogueFile,
      },
      body: PICK,
    },
    empty: peer('empty', '{}'),
    'empty-with-sdk': peer('empty-with-sdk', '{}'),
    'two-clients': peer('two-clients', '{"rows":1}'),
    'two-clients-two-calls': peer('two-clients-two-calls', '{"rows":1}'),
    'two-clients-bundled': peer('two-clients-bundled', '{"rows":1}'),
    'hand-signed': peer('hand-signed', '{"rows":1}'),
    'usual-parts': peer('usual-parts', PICK),
    'data-api-client': peer('data-api-client', PICK),
    drizzle: peer('drizzle', PICK),
  };
};
