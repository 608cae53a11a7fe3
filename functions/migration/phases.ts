// The resources on either side of the migration. The one before it is deleted when the stack goes, also where the framework
// keeps the migration's own Delete back because its Create failed. The last one, made after everything else, notes that the
// stack is complete, and so tells one that is destroyed from a creation that failed: only there is it deleted by the id that
// it was given, and first of all. After every release it takes from the API's user what only the code of the one before had
// needed.
import { confineApiUser } from '../database/api-user-sql.ts';
import type { Execute } from '../database/client.ts';
import { noteComplete, readDeployment } from '../database/deployment.ts';
import { readCredentials } from './api-user.ts';
import { type DeployContext, stopAt } from './deploy.ts';
import type { PhaseEvent } from './deploy-event.ts';
import { StackDeletedError } from './errors.ts';
import { forgetCompleted, keepIncomplete, takeBackCreation } from './go-back.ts';
import { retrying } from './retry.ts';

type PhaseContext = Pick<DeployContext, 'execute' | 'inFirstMinute' | 'deadline'>;

/** The id of what was made; none of what is deleted. */
export const changePhase = async (
  event: PhaseEvent,
  context: PhaseContext,
): Promise<{ PhysicalResourceId?: string }> => {
  const { Phase } = event.ResourceProperties;
  const id = `workspace-model-${Phase}`;
  if (event.RequestType === 'Delete') {
    await deletePhase(event, id, context);
    return {};
  }
  if (Phase === 'settle') {
    await settle(event, context);
  }
  return { PhysicalResourceId: id };
};

const deletePhase = async (
  { RequestId, StackId, PhysicalResourceId, ResourceProperties }: PhaseEvent,
  id: string,
  { execute, deadline }: PhaseContext,
): Promise<void> => {
  if (ResourceProperties.Phase === 'begin') {
    await takeBackCreation(
      { StackId, RequestId },
      {
        execute,
        stopReason: stopAt(deadline),
        mayBeRunning: false,
        // The one Delete that comes where the migration's Create has failed. Where that was killed instead, and may have
        // renamed rows, it had reached the database a moment before.
        mayHaveMetNobody: true,
      },
    );
  } else if (PhysicalResourceId === id) {
    await forgetCompleted(execute, StackId);
  } else {
    await keepIncomplete(execute, StackId);
  }
};

const settle = async (
  { RequestType, StackId, ResourceProperties: { ApiUserSecretArn } }: PhaseEvent,
  { execute, inFirstMinute }: PhaseContext,
): Promise<void> => {
  if (RequestType === 'Create') {
    await requireNoted(execute, StackId);
  }
  if (ApiUserSecretArn !== undefined) {
    const { username } = await inFirstMinute(() => readCredentials(ApiUserSecretArn));
    await confineApiUser(retrying(execute, 'API user'), username);
  }
  const isUpdate = RequestType === 'Update';
  await noteComplete(retrying(execute, 'deployment'), { stackId: StackId, isUpdate });
};

/** A migration that was taken back meanwhile must not end in a stack that is complete. */
const requireNoted = async (execute: Execute, stackId: string): Promise<void> => {
  if ((await readDeployment(retrying(execute, 'deployment')))?.stackId !== stackId) {
    throw new StackDeletedError();
  }
};
