// PUT /workspaces/{id}/model: saves a workspace's pick, or clears it where the model sent is empty.
import { clearModel, saveModel } from './database/workspace-model.ts';
import { answer } from './invocation/answer.ts';
import { modelOf } from './invocation/body.ts';
import { httpFunction } from './invocation/http.ts';
import { workspaceIdOf } from './invocation/request.ts';
import { openService } from './invocation/service.ts';
import { isPicked, pickOf } from './model/model-id.ts';
import { requireModelId } from './model/refused.ts';
import { encrypt } from './secrets/cipher.ts';

const { databaseOf, key, allowed } = openService();

export const handler = httpFunction('set-model', async (event, context) => {
  const workspaceId = workspaceIdOf(event);
  context.invocation.workspaceId = workspaceId;
  const model = pickOf(modelOf(event));

  if (!isPicked(model)) {
    await clearModel(databaseOf(context), workspaceId);
    return answer(200, { status: 'cleared' });
  }
  requireModelId(model, allowed);
  const encryptedValue = encrypt(await key.current(), model);
  await saveModel(databaseOf(context), workspaceId, encryptedValue);
  return answer(200, { status: 'saved', model });
});
