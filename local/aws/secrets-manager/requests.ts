// What both operations of Secrets Manager answer to a request that they cannot serve.
import * as z from 'zod';
import { AwsError, validationError } from '../errors.ts';

export const parseSecretRequest = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw validationError(z.prettifyError(parsed.error));
  }
  return parsed.data;
};

export const secretNotFound = (): AwsError =>
  new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
