// What the five operations share: the cluster they reach, its logins, its connections and its limits.
import * as z from 'zod';
import type { Login } from '../../support/database.ts';
import { AwsError } from '../errors.ts';
import type { FindSecret } from '../secrets-manager/secret-store.ts';
import type { Target } from './requests.ts';
import { Sessions } from './sessions.ts';
import { type TransactionLimits, Transactions } from './transactions.ts';

export interface DataApiOptions {
  clusterArn: string;
  serverUrl: string;
  findSecret: FindSecret;
  /** A call is cancelled after so long: 45 s on AWS. */
  statementTimeoutMs: number;
  transactionLimits: TransactionLimits;
}

const text = z.string().refine((value) => !value.includes('\0'));
const databaseSecret = z.object({ username: text.min(1), password: text });

export class DataApi {
  readonly sessions: Sessions;
  readonly transactions: Transactions;
  readonly statementTimeoutMs: number;
  readonly #options: DataApiOptions;
  #pausedFor: number | undefined;
  #resumesAt = 0;

  constructor(options: DataApiOptions) {
    this.#options = options;
    this.sessions = new Sessions(options.serverUrl);
    this.transactions = new Transactions(options.transactionLimits);
    this.statementTimeoutMs = options.statementTimeoutMs;
  }

  /** Pauses the cluster: the next call makes it resume, and it is back after `resumeMs`. */
  pause(resumeMs: number): void {
    this.#pausedFor = resumeMs;
  }

  /** Who the secret says to log in as. @throws AwsError for another cluster, a paused one, an unusable secret */
  async login({ resourceArn, secretArn }: Target): Promise<Login> {
    if (resourceArn !== this.#options.clusterArn) {
      throw new AwsError(
        'HttpEndpointNotEnabledException',
        `HttpEndpoint is not enabled for resource ${resourceArn}`,
      );
    }
    this.#resume();
    const secret = await this.#options.findSecret(secretArn);
    if (secret === undefined) {
      throw new AwsError('SecretsErrorException', "Secrets Manager can't find the specified secret.");
    }
    const login = databaseSecret.safeParse(parseJson(secret.current.value));
    if (login.success) {
      return login.data;
    }
    throw new AwsError(
      'InvalidSecretException',
      'The secret is no JSON object with a username and a password.',
    );
  }

  async close(): Promise<void> {
    // A transaction in which a statement runs ends only with its connection.
    await Promise.all([this.sessions.close(), this.transactions.close()]);
  }

  #resume(): void {
    if (this.#pausedFor !== undefined) {
      this.#resumesAt = Date.now() + this.#pausedFor;
    }
    this.#pausedFor = undefined;
    if (Date.now() >= this.#resumesAt) {
      return;
    }
    const cluster = this.#options.clusterArn.split(':').at(-1);
    throw new AwsError(
      'DatabaseResumingException',
      `The Aurora DB instance ${cluster} is resuming after being auto-paused. Please wait a few seconds and try again.`,
    );
  }
}

/** Without a name of one, PostgreSQL's own default applies: the database named like the user. */
export const databaseOf = ({ database }: Target, { username }: Login): string => database || username;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
