// PUT /workspaces/{id}/model: saves a workspace's pick, or clears it where the model sent is empty.
import type { Database } from './database/attempts.ts';
import { PickChangedError } from './database/errors.ts';
import { etagOf } from './database/etag.ts';
import { type Condition, clearModel, findModel, saveModel } from './database/workspace-model.ts';
import { actorOf } from './invocation/actor.ts';
import { type Answer, answer } from './invocation/answer.ts';
import { modelOf } from './invocation/body.ts';
import { conditionOf } from './invocation/condition.ts';
import { InvalidConditionError } from './invocation/errors.ts';
import { httpFunction } from './invocation/http.ts';
import { workspaceIdOf } from './invocation/request.ts';
import { openService } from './invocation/service.ts';
import { ModelRefusedError } from './model/errors.ts';
import { isPicked, pickOf } from './model/model-id.ts';
import { encrypt } from './secrets/cipher.ts';

const { databaseOf, key, rules } = openService();

interface Put {
  workspaceId: string;
  model: string;
  actor: string;
  condition: Condition;
}

export const handler = httpFunction('set-model', (event, context) => {
  const workspaceId = workspaceIdOf(event);
  context.invocation.workspaceId = workspaceId;
  const model = pickOf(modelOf(event));
  const put = { workspaceId, model, actor: actorOf(event), condition: conditionOf(event) };
  const database = databaseOf(context);
  return isPicked(model) ? save(database, put) : clear(database, put);
});

const save = async (database: Database, { model, ...put }: Put): Promise<Answer> => {
  const refusing = rules.runtimesRefusing(model);
  if (refusing.allBut && refusing.names.length === 0) {
    throw await refusal(database, put.workspaceId, model);
  }
  const encryptedValue = encrypt(await key.current(), model);
  const { outcome, runtime } = await saveModel(database, { ...put, encryptedValue, refusing });
  const problem = rules.problemOf(model, runtime);
  if (outcome === 'refused' && problem) {
    throw new ModelRefusedError(model, problem);
  }
  if (outcome !== 'written') {
    throw changed();
  }
  return answer(
    200,
    { status: 'saved', model, ...(problem && { warning: problem }) },
    etagOf(encryptedValue),
  );
};

const clear = async (database: Database, { workspaceId, actor, condition }: Put): Promise<Answer> => {
  if (condition === 'first') {
    throw new InvalidConditionError(
      'If-None-Match goes with a model: there is nothing to clear where nothing is picked.',
    );
  }
  const { outcome } = await clearModel(database, { workspaceId, actor, condition });
  if (outcome === 'changed') {
    throw changed();
  }
  return answer(200, { status: 'cleared' });
};

/** For every runtime alike. Only what is suggested depends on the workspace's, and only with a catalogue. */
const refusal = async (database: Database, workspaceId: string, model: string): Promise<unknown> => {
  const runtime = rules.mode === 'off' ? undefined : (await findModel(database, workspaceId)).runtime;
  const problem = rules.problemOf(model, runtime);
  return problem && new ModelRefusedError(model, problem);
};

const changed = (): PickChangedError =>
  new PickChangedError(
    'The pick is not the one that the request expects. Nothing was changed. Read it again.',
  );
