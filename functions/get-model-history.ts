// GET /workspaces/{id}/model/history: who saved or cleared a workspace's pick through this service, newest first.
import { readHistory } from './database/history.ts';
import { answer } from './invocation/answer.ts';
import { httpFunction } from './invocation/http.ts';
import { workspaceIdOf } from './invocation/request.ts';
import { openService } from './invocation/service.ts';

const { databaseOf, key } = openService();

export const handler = httpFunction('get-model-history', async (event, context) => {
  const workspaceId = workspaceIdOf(event);
  context.invocation.workspaceId = workspaceId;
  return answer(200, { items: await readHistory(databaseOf(context), key, workspaceId) });
});
