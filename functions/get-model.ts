// GET /workspaces/{id}/model: the picked model of a workspace, and what is wrong with a pick that is not a model id.

import { databaseVariables, encryptionKeyVariables, modelRulesVariables } from './contract.ts';
import { connect, REQUEST_TIMEOUT_MS } from './database/client.ts';
import { readStoredPick } from './database/stored-pick.ts';
import { answer } from './invocation/answer.ts';
import { httpFunction } from './invocation/http.ts';
import { workspaceIdOf } from './invocation/request.ts';
import { isPicked, parseAllowedModelIds, refuseModelId } from './model/model-id.ts';
import { EncryptionKey } from './secrets/encryption-key.ts';

const connection = connect(databaseVariables(), REQUEST_TIMEOUT_MS);
const key = new EncryptionKey(encryptionKeyVariables().secretArn);
const allowed = parseAllowedModelIds(modelRulesVariables().allowedModelIds);

export const handler = httpFunction('get-model', async (event, { invocation }) => {
  const workspaceId = workspaceIdOf(event);
  invocation.workspaceId = workspaceId;

  const model = await readStoredPick(connection(invocation), key, workspaceId);
  if (!isPicked(model)) {
    return answer(200, { model: '', source: 'default' });
  }

  const problem = refuseModelId(model, allowed);
  return answer(200, { model, source: 'workspace_secrets', ...(problem && { problem }) });
});
