// Deploys, and shows what that did to the picks: all of it the first time, one line when there was nothing to do.
import { type Client, DatabaseError } from 'pg';
import type { ModelRules } from '../../functions/model/model-rules.ts';
import { type FleetWorkspace, MOST_WORKSPACES, readFleet } from '../fleet/read-fleet.ts';
import type { LocalStack } from '../stack.ts';
import { type DeployReport, deploy } from './deploy.ts';
import { fleetTable } from './fleet-table.ts';
import { tablesExist } from './open-database.ts';
import type { State } from './state.ts';

export interface ShowRenameOptions {
  client: Client;
  key: string;
  stack: LocalStack;
  state: State;
  rules: ModelRules;
}

export const showRename = async (options: ShowRenameOptions): Promise<void> => {
  const { client, key, stack, state } = options;
  const hasTables = await tablesExist(client);
  const before = hasTables ? await readBefore(client, key) : [];
  const report = await deploy(stack, state, { existingDatabase: hasTables });
  const after = await readFleet(client, key);
  if (after.length === MOST_WORKSPACES) {
    console.log(
      `What follows is of the first ${MOST_WORKSPACES} workspaces; "npm run models -- audit" judges them all.`,
    );
  }
  if (report === undefined) {
    console.log(`${after.length} workspaces, migrated before; ${picked(after)} of them have a pick.`);
    return;
  }
  if (before.length > 0) {
    console.log('The picks of the fleet before and after the deploy:\n');
    console.log(fleetTable(before, after, options.rules));
  }
  console.log(`\nThe deploy reports: ${inWords(report)}`);
};

/** Nothing of tables that cannot be read: what is wrong with them, the deploy says. */
const readBefore = async (client: Client, key: string): Promise<FleetWorkspace[]> => {
  try {
    return await readFleet(client, key);
  } catch (error) {
    if (error instanceof DatabaseError) {
      return [];
    }
    throw error;
  }
};

const picked = (fleet: FleetWorkspace[]): number =>
  fleet.filter(({ picks }) => Object.keys(picks).length > 0).length;

const inWords = (report: DeployReport): string =>
  Object.entries(report)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
