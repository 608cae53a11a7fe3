// Failures that mean that the wrong database was named, or the right one is not set up, each with how to mend it.
import { errorName, SECRET_NOT_READ, SQLSTATE, sqlStateOf } from '../database/failures.ts';

/** Before there is a ledger (database/own-objects.ts). */
export const NAME_TAKEN =
  'The service needs this name for itself. Rename the table or view that is named: ALTER TABLE … RENAME TO …;';

const BY_SQLSTATE: Record<string, string> = {
  [SQLSTATE.invalidPassword]:
    'The database refused the password. Is the secret the one of this cluster, and not of another? Check databaseSecretArn (or --secret-arn).',
  [SQLSTATE.invalidAuthorization]:
    'The database refused the user. Is the secret the one of this cluster, and not of another? Check databaseSecretArn (or --secret-arn).',
  [SQLSTATE.invalidCatalogName]:
    'The cluster has no database of that name. Check databaseName (or --database).',
  [SQLSTATE.duplicateTable]: NAME_TAKEN,
  [SQLSTATE.undefinedColumn]: `A table lacks a column. Where that is a table of the platform's with a name of this service's, such as workspace_model_migrations: ${NAME_TAKEN}`,
  [SQLSTATE.transactionTimeout]:
    'The transaction_timeout of the database user is too short. Give that user more time: ALTER ROLE "<user>" SET transaction_timeout = 0; then run again.',
  [SQLSTATE.insufficientPrivilege]:
    'The database user lacks a right. Use the secret of the user that owns the tables.',
};

const BAD_CREDENTIALS =
  'AWS refused the credentials. Renew them, or check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

const NO_CLUSTER = 'No such cluster in this region. Check clusterArn (or --cluster-arn) and the region.';

const BY_NAME: Record<string, string> = {
  ExpiredTokenException: BAD_CREDENTIALS,
  InvalidSignatureException: BAD_CREDENTIALS,
  UnrecognizedClientException: BAD_CREDENTIALS,
  // The SDK's, for an answer that is no JSON.
  SyntaxError:
    'What answered is not the Data API. Check the region, AWS_ENDPOINT_URL and proxies; on one machine, whether "npm start" still runs.',
  // So it also answers for a cluster that it does not know.
  HttpEndpointNotEnabledException:
    'The Data API is switched off on the cluster, or there is none of that ARN. Check clusterArn (or --cluster-arn) and the region, then switch it on: aws rds enable-http-endpoint --resource-arn <cluster ARN>.',
  DatabaseNotFoundException: NO_CLUSTER,
  NotFoundException: NO_CLUSTER,
  InvalidSecretException:
    'The secret holds no user and password of this cluster. Check databaseSecretArn (or --secret-arn).',
  [SECRET_NOT_READ]:
    'The secret cannot be read. Check databaseSecretArn (or --secret-arn), and the key that it is encrypted with.',
  InvalidResourceStateException:
    'The cluster is not available. See its state in the RDS console, then try again.',
  BadRequestException:
    'The Data API refused the cluster or secret. Check that clusterArn (or --cluster-arn) names a cluster of this region with the Data API on, and databaseSecretArn (or --secret-arn) its secret.',
};

/** A sentence that names cause and mend, or nothing for a failure of another kind. */
export const setupAdvice = (error: unknown): string | undefined =>
  BY_SQLSTATE[sqlStateOf(error)] ?? notAllowed(error) ?? noCredentials(error) ?? BY_NAME[errorName(error)];

/** @param statements what gives the user its rights */
export const unreachableTables = (apiUser: string | undefined, statements: string): string =>
  `The API's database user ${apiUser} cannot reach the tables, and their owner may not let it. ` +
  `Run as the cluster's master user, then deploy again: ${statements};`;

/** Of what IAM says, the action alone is kept: it also names who asked. */
const notAllowed = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || !/^(AccessDenied|Forbidden)Exception$/.test(error.name)) {
    return undefined;
  }
  const [, action] = /not authorized to perform: ([\w-]+:\w+)/.exec(error.message) ?? [];
  return (
    `AWS does not allow the use of this cluster or secret${action === undefined ? '' : ` (${action} is denied)`}. Whoever runs ` +
    "this needs rds-data:ExecuteStatement on the cluster and secretsmanager:GetSecretValue on the owner's secret. Check also " +
    'that both ARNs are of this account and region.'
  );
};

/** What the SDK says tells a profile whose session is over from one that is not there. */
export const noCredentials = (error: unknown): string | undefined =>
  error instanceof Error && error.name === 'CredentialsProviderError'
    ? `No AWS credentials can be used (${error.message.split('\n', 1)[0]}). Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and ` +
      'AWS_SECRET_ACCESS_KEY; or sign in: aws sso login.'
    : undefined;
