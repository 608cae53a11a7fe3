// The provision function, invoked by the control plane: a new machine's user-data, with MODEL and nothing else.
import * as z from 'zod/mini';
import type { Database } from './database/attempts.ts';
import { readStoredPick } from './database/stored-pick.ts';
import { findModel } from './database/workspace-model.ts';
import { directFunction } from './invocation/direct.ts';
import { InvalidRequestError } from './invocation/errors.ts';
import { openService } from './invocation/service.ts';
import { isPicked, pickOf } from './model/model-id.ts';
import { requireModelId } from './model/refused.ts';
import { buildUserData, type UserData } from './model/user-data.ts';
import { parseWorkspaceId } from './model/workspace-id.ts';

/** Only these fields are read: an `env` or MODEL_PROVIDER in the request never reaches the machine. */
const Request = z.object(
  {
    workspace_id: z.string('"workspace_id" must be the UUID of a workspace.'),
    runtime: z
      .string('"runtime" must be the name of the machine\'s runtime.')
      .check(z.minLength(1, '"runtime" must not be empty.')),
    model: z.optional(z.string('"model", where it is sent, must be a string.')),
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
  env: UserData['env'];
  env_file: string;
  user_data: string;
  user_data_base64: string;
}

const { databaseOf, key, allowed } = openService();

/** @throws ModelRefusedError, WorkspaceNotFoundError, InvalidRequestError, DecryptError, DatabaseUnavailableError */
export const handler = directFunction('provision', async (event, context): Promise<Provisioned> => {
  const { workspaceId, runtime, model: requested } = parseRequest(event);
  context.invocation.workspaceId = workspaceId;

  const [model, source] = await resolve(databaseOf(context), workspaceId, requested);
  const { env, envFile, userData, userDataBase64 } = buildUserData(model);
  return {
    workspace_id: workspaceId,
    runtime,
    model,
    source,
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

  const { workspace_id, runtime, model = '' } = parsed.data;
  const workspaceId = parseWorkspaceId(workspace_id);
  if (workspaceId === undefined) {
    throw new InvalidRequestError('"workspace_id" must be the UUID of a workspace.');
  }
  return { workspaceId, runtime, model: pickOf(model) };
};

/** The first that is not empty: the request's model, then the workspace's row. */
const resolve = async (
  database: Database,
  workspaceId: string,
  requested: string,
): Promise<[string, Source]> => {
  if (isPicked(requested)) {
    requireModelId(requested, allowed);
    await findModel(database, workspaceId);
    return [requested, 'request'];
  }
  const stored = await readStoredPick(database, key, workspaceId);
  if (!isPicked(stored)) {
    return ['', 'default'];
  }
  requireModelId(stored, allowed);
  return [stored, 'workspace_secrets'];
};
