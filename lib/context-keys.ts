// Every key of CDK context that the service reads: its shape, and the words that a wrong value and cdk.json show.
import * as z from 'zod';
import { moves } from '../functions/contract.ts';
import { catalogueModes } from '../functions/model/catalogue.ts';
import { isWellFormed } from '../functions/model/model-id.ts';

const CLUSTER_ARN = String.raw`^arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:cluster:[A-Za-z][A-Za-z0-9-]*$`;

/** The six characters that Secrets Manager appends are required: without them a grant would need a wildcard. */
const SECRET_ARN = String.raw`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^\s*?]+-[A-Za-z0-9]{6}$`;

const KMS_KEY_ARN = String.raw`^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+$`;

/** Role or user, or a whole account; never `*`. */
const PRINCIPAL = String.raw`^(\d{12}|arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+)$`;

/** Digits without quotes are a number in cdk.json. */
const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value);

const matching = (pattern: string) => z.preprocess(asText, z.string().regex(new RegExp(pattern)));

/** A list is a JSON array in cdk.json, and one string with commas after `-c`. */
const listOf = <Item extends string>(item: z.ZodType<Item>) =>
  z.preprocess((value) => {
    const text = asText(value);
    return typeof text === 'string' ? text.split(',').map((part) => part.trim()) : text;
  }, z.array(item).min(1));

/** A number is a string after `-c`. */
const numberFrom = (minimum: number, maximum: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.number().min(minimum).max(maximum),
  );

/** Whether a browser would send it so: it writes hosts in lower case and leaves out the scheme's own port. */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

const capacity = (minimum: number) => numberFrom(minimum, 256).refine((units) => Number.isInteger(units * 2));

export const contextKeys = z.strictObject({
  stackName: matching('^(?!aws|ssm|pg(-|$))[a-z][a-z0-9-]{1,40}$')
    .default('workspace-model')
    .describe(
      'a name for the stack, of 2 to 41 lower-case letters, digits and hyphens, that begins with a letter, not with aws, ssm or pg-, and is not pg',
    ),
  database: z
    .literal('own')
    .optional()
    .describe(
      'own, for a new cluster made here; to join one, clusterArn, databaseSecretArn and databaseName instead',
    ),
  clusterArn: matching(CLUSTER_ARN)
    .optional()
    .describe(
      'the ARN of the Aurora cluster to join, as arn:aws:rds:eu-west-1:111122223333:cluster:platform',
    ),
  databaseSecretArn: matching(SECRET_ARN)
    .optional()
    .describe(
      "the full ARN of the secret with that cluster's owner, with its six last characters, as arn:aws:secretsmanager:eu-west-1:111122223333:secret:platform-AbCdEf",
    ),
  databaseName: matching('^[^\\u0000-\\u001f]{1,63}$')
    .optional()
    .describe('the name of the database in that cluster, as PostgreSQL has it, at most 63 characters'),
  encryptionKeySecretArn: matching(`${SECRET_ARN}|^new$`)
    .optional()
    .describe(
      'the full ARN of the secret that holds the encryption key, or new to make one, which cannot decrypt picks stored earlier',
    ),
  secretsKmsKeyArns: listOf(matching(KMS_KEY_ARN))
    .optional()
    .describe(
      'the ARNs of the KMS keys that encrypt those two secrets, where those are not the AWS-managed one',
    ),
  minCapacity: capacity(0)
    .optional()
    .describe('the least capacity of a cluster made here: 0 (it pauses when idle) to 256, in steps of 0.5'),
  maxCapacity: capacity(1)
    .optional()
    .describe('the greatest capacity of a cluster made here: 1 to 256, in steps of 0.5'),
  readers: numberFrom(0, 15)
    .refine((count) => Number.isInteger(count))
    .optional()
    .describe('how many readers a cluster made here has, ready to take over from its writer: 0 to 15'),
  allowedModelIds: listOf(z.preprocess(asText, z.string().refine(isWellFormed)))
    .optional()
    .describe('model ids to accept although a provider or a runtime has the same name'),
  catalogue: z
    .string()
    .min(1)
    .optional()
    .describe('the path of a JSON file that lists which models are offered for which runtimes'),
  catalogueMode: z
    .enum(catalogueModes)
    .exclude(['off'])
    .optional()
    .describe('with catalogue: warn (the default) or enforce, which refuses what is not offered'),
  requireModel: z
    .preprocess((value) => (value === 'true' || value === 'false' ? value === 'true' : value), z.boolean())
    .default(false)
    .describe('true or false: whether provision fails for a workspace without a pick'),
  requireModelExempt: listOf(matching('^[A-Za-z0-9._-]+$'))
    .optional()
    .describe('with requireModel=true: the names of runtimes that need no model'),
  auth: z.enum(['iam', 'jwt']).default('iam').describe('iam or jwt; the API cannot be deployed open'),
  jwtIssuer: matching('^https://[^\\s]+$')
    .optional()
    .describe('with auth=jwt: the https URL of the token issuer'),
  jwtAudience: listOf(z.string().min(1))
    .optional()
    .describe('with auth=jwt: the audiences that a token may be for'),
  jwtScopePrefix: matching('^[^\\s"\'\\\\]{1,58}$')
    .optional()
    .describe(
      'with auth=jwt: the prefix of the scopes read, write and list, with or without its : or /, at most 58 characters, model by default; with Amazon Cognito the identifier of the resource server',
    ),
  corsOrigins: listOf(matching('^https?://[^\\s/*?#@]+$').refine(isOrigin))
    .optional()
    .describe(
      'the origins of web pages that may call the API, each a scheme, a host and perhaps a port, as browsers send it: https://canvas.example.com, in lower case, without :443 or :80, never *',
    ),
  throttleRate: numberFrom(1, 10_000)
    .default(50)
    .describe('how many requests a second the API lets through: 1 to 10000'),
  throttleBurst: numberFrom(1, 5_000)
    .refine((calls) => Number.isInteger(calls))
    .default(100)
    .describe('how many requests at once the API lets through: 1 to 5000'),
  provisionInvokers: listOf(matching(PRINCIPAL))
    .optional()
    .describe('who may invoke the provision function: ARNs of roles, or the 12 digits of an account'),
  alarmEmail: z.email().optional().describe('an e-mail address that the alarms are sent to'),
  allowMove: listOf(z.enum(moves))
    .optional()
    .describe(
      'what this deploy may do beside its usual work: own (leave a joined cluster for an own one, where nothing is picked), key (go to an encryption key that opens none of the stored picks), stack (take over a database from a stack that no longer exists)',
    ),
  targetVersion: matching('^\\d{14}$')
    .optional()
    .describe('the 14 digits of the migration to go up or down to, the newest by default'),
});

export type Keys = z.infer<typeof contextKeys>;
