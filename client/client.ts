// A client of the HTTP API, in one file without dependencies: for Node, browsers and Workers. `fetch` is given from
// outside, so that it may sign the request (aws4fetch), add a token, or go through a proxy.

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  /** The output ApiUrl, with or without its last slash. */
  url: string;
  fetch: Fetch;
}

/** What is wrong with a model, and what to send instead; best suggestion first. */
export interface Problem {
  code: string;
  reason: string;
  suggestions: string[];
}

export interface PickedModel {
  /** Empty where nothing is picked. */
  model: string;
  source: 'workspace_secrets' | 'default';
  problem: Problem | undefined;
  /** Of the stored pick, for `ifMatch`; undefined where nothing is stored. `unchanged` makes a condition of either. */
  etag: string | undefined;
}

export interface SavedModel {
  model: string;
  /** Saved all the same: the catalogue only advises. */
  warning: Problem | undefined;
  etag: string | undefined;
}

/** Conditions of a write; where one does not hold, it fails with the code PICK_CHANGED. */
export interface WriteOptions {
  /** Only over the pick with this ETag. Leave it out rather than undefined, which would be no condition. */
  ifMatch?: string;
  /** Only where nothing is picked. */
  ifNoneMatch?: '*' | undefined;
}

/** The condition that the pick is still the one, or none, that was read with this ETag. */
export const unchanged = (etag: string | undefined): WriteOptions =>
  etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };

export interface ListOptions {
  /** At most 500. */
  limit?: number | undefined;
  /** `next` of the page before. */
  cursor?: string | undefined;
  problem?: string | undefined;
  model?: string | undefined;
  runtime?: string | undefined;
  /** ISO time: what was changed since then. */
  changedSince?: string | undefined;
}

export interface ListedPick {
  workspaceId: string;
  name: string;
  runtime: string | undefined;
  model: string;
  source: string;
  problem: Problem | undefined;
  updatedAt: string | undefined;
  etag: string | undefined;
}

export interface PickPage {
  items: ListedPick[];
  /** The cursor of the next page; undefined on the last one. */
  next: string | undefined;
}

export interface HistoryEntry {
  at: string;
  action: string;
  actor: string;
  model: string | undefined;
}

export interface OfferedModel {
  id: string;
  runtimes: string[] | undefined;
  status: string;
  replacement: string | undefined;
}

export interface OfferedModels {
  /** `off` where the deployment has no catalogue. */
  mode: string;
  items: OfferedModel[];
}

/** Every answer but a good one. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  /** One of the API's codes, or GATEWAY_ERROR and UNEXPECTED_ANSWER where the answer is not the service's own. */
  readonly code: string;
  readonly suggestions: string[];
  /** Seconds until another try is worth its while. */
  readonly retryAfter: number | undefined;

  constructor(message: string, { status, code, suggestions = [], retryAfter }: ApiErrorDetails) {
    super(message);
    this.status = status;
    this.code = code;
    this.suggestions = suggestions;
    this.retryAfter = retryAfter;
  }
}

interface ApiErrorDetails {
  status: number;
  code: string;
  suggestions?: string[] | undefined;
  retryAfter?: number | undefined;
}

/**
 * Whether a write that has failed so has changed nothing. After any other failure it may be done, also after the service's own
 * 503: read again.
 */
export const changedNothing = (error: unknown): boolean =>
  error instanceof ApiError &&
  ((error.status >= 400 && error.status < 500) || NOTHING_CHANGED.includes(error.code));

/** Failures of which the service itself says so. */
const NOTHING_CHANGED = [
  'DATABASE_NOT_MIGRATED',
  'DATABASE_REFUSED',
  'DECRYPT_FAILED',
  'ENCRYPTION_KEY_UNUSABLE',
  'SECRET_UNAVAILABLE',
  'SECRET_UNREADABLE',
];

/** Picks of one page, at most. */
const LARGEST_PAGE = 500;

export class ModelClient {
  readonly #url: string;
  readonly #fetch: Fetch;

  constructor({ url, fetch }: ClientOptions) {
    this.#url = url.replace(/\/$/, '');
    this.#fetch = fetch;
  }

  async get(workspaceId: string): Promise<PickedModel> {
    const { body, etag } = await this.#send('GET', modelPath(workspaceId));
    const source = text(body, 'source') === 'default' ? 'default' : 'workspace_secrets';
    return { model: text(body, 'model'), source, problem: problemIn(body['problem']), etag };
  }

  /**
   * @throws ApiError with PROVIDER_SLUG, RUNTIME_NAME, … and suggestions where `model` is refused
   * @throws RangeError where it is blank, which the API takes for a wish to clear the pick, and where `ifMatch` is given
   * alone and undefined
   */
  async set(workspaceId: string, model: string, options: WriteOptions = {}): Promise<SavedModel> {
    if (model.trim() === '') {
      throw new RangeError('The model is empty. To clear the pick, call clear.');
    }
    const { body, etag } = await this.#send('PUT', modelPath(workspaceId), { body: { model }, ...options });
    return { model: text(body, 'model'), warning: problemIn(body['warning']), etag };
  }

  /** @throws RangeError where `ifMatch` is given alone and undefined */
  async clear(workspaceId: string, options: WriteOptions = {}): Promise<void> {
    await this.#send('PUT', modelPath(workspaceId), { body: { model: '' }, ...options });
  }

  /** At most 50 entries, newest first. */
  async history(workspaceId: string): Promise<HistoryEntry[]> {
    const { body } = await this.#send('GET', `${modelPath(workspaceId)}/history`);
    return list(body['items']).map((entry) => ({
      at: text(entry, 'at'),
      action: text(entry, 'action'),
      actor: text(entry, 'actor'),
      model: optionalText(entry, 'model'),
    }));
  }

  /** One page of the fleet. A page may be empty although there is a next one: matches may be rare. */
  async list({ changedSince, limit, ...filters }: ListOptions = {}): Promise<PickPage> {
    const query = { ...filters, limit: limit?.toString(), changed_since: changedSince };
    const { body } = await this.#send('GET', `/workspaces/models${search(query)}`);
    return { items: list(body['items']).map(listedPick), next: optionalText(body, 'next') };
  }

  /** Every pick, page after page, in the largest pages unless `limit` says otherwise. */
  async *listAll({
    limit = LARGEST_PAGE,
    ...filters
  }: Omit<ListOptions, 'cursor'> = {}): AsyncGenerator<ListedPick> {
    let cursor: string | undefined;
    do {
      const page = await this.list({ ...filters, limit, cursor });
      yield* page.items;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** What may be picked, by the deployment's catalogue. */
  async models(runtime?: string): Promise<OfferedModels> {
    const { body } = await this.#send('GET', `/models${search({ runtime })}`);
    return { mode: text(body, 'mode'), items: list(body['items']).map(offeredModel) };
  }

  async #send(method: string, path: string, { body, ...condition }: WriteOptions & { body?: object } = {}) {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...conditionHeaders(condition),
    };
    // Not as a method: the fetch of browsers and Workers refuses another "this".
    const fetch = this.#fetch;
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = parseObject(await response.text());
    if (response.ok && answer !== undefined) {
      return { body: answer, etag: response.headers.get('etag') ?? undefined };
    }
    throw errorOf(response, answer);
  }
}

type Fields = Record<string, unknown>;

const modelPath = (workspaceId: string): string => `/workspaces/${encodeURIComponent(workspaceId)}/model`;

/** Who reads a pick and finds none has no ETag: to write without a condition then would overwrite what came since. */
const conditionHeaders = (condition: WriteOptions) => {
  const { ifMatch, ifNoneMatch } = condition;
  if ('ifMatch' in condition && ifMatch === undefined && ifNoneMatch === undefined) {
    throw new RangeError('ifMatch is undefined: nothing was stored. Send the condition unchanged(etag).');
  }
  return {
    ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
  };
};

const search = (query: Record<string, string | undefined>): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) {
      given.set(name, value);
    }
  }
  return given.size === 0 ? '' : `?${given}`;
};

const errorOf = (response: Response, answer: Fields = {}): ApiError => {
  const { status } = response;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const details = { status, retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined };
  const [error, code, message] = ['error', 'code', 'message'].map((name) => optionalText(answer, name));
  if (error === undefined || code === undefined) {
    return new ApiError(message ?? `The API answered ${status}.`, {
      ...details,
      code: message === undefined ? 'UNEXPECTED_ANSWER' : 'GATEWAY_ERROR',
    });
  }
  return new ApiError(error, { ...details, code, suggestions: texts(answer['suggestions']) });
};

const listedPick = (item: Fields): ListedPick => ({
  workspaceId: text(item, 'workspace_id'),
  name: text(item, 'name'),
  runtime: optionalText(item, 'runtime'),
  model: text(item, 'model'),
  source: text(item, 'source'),
  problem: problemIn(item['problem']),
  updatedAt: optionalText(item, 'updated_at'),
  etag: optionalText(item, 'etag'),
});

const offeredModel = (item: Fields): OfferedModel => ({
  id: text(item, 'id'),
  runtimes: Array.isArray(item['runtimes']) ? texts(item['runtimes']) : undefined,
  status: optionalText(item, 'status') ?? 'offered',
  replacement: optionalText(item, 'replacement'),
});

const problemIn = (value: unknown): Problem | undefined =>
  isFields(value)
    ? { code: text(value, 'code'), reason: text(value, 'reason'), suggestions: texts(value['suggestions']) }
    : undefined;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parseObject = (json: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(json);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const optionalText = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
};

const text = (fields: Fields, name: string): string => {
  const value = optionalText(fields, name);
  if (value === undefined) {
    throw new ApiError(`The answer has no text "${name}".`, { status: 200, code: 'UNEXPECTED_ANSWER' });
  }
  return value;
};

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

const list = (value: unknown): Fields[] => {
  if (Array.isArray(value)) {
    return value.filter(isFields);
  }
  throw new ApiError('The answer has no list "items".', { status: 200, code: 'UNEXPECTED_ANSWER' });
};
