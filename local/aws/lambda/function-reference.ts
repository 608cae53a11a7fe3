// Which function a request names: a name, an ARN or a part of one, each with or without a version or alias after it.
import { ACCOUNT_ID, REGION } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { OperationRequest } from '../services.ts';

export interface FunctionReference {
  name: string;
  /** A version or alias. */
  qualifier: string | undefined;
}

// Lambda's own, as its errors quote it, without the names of the groups.
const reference =
  /^(arn:(aws[a-zA-Z-]*)?:lambda:)?((?<region>[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}):)?((?<account>\d{12}):)?(function:)?(?<name>[a-zA-Z0-9-_.]+)(:(?<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;
const QUOTED_PATTERN = reference.source.slice(1, -1).replaceAll(/\?<\w+>/g, '');

/**
 * Names, order and words of the refusals are Lambda's, as LocalStack recorded them from it
 * (localstack-core/localstack/services/lambda_/api_utils.py). @throws AwsError
 */
export const functionReference = ({ path, query }: OperationRequest): FunctionReference => {
  const text = decoded(path.split('/')[3] ?? '');
  const groups = reference.exec(text ?? '')?.groups;
  if (groups === undefined) {
    // Lambda's validation writes `message` in lower case, and no Type.
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${text ?? path}' at 'functionName' failed to satisfy constraint: ` +
        `Member must satisfy regular expression pattern: ${QUOTED_PATTERN}`,
    );
  }
  const { region, account, name = '', qualifier: fromName } = groups;
  requireHere(region, account, text ?? '');
  const asked = query.get('Qualifier') || undefined;
  if (asked !== undefined && fromName !== undefined && asked !== fromName) {
    throw userError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  return { name, qualifier: asked ?? fromName };
};

/** An error in the form of most of Lambda's own: `{"Type":"User","Message":"…"}`, beside the `message` of all. */
export const userError = (name: string, message: string, status = 400): AwsError =>
  new AwsError(name, message, status, { Type: 'User', Message: message });

const requireHere = (region: string | undefined, account: string | undefined, resource: string): void => {
  if (region !== undefined && region !== REGION) {
    throw userError(
      'ResourceNotFoundException',
      `Functions from '${region}' are not reachable in this region ('${REGION}')`,
      404,
    );
  }
  if (account !== undefined && account !== ACCOUNT_ID) {
    throw userError(
      'AccessDeniedException',
      `User is not authorized to perform: lambda:InvokeFunction on resource: ${resource}`,
      403,
    );
  }
};

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};
