// The HTTP API, from the page's own origin, and the three requests that only the console makes.
import {
  ApiError,
  changedNothing,
  type ListOptions,
  ModelClient,
  type PickPage,
  type SavedModel,
} from '../../../client/client.ts';
import { KEY_HEADER } from '../key-header.ts';

// The console of a deployed stack is opened with a key in the fragment (#); the local stack has none.
const key = location.hash.slice(1);
// A whole address that is pasted over one without its key changes the fragment alone, which loads nothing.
addEventListener('hashchange', () => location.reload());

const send = async (url: string, init: RequestInit = {}): Promise<Response> => {
  try {
    return await fetch(url, key === '' ? init : { ...init, headers: { ...init.headers, [KEY_HEADER]: key } });
  } catch (cause) {
    throw new Error(NO_ANSWER, { cause });
  }
};

// Browsers say no more of it than "Failed to fetch".
const NO_ANSWER =
  "The console's server does not answer. Is the command that printed its address still running?";

/** A second of the default throttle lets 50 calls through, and a resuming cluster takes three Retry-Afters. */
const PAUSES_S = [1, 2, 4];

class ConsoleClient extends ModelClient {
  override set(...wanted: Parameters<ModelClient['set']>): Promise<SavedModel> {
    return written(super.set(...wanted));
  }

  override clear(...wanted: Parameters<ModelClient['clear']>): Promise<void> {
    return written(super.clear(...wanted));
  }

  /** A long fleet is many pages: one that is turned away for a while is asked for again. */
  override async list(options?: ListOptions): Promise<PickPage> {
    for (const seconds of PAUSES_S) {
      try {
        return await super.list(options);
      } catch (error) {
        if (!isPassing(error)) {
          throw error;
        }
        await pause(Math.max(seconds, error.retryAfter ?? 0));
      }
    }
    return super.list(options);
  }
}

/** Says of a write that it may have happened, unless it is known that it has not. */
const written = async <Answer>(writing: Promise<Answer>): Promise<Answer> => {
  try {
    return await writing;
  } catch (error) {
    throw changedNothing(error)
      ? error
      : new Error(`${messageOf(error)} It may have been saved: read again.`, { cause: error });
  }
};

/** A deploy takes minutes: that the database is not migrated yet is said at once. */
const isPassing = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  (error.status === 429 || error.retryAfter !== undefined) &&
  error.code !== 'DATABASE_NOT_MIGRATED';

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

export const client = new ConsoleClient({ url: '', fetch: send });

export interface MigrationVersion {
  version: string;
  name: string;
  state: 'applying' | 'applied' | 'reverting' | 'stale';
  step: number;
  page: number;
  endPage: number;
  changed: number;
  batches: number;
  startedAt: string;
  finishedAt: string | null;
}

export interface Migrations {
  versions: MigrationVersion[];
  rename?: { renamed: number; superseded: number };
}

export interface Machine {
  env: Record<string, string>;
  user_data: string;
}

const ask = async <Answer>(path: string): Promise<Answer> => {
  const response = await send(path);
  const answer = await response.json();
  if (response.ok) {
    return answer;
  }
  throw new Error(
    answer.errorMessage ?? answer.message ?? `The console's server answered ${response.status}.`,
  );
};

export const about = () => ask<{ title: string }>('/console/about');
export const migrations = () => ask<Migrations>('/console/migrations');
export const machineOf = (workspaceId: string, runtime: string) =>
  ask<Machine>(`/console/provision?${new URLSearchParams({ workspace_id: workspaceId, runtime })}`);

export const messageOf = (error: unknown): string => {
  if (error instanceof ApiError && error.retryAfter !== undefined) {
    return `${error.message} (${error.code}; again in ${error.retryAfter} s)`;
  }
  if (error instanceof ApiError) {
    return `${error.message} (${error.code})`;
  }
  return error instanceof Error ? error.message : String(error);
};

export const suggestionsOf = (error: unknown): string[] =>
  error instanceof ApiError ? error.suggestions : [];
