// Errors of the model room: a string that is not a model id, and a model that is required and missing.
import { ServiceError } from '../errors.ts';
import { MAX_MODEL_ID_LENGTH, type Problem } from './model-id.ts';

/** The value sent or stored is not a model id; the message says what to send instead. */
export class ModelRefusedError extends ServiceError {
  override name = 'ModelRefusedError';
  override readonly kind = 'refused';
  override readonly code: Problem['code'];
  /** Ids to send instead; undefined where there is no catalogue to choose from. */
  readonly suggestions: Problem['suggestions'];
  readonly #model: string;

  constructor(model: string, { code, reason, suggestions }: Problem) {
    super(reason);
    this.code = code;
    this.suggestions = suggestions;
    this.#model = model.slice(0, MAX_MODEL_ID_LENGTH);
  }

  /** Not a property of its own: loggers print those, and a refused "model" may be a secret pasted by mistake. */
  get model(): string {
    return this.#model;
  }
}

/** The workspace has no pick, and the deployment demands one. */
export class ModelRequiredError extends ServiceError {
  override name = 'ModelRequiredError';
  override readonly kind = 'refused';
  override readonly code = 'MODEL_REQUIRED';

  constructor(workspaceId: string) {
    super(
      `Workspace ${workspaceId} has no picked model, and none was sent. Set one with PUT /workspaces/${workspaceId}/model ` +
        '{"model": "…"}, then provision again.',
    );
  }
}
