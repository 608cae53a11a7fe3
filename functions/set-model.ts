// PUT /workspaces/{id}/model: saves a workspace's pick, or clears it where the model sent is empty.

import { databaseVariables, encryptionKeyVariables, modelRulesVariables } from './contract.ts';
import { connect, REQUEST_TIMEOUT_MS } from './database/client.ts';
import { clearModel, saveModel } from './database/workspace-model.ts';
import { answer } from './invocation/answer.ts';
import { modelOf } from './invocation/body.ts';
import { httpFunction } from './invocation/http.ts';
import { workspaceIdOf } from './invocation/request.ts';
import { isPicked, parseAllowedModelIds, pickOf } from './model/model-id.ts';
import { requireModelId } from './model/refused.ts';
import { encrypt } from './secrets/cipher.ts';
import { EncryptionKey } from './secrets/encryption-key.ts';

const connection = connect(databaseVariables(), REQUEST_TIMEOUT_MS);
const key = new EncryptionKey(encryptionKeyVariables().secretArn);
const allowed = parseAllowedModelIds(modelRulesVariables().allowedModelIds);

export const handler = httpFunction('set-model', async (event, { invocation }) => {
  const workspaceId = workspaceIdOf(event);
  invocation.workspaceId = workspaceId;
  const model = pickOf(modelOf(event));
  const execute = connection(invocation);

  if (!isPicked(model)) {
    await clearModel(execute, workspaceId);
    return answer(200, { status: 'cleared' });
  }
  requireModelId(model, allowed);
  await saveModel(execute, workspaceId, encrypt(await key.current(), model));
  return answer(200, { status: 'saved', model });
});
