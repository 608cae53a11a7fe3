// The provision function, invoked by the control plane: a new machine's user-data, with MODEL and nothing else.
import * as z from 'zod/mini';
import { readVariables, variableNames } from './contract.ts';
import type { Database } from './database/attempts.ts';
import { readStoredPick } from './database/stored-pick.ts';
import { saveModel } from './database/workspace-model.ts';
import { ServiceError } from './errors.ts';
import { directFunction } from './invocation/direct.ts';
import { InvalidRequestError } from './invocation/errors.ts';
import { openService } from './invocation/service.ts';
import { ModelRefusedError, ModelRequiredError } from './model/errors.ts';
import { parseModelDemand } from './model/model-demand.ts';
import { isPicked, pickOf } from './model/model-id.ts';
import { NO_RUNTIMES } from './model/model-rules.ts';
import { buildUserData, type UserData } from './model/user-data.ts';
import { parseWorkspaceId } from './model/workspace-id.ts';
import { encrypt } from './secrets/cipher.ts';
import { DecryptError } from './secrets/errors.ts';

/** Only these fields are read: an `env` or MODEL_PROVIDER in the request never reaches the machine. */
const Request = z.object(
  {
    workspace_id: z.string('"workspace_id" must be the UUID of a workspace.'),
    runtime: z
      .string('"runtime" must be the name of the machine\'s runtime.')
      .check(z.minLength(1, '"runtime" must not be empty.')),
    // Go and Python senders write null for none.
    model: z.nullish(z.string('"model", where it is sent, must be a string.')),
  },
  'The request must be a JSON object with "workspace_id" and "runtime".',
);

type Source = 'request' | 'workspace_secrets' | 'default';

/** The answer to CP. `model` is an empty string where nothing is picked: the runtime then uses its own default. */
export interface Provisioned {
  workspace_id: string;
  runtime: string;
  model: string;
  source: Source;
  /** There where the request's model was saved as the pick of a workspace that had none. */
  saved?: true;
  env: UserData['env'];
  env_file: string;
  user_data: string;
  user_data_base64: string;
}

interface Resolved {
  model: string;
  source: Source;
  saved?: true;
}

/** Who saves a first pick, for the history: a direct invocation does not say who sends it. */
const ACTOR = 'provision';

const { databaseOf, key, rules } = openService();
const isModelRequired = parseModelDemand(readVariables(variableNames.modelDemand));

/** @throws ModelRefusedError, InvalidRequestError, WorkspaceNotFoundError and what else a read or a write of a pick throws */
export const handler = directFunction('provision', async (event, context): Promise<Provisioned> => {
  const { workspaceId, runtime, model: requested } = parseRequest(event);
  context.invocation.workspaceId = workspaceId;

  const database = databaseOf(context);
  const resolved = isPicked(requested)
    ? await takeRequested(database, workspaceId, runtime, requested)
    : await takeStored(database, workspaceId, runtime);
  const { env, envFile, userData, userDataBase64 } = buildUserData(resolved.model);
  return {
    workspace_id: workspaceId,
    runtime,
    ...resolved,
    env,
    env_file: envFile,
    user_data: userData,
    user_data_base64: userDataBase64,
  };
});

const parseRequest = (event: unknown) => {
  const parsed = Request.safeParse(event);
  if (!parsed.success) {
    throw new InvalidRequestError(parsed.error.issues.map(({ message }) => message).join(' '));
  }

  const { workspace_id, runtime, model } = parsed.data;
  const workspaceId = parseWorkspaceId(workspace_id);
  if (workspaceId === undefined) {
    throw new InvalidRequestError('"workspace_id" must be the UUID of a workspace.');
  }
  return { workspaceId, runtime, model: pickOf(model ?? '') };
};

/** A first deploy keeps its pick: where the workspace has none, the request's model becomes it, or a restart would lose it. */
const takeRequested = async (
  database: Database,
  workspaceId: string,
  runtime: string,
  model: string,
): Promise<Resolved> => {
  const problem = rules.problemOf(model, runtime);
  if (problem && rules.refusesToSave(problem)) {
    // What is not offered any more goes on working where it is picked, also where CP sends the pick that it knows.
    if (rules.refusesToProvision(problem) || !(await isInPlace(database, workspaceId, model))) {
      throw new ModelRefusedError(model, problem);
    }
    return { model, source: 'request' };
  }
  const encryptedValue = encrypt(await key.current(), model);
  const { outcome } = await saveModel(database, {
    workspaceId,
    encryptedValue,
    actor: ACTOR,
    condition: 'first',
    // The machine's runtime is the request's, and has been judged.
    refusing: NO_RUNTIMES,
  });
  return { model, source: 'request', ...(outcome === 'written' && { saved: true }) };
};

/** What no key opens is not what was sent; where the key itself cannot be had, nobody knows. */
const isInPlace = async (database: Database, workspaceId: string, model: string): Promise<boolean> => {
  try {
    return (await readStoredPick(database, key, workspaceId)).model === model;
  } catch (error) {
    if (error instanceof DecryptError && !(error.cause instanceof ServiceError)) {
      return false;
    }
    throw error;
  }
};

const takeStored = async (database: Database, workspaceId: string, runtime: string): Promise<Resolved> => {
  const { model } = await readStoredPick(database, key, workspaceId);
  if (!isPicked(model)) {
    if (isModelRequired(runtime)) {
      throw new ModelRequiredError(workspaceId);
    }
    return { model: '', source: 'default' };
  }
  const problem = rules.problemOf(model, runtime);
  if (problem && rules.refusesToProvision(problem)) {
    throw new ModelRefusedError(model, problem);
  }
  return { model, source: 'workspace_secrets' };
};
