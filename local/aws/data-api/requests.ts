// The requests of the five operations, as the SDK sends them. What AWS refuses in any of them is refused here.
import * as z from 'zod';
import { AwsError, validationError } from '../errors.ts';
import { optional } from '../optional.ts';

const value = z.object({
  isNull: optional(z.boolean()),
  booleanValue: optional(z.boolean()),
  longValue: optional(
    z.union([
      z.int(),
      z
        .bigint()
        .min(-(2n ** 63n))
        .max(2n ** 63n - 1n),
    ]),
  ),
  // Written without a fraction, a large one is read as a whole number.
  doubleValue: optional(
    z.union([z.number(), z.bigint().transform(Number), z.enum(['NaN', 'Infinity', '-Infinity'])]),
  ),
  stringValue: optional(z.string()),
  blobValue: optional(z.base64()),
  arrayValue: optional(z.unknown()),
});

const parameter = z.object({
  name: optional(z.string()),
  value: optional(value),
  typeHint: optional(z.enum(['DATE', 'DECIMAL', 'JSON', 'TIME', 'TIMESTAMP', 'UUID'])),
});

// AWS's page says 100 characters, which not even the secrets keep that RDS makes (`rds!cluster-…`), nor some clusters
// (soto-project/soto 471, which 473 answers with 2048).
const arn = z.string().min(11).max(2048);

const target = z.object({
  resourceArn: arn,
  secretArn: arn,
  database: optional(z.string().max(64)),
  schema: optional(z.string()),
});

const transactionId = z.string().max(192);

export const beginTransactionRequest = target;
export const endTransactionRequest = z.object({ ...target.shape, transactionId });
export const batchExecuteRequest = z.object({
  ...target.shape,
  sql: z.string().max(65_536),
  transactionId: optional(transactionId),
  parameterSets: optional(z.array(z.array(parameter))),
});
export const executeRequest = z.object({
  ...target.shape,
  sql: z.string().max(65_536),
  transactionId: optional(transactionId),
  parameters: optional(z.array(parameter)),
  includeResultMetadata: optional(z.boolean()),
  continueAfterTimeout: optional(z.boolean()),
  formatRecordsAs: optional(z.enum(['NONE', 'JSON'])),
  resultSetOptions: optional(
    z.object({
      longReturnType: optional(z.enum(['LONG', 'STRING'])),
      decimalReturnType: optional(z.enum(['STRING', 'DOUBLE_OR_LONG'])),
    }),
  ),
});

export type Target = z.infer<typeof target>;
export type Parameter = z.infer<typeof parameter>;
export type EndedTransaction = z.infer<typeof endTransactionRequest>;
export type ExecuteRequest = z.infer<typeof executeRequest>;

/**
 * @throws AwsError SerializationException for what is no base64, BadRequestException for anything else that the SDK could not
 * have sent, ValidationException for a schema
 */
export const parseRequest = <T extends Target>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    // The only format is base64 (Smithy's test RestJsonBodyMalformedBlobInvalidBase64).
    const isMalformed = parsed.error.issues.some(({ code }) => code === 'invalid_format');
    throw new AwsError(
      isMalformed ? 'SerializationException' : 'BadRequestException',
      z.prettifyError(parsed.error),
    );
  }
  if (parsed.data.schema !== undefined) {
    throw validationError("The schema parameter isn't supported");
  }
  return parsed.data;
};
