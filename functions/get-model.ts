// GET /workspaces/{id}/model: the picked model of a workspace, and what is wrong with a pick that is not a model id.
import { readStoredPick } from './database/stored-pick.ts';
import { answer } from './invocation/answer.ts';
import { httpFunction } from './invocation/http.ts';
import { workspaceIdOf } from './invocation/request.ts';
import { openService } from './invocation/service.ts';
import { isPicked, refuseModelId } from './model/model-id.ts';

const { databaseOf, key, allowed } = openService();

export const handler = httpFunction('get-model', async (event, context) => {
  const workspaceId = workspaceIdOf(event);
  context.invocation.workspaceId = workspaceId;

  const model = await readStoredPick(databaseOf(context), key, workspaceId);
  if (!isPicked(model)) {
    return answer(200, { model: '', source: 'default' });
  }

  const problem = refuseModelId(model, allowed);
  return answer(200, { model, source: 'workspace_secrets', ...(problem && { problem }) });
});
