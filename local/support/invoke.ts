// Invoke, by AWS's own client.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/** What a function answers, and whether that is an error. */
export interface Invoked {
  failed: boolean;
  result: unknown;
}

/** @throws what the client throws, where the function cannot be invoked */
export const invoke = async (
  lambda: LambdaClient,
  FunctionName: string | undefined,
  event: unknown,
): Promise<Invoked> => {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  );
  return {
    failed: FunctionError !== undefined,
    result: JSON.parse(Payload?.transformToString() ?? 'null'),
  };
};
