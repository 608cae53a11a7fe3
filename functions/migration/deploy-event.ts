// The events of the custom resources' life, as CDK's Provider framework sends them to their handler.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type DeployProperties, moves, type PhaseProperties } from '../contract.ts';

const Flag = z.enum(['true', 'false'], 'ExistingDatabase must be "true" or "false".');

const Properties = z.object({
  TargetVersion: z
    .string('TargetVersion is missing: it is the version that the database is to have.')
    .check(z.regex(/^\d{14}$/, 'TargetVersion must be 14 digits.')),
  /** "true" where an existing cluster is joined: without the platform's tables it is the wrong database. */
  ExistingDatabase: z._default(Flag, 'false'),
  /** The secret of the database user that the request functions work as; made and granted its rights here. */
  ApiUserSecretArn: z.optional(z.string()),
  ClusterArn: z.optional(z.string()),
  DatabaseName: z.optional(z.string()),
  EncryptionKeySecretArn: z._default(z.string(), ''),
  /** The moves that are allowed, separated by commas: without a word here they are refused. */
  AllowedMoves: z.pipe(
    z._default(z.string(), ''),
    z.transform((text) => moves.filter((move) => text.split(',').includes(move))),
  ),
} satisfies Partial<Record<keyof DeployProperties, unknown>>);

/** Whoever invokes the function by hand may leave it out. */
const StackId = z._default(z.string(), '');

const OldProperties = z.object({
  ExistingDatabase: z.optional(z.string()),
  ClusterArn: z.optional(z.string()),
  DatabaseName: z.optional(z.string()),
  EncryptionKeySecretArn: z.optional(z.string()),
} satisfies Partial<Record<keyof DeployProperties, unknown>>);

/** Update also comes as the undo of a failed Update, with old and new properties swapped: it is treated alike. */
export const DeployEvent = z.discriminatedUnion('RequestType', [
  z.object({
    RequestType: z.literal('Create'),
    RequestId: z.string(),
    StackId,
    ResourceProperties: Properties,
  }),
  z.object({
    RequestType: z.literal('Update'),
    RequestId: z.string(),
    StackId,
    ResourceProperties: Properties,
    OldResourceProperties: z._default(OldProperties, {}),
  }),
  z.object({
    RequestType: z.literal('Delete'),
    // A Delete is to succeed whatever it is made of.
    RequestId: z.catch(z.string(), ''),
    StackId: z.catch(z.string(), ''),
    PhysicalResourceId: z.catch(z.optional(z.string()), undefined),
  }),
]);

export type DeployEvent = z.infer<typeof DeployEvent>;
/** A Create or Update. */
export type DeployRequest = Exclude<DeployEvent, { RequestType: 'Delete' }>;

type DeleteRequest = Extract<DeployEvent, { RequestType: 'Delete' }>;

/** The resources that are made before and after everything else: see `lib/schema-migration.ts`. */
export const PhaseEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  RequestId: z.string(),
  StackId: z.string(),
  PhysicalResourceId: z.optional(z.string()),
  ResourceProperties: z.object({
    Phase: z.enum(['begin', 'settle']),
    ApiUserSecretArn: z.optional(z.string()),
  } satisfies Partial<Record<keyof PhaseProperties, unknown>>),
});

export type PhaseEvent = z.infer<typeof PhaseEvent>;

/** A stack that is destroyed and deployed again has the same name and another id. */
export const stackNameOf = (stackId: string): string => /:stack\/([^/]+)/.exec(stackId)?.[1] ?? stackId;

/** Constant: another id on Update would mean replacement, and a Delete of the old one. */
export const PHYSICAL_RESOURCE_ID = 'workspace-model-schema';

/** Whether a Delete has the id that CloudFormation makes up for a Create that has not answered: `<stack>-<resource>-<suffix>`. */
export const hasInventedId = ({ StackId, PhysicalResourceId = '' }: DeleteRequest): boolean => {
  const beginning = `${stackNameOf(StackId)}-`;
  return (
    PhysicalResourceId !== PHYSICAL_RESOURCE_ID &&
    PhysicalResourceId.startsWith(beginning) &&
    /^\w+-\w+$/.test(PhysicalResourceId.slice(beginning.length))
  );
};

/** The token of a run: a repeated request has the same one, so its run takes over from one that was cut. */
export const tokenOf = (requestId: string): string =>
  createHash('sha256').update(requestId).digest('hex').slice(0, 32);

/** Whether an Update goes to another database, where CloudFormation has nothing to go back to. */
export const isToAnotherDatabase = (request: DeployRequest): boolean => {
  if (request.RequestType === 'Create') {
    return false;
  }
  const { ResourceProperties: now, OldResourceProperties: before } = request;
  const differs = (name: 'ClusterArn' | 'DatabaseName') =>
    before[name] !== undefined && now[name] !== undefined && before[name] !== now[name];
  return differs('ClusterArn') || differs('DatabaseName');
};
