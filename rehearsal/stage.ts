// What every act of a rehearsal is given.
import type { Callers } from './callers.ts';
import type { Cdk } from './cdk.ts';
import type { Checks } from './checks.ts';
import type { Platform } from './platform.ts';

/** Context that closes the API by tokens instead of IAM. */
export const tokens = { auth: 'jwt', jwtIssuer: 'https://tokens.example.com/', jwtAudience: 'canvas' };

export interface Stage {
  checks: Checks;
  cdk: Cdk;
  platform: Platform;
  callers: Callers;
  /** The emulator's URL. */
  endpoint: string;
  /** The CDK context that joins the platform. */
  context: Record<string, string>;
  /** Owner and password of some other cluster. */
  secretOfAnotherCluster: string;
  /** The secret of a key that encrypted nothing here. */
  keyOfAnotherPlatform: string;
  /** For files that go with the rehearsal. */
  folder: string;
}
