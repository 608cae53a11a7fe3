// CloudFormation's part in a stack's life, as its documents and the CDK's tell it: what is sent, in which order, and what it
// makes of the answers. Three resources stand for all: those before the migration, the migration, and those behind it.
import { randomUUID } from 'node:crypto';
import { STACK_ID } from './deploys.ts';
import type { Answer } from './provider-framework.ts';

/** A version of the service as one deploy brings it. */
export interface Release {
  /** To the framework in front of this release's migrate. */
  send: (request: object) => Promise<Answer>;
  /** Of the custom resource that migrates. */
  properties: Record<string, string>;
  /** Where its functions answer. */
  api: string;
}

/** How requests reach the framework. */
export type Delivery = 'once' | 'deletes twice' | 'all twice';

type ResourceId = 'Begin' | 'Migration' | 'Settled';
type RequestType = 'Create' | 'Update' | 'Delete';

export class CloudFormationStack {
  status = 'NOT_CREATED';
  /** The release that answers requests; nothing of the service where there is none. */
  live: Release | undefined;
  readonly #delivery: Delivery;
  #stackId = '';
  /** By the order of their creation, each with its physical id. */
  readonly #standing = new Map<ResourceId, string>();
  /** The one that migrate's code is of, and the properties that were sent last. */
  #current: Release | undefined;
  #goal: Release | undefined;
  #hasFailed = false;
  /** The answer to a request that is not waited for any more. */
  givenUp: Promise<unknown> = Promise.resolve();
  /** The request that was sent last. */
  #lastSent = '';

  constructor(delivery: Delivery = 'once') {
    this.#delivery = delivery;
  }

  /**
   * @param laterFails whether something behind the migration fails
   * @param deletedAt when somebody deletes the stack, or something beside the migration fails: its answer is not waited for
   */
  async create(
    release: Release,
    { laterFails = false, deletedAt }: { laterFails?: boolean; deletedAt?: Promise<unknown> } = {},
  ): Promise<void> {
    this.#stackId = `${STACK_ID}-${randomUUID()}`;
    this.#current = release;
    const isMigrated =
      (await this.#createResource('Begin')) && (await this.#createResource('Migration', deletedAt));
    this.live = isMigrated ? release : undefined;
    const isComplete = isMigrated && !laterFails && (await this.#createResource('Settled'));
    if (isComplete) {
      this.status = 'CREATE_COMPLETE';
    } else {
      await this.#delete('ROLLBACK');
    }
  }

  /**
   * Asks migrate only where a property differs.
   * @param laterFails whether something behind the migration fails
   * @param cancelledAt when somebody cancels the update: its answer is not waited for
   */
  async update(
    release: Release,
    { laterFails = false, cancelledAt }: { laterFails?: boolean; cancelledAt?: Promise<unknown> } = {},
  ): Promise<void> {
    const from = this.#requireCurrent();
    this.#goal = from;
    const isMigrated = await this.#updateMigration(release, cancelledAt);
    if (isMigrated) {
      this.live = release;
    }
    if (isMigrated && !laterFails) {
      this.status = 'UPDATE_COMPLETE';
    } else {
      await this.continueRollback();
    }
  }

  /** The way back of a failed update: the code of before first, then the migration, then what depends on it. */
  async continueRollback(): Promise<void> {
    const goal = this.#goal ?? this.#requireCurrent();
    const isBack = await this.#updateMigration(goal);
    if (isBack) {
      this.live = goal;
    }
    this.status = isBack ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_FAILED';
  }

  delete(): Promise<void> {
    return this.#delete('DELETE');
  }

  async #delete(operation: 'ROLLBACK' | 'DELETE'): Promise<void> {
    for (const [id, PhysicalResourceId] of [...this.#standing].reverse()) {
      if (id === 'Migration') {
        this.live = undefined;
      }
      if (!(await this.#ask('Delete', id, { PhysicalResourceId }))) {
        this.status = `${operation}_FAILED`;
        return;
      }
      this.#standing.delete(id);
    }
    await this.givenUp;
    this.status = `${operation}_COMPLETE`;
  }

  async #createResource(id: ResourceId, givenUpAt?: Promise<unknown>): Promise<boolean> {
    this.#standing.set(id, `workspace-model-${id}-1ABC`);
    return this.#unlessGivenUp(this.#ask('Create', id), givenUpAt);
  }

  async #unlessGivenUp(answer: Promise<boolean>, givenUpAt?: Promise<unknown>): Promise<boolean> {
    if (givenUpAt === undefined) {
      return answer;
    }
    this.givenUp = answer;
    await givenUpAt;
    return false;
  }

  async #updateMigration(release: Release, givenUpAt?: Promise<unknown>): Promise<boolean> {
    const before = this.#requireCurrent().properties;
    this.#current = release;
    const isAsked = this.#hasFailed || JSON.stringify(before) !== JSON.stringify(release.properties);
    const ask = () => this.#ask('Update', 'Migration', { OldResourceProperties: before });
    this.#hasFailed = isAsked && !(await this.#unlessGivenUp(ask(), givenUpAt));
    return !this.#hasFailed;
  }

  async #ask(RequestType: RequestType, id: ResourceId, members = {}): Promise<boolean> {
    const { send, properties } = this.#requireCurrent();
    const request = () => ({
      ...members,
      RequestType,
      RequestId: randomUUID(),
      StackId: this.#stackId,
      LogicalResourceId: id,
      ...(RequestType === 'Update' && { PhysicalResourceId: this.#standing.get(id) }),
      ResourceProperties: propertiesOf(id, properties),
    });
    const sent = request();
    this.#lastSent = sent.RequestId;
    const { Status, PhysicalResourceId } = await send(sent);
    // Lambda does not repeat an Update so late that another one was sent meanwhile.
    const mayRepeat = RequestType !== 'Update' || this.#lastSent === sent.RequestId;
    if (this.#delivery === 'all twice' && mayRepeat) {
      await send(sent);
    } else if (this.#delivery === 'deletes twice' && RequestType === 'Delete') {
      await send(request());
    }
    if (this.#standing.has(id)) {
      this.#standing.set(id, PhysicalResourceId);
    }
    return Status === 'SUCCESS';
  }

  #requireCurrent(): Release {
    if (this.#current === undefined) {
      throw new Error('There is no stack yet.');
    }
    return this.#current;
  }
}

const propertiesOf = (id: ResourceId, properties: Record<string, string>): Record<string, string> => {
  switch (id) {
    case 'Begin':
      return { Phase: 'begin' };
    case 'Settled':
      return { Phase: 'settle', ApiUserSecretArn: properties['ApiUserSecretArn'] ?? '' };
    case 'Migration':
      return properties;
  }
};
