// The events of the custom resource's life, as CDK's Provider framework sends them to its handler.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

const Flag = z.enum(['true', 'false'], 'ExistingDatabase must be "true" or "false".');

const Properties = z.object({
  TargetVersion: z
    .string('TargetVersion is missing: it is the version that the database is to have.')
    .check(z.regex(/^\d{14}$/, 'TargetVersion must be 14 digits.')),
  /** "true" where an existing cluster is joined: without the platform's tables it is the wrong database. */
  ExistingDatabase: z._default(Flag, 'false'),
  /** The secret of the database user that get, set and provision work as; made and granted its rights here. */
  ApiUserSecretArn: z.optional(z.string()),
});

/** Update also comes as the undo of a failed Update, with old and new properties swapped: it is treated alike. */
export const DeployEvent = z.discriminatedUnion('RequestType', [
  z.object({ RequestType: z.literal('Create'), RequestId: z.string(), ResourceProperties: Properties }),
  z.object({ RequestType: z.literal('Update'), RequestId: z.string(), ResourceProperties: Properties }),
  z.object({ RequestType: z.literal('Delete') }),
]);

export type DeployEvent = z.infer<typeof DeployEvent>;
/** A Create or Update. */
export type DeployRequest = Exclude<DeployEvent, { RequestType: 'Delete' }>;

/** The token of a run: a repeated request has the same one, so its run takes over from one that was cut. */
export const tokenOf = (requestId: string): string =>
  createHash('sha256').update(requestId).digest('hex').slice(0, 32);
