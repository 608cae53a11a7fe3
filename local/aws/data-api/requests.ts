// The requests of the five operations, as the SDK sends them. What AWS refuses in any of them is refused here.
import * as z from 'zod';
import { AwsError, validationError } from '../errors.ts';

const value = z.object({
  isNull: z.boolean().optional(),
  booleanValue: z.boolean().optional(),
  longValue: z
    .union([
      z.int(),
      z
        .bigint()
        .min(-(2n ** 63n))
        .max(2n ** 63n - 1n),
    ])
    .optional(),
  // Written without a fraction, a large one is read as a whole number.
  doubleValue: z
    .union([z.number(), z.bigint().transform(Number), z.enum(['NaN', 'Infinity', '-Infinity'])])
    .optional(),
  stringValue: z.string().optional(),
  blobValue: z.string().optional(),
  arrayValue: z.unknown().optional(),
});

const parameter = z.object({
  name: z.string().optional(),
  value: value.optional(),
  typeHint: z.enum(['DATE', 'DECIMAL', 'JSON', 'TIME', 'TIMESTAMP', 'UUID']).optional(),
});

const target = z.object({
  resourceArn: z.string().min(11).max(100),
  secretArn: z.string().min(11).max(100),
  database: z.string().max(64).optional(),
  schema: z.string().optional(),
});

const transactionId = z.string().max(192);

export const beginTransactionRequest = target;
export const endTransactionRequest = z.object({ ...target.shape, transactionId });
export const batchExecuteRequest = z.object({
  ...target.shape,
  sql: z.string().max(65_536),
  transactionId: transactionId.optional(),
  parameterSets: z.array(z.array(parameter)).optional(),
});
export const executeRequest = z.object({
  ...target.shape,
  sql: z.string().max(65_536),
  transactionId: transactionId.optional(),
  parameters: z.array(parameter).optional(),
  includeResultMetadata: z.boolean().optional(),
  continueAfterTimeout: z.boolean().optional(),
  formatRecordsAs: z.enum(['NONE', 'JSON']).optional(),
  resultSetOptions: z
    .object({
      longReturnType: z.enum(['LONG', 'STRING']).optional(),
      decimalReturnType: z.enum(['STRING', 'DOUBLE_OR_LONG']).optional(),
    })
    .optional(),
});

export type Target = z.infer<typeof target>;
export type Parameter = z.infer<typeof parameter>;
export type EndedTransaction = z.infer<typeof endTransactionRequest>;
export type ExecuteRequest = z.infer<typeof executeRequest>;

/** @throws AwsError BadRequestException for what the SDK could not have sent, ValidationException for a schema. */
export const parseRequest = <T extends Target>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw new AwsError('BadRequestException', z.prettifyError(parsed.error));
  }
  if (parsed.data.schema !== undefined) {
    throw validationError("The schema parameter isn't supported");
  }
  return parsed.data;
};
