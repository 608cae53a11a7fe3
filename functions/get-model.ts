// GET /workspaces/{id}/model: the picked model of a workspace, and what is wrong with it, if anything.
import { readStoredPick } from './database/stored-pick.ts';
import { answer } from './invocation/answer.ts';
import { httpFunction } from './invocation/http.ts';
import { workspaceIdOf } from './invocation/request.ts';
import { openService } from './invocation/service.ts';
import { isPicked } from './model/model-id.ts';

const { databaseOf, key, rules } = openService();

export const handler = httpFunction('get-model', async (event, context) => {
  const workspaceId = workspaceIdOf(event);
  context.invocation.workspaceId = workspaceId;

  const { model, etag, runtime } = await readStoredPick(databaseOf(context), key, workspaceId);
  if (!isPicked(model)) {
    return answer(200, { model: '', source: 'default' }, etag);
  }
  const problem = rules.problemOf(model, runtime);
  return answer(200, { model, source: 'workspace_secrets', ...(problem && { problem }) }, etag);
});
