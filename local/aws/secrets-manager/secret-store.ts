// The secrets that the endpoint knows, with the previous value of each one that was changed.
import { createHash, randomUUID } from 'node:crypto';
import { arnOf } from '../account.ts';

interface SecretVersion {
  id: string;
  value: string;
  createdAt: Date;
}

export interface Secret {
  arn: string;
  name: string;
  current: SecretVersion;
  previous?: SecretVersion;
}

/** By name, by ARN, or by ARN without the six characters that Secrets Manager adds to a name. */
export type FindSecret = (id: string) => Promise<Secret | undefined>;

const PREFIX = arnOf('secretsmanager', 'secret:');

export class SecretStore {
  readonly #secrets = new Map<string, Secret>();

  /** Makes a secret, or gives it a new current version as a rotation does. Returns its ARN. */
  put(name: string, value: string): string {
    const previous = this.#secrets.get(name)?.current;
    const current = { id: randomUUID(), value, createdAt: new Date() };
    const arn = `${PREFIX}${name}-${suffixOf(name)}`;
    this.#secrets.set(name, { arn, name, current, ...(previous && { previous }) });
    return arn;
  }

  remove(id: string): void {
    const secret = this.find(id);
    if (secret !== undefined) {
      this.#secrets.delete(secret.name);
    }
  }

  /** @param id a name, an ARN, or one without the six characters that Secrets Manager adds to the name */
  find(id: string): Secret | undefined {
    if (!id.startsWith(PREFIX)) {
      return this.#secrets.get(id);
    }
    const name = id.slice(PREFIX.length);
    const whole = this.#secrets.get(name.replace(/-[A-Za-z0-9]{6}$/, ''));
    return whole?.arn === id ? whole : this.#secrets.get(name);
  }
}

/** Random on AWS. Made of the name here, so that an ARN stays the same when the stack is started again. */
const suffixOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 6);
