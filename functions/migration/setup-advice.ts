// Failures that mean that the wrong database was named, or a right one not set up, each with its mend.
import { errorName, SQLSTATE, sqlStateOf } from '../database/failures.ts';

const BY_SQLSTATE: Record<string, string> = {
  [SQLSTATE.invalidPassword]:
    'The database refused the password. Is the secret the one of this cluster, and not of another? Check databaseSecretArn.',
  [SQLSTATE.invalidAuthorization]:
    'The database refused the user. Is the secret the one of this cluster, and not of another? Check databaseSecretArn.',
  [SQLSTATE.invalidCatalogName]: 'The cluster has no database of that name. Check databaseName.',
  [SQLSTATE.insufficientPrivilege]:
    'The database user may not change the tables. Use the secret of the user that owns workspaces and workspace_secrets.',
};

const BAD_CREDENTIALS =
  'AWS refused the credentials. Renew them, or check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

const BY_NAME: Record<string, string> = {
  CredentialsProviderError:
    'No AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ExpiredTokenException: BAD_CREDENTIALS,
  InvalidSignatureException: BAD_CREDENTIALS,
  UnrecognizedClientException: BAD_CREDENTIALS,
  AccessDeniedException:
    'The function may not use this cluster or secret. Check that both ARNs are of this account and region.',
  ForbiddenException:
    'The function may not use this cluster or secret. Check that both ARNs are of this account and region.',
  // So it also answers for a cluster that it does not know.
  HttpEndpointNotEnabledException:
    'The Data API is switched off on the cluster, or there is none of that ARN. Check clusterArn and the region, then switch it on: aws rds enable-http-endpoint --resource-arn <cluster ARN>.',
  DatabaseNotFoundException: 'No such cluster in this region. Check clusterArn and the region of the deploy.',
  NotFoundException: 'No such cluster in this region. Check clusterArn and the region of the deploy.',
  InvalidSecretException: 'The secret holds no user and password of this cluster. Check databaseSecretArn.',
  SecretsErrorException:
    'The secret cannot be read. Check databaseSecretArn, and the key that it is encrypted with.',
  InvalidResourceStateException:
    'The cluster is not available. See its state in the RDS console, then deploy again.',
  BadRequestException:
    'The Data API refused the cluster or secret. Check that clusterArn names a cluster of this region with the Data API on, and databaseSecretArn its secret.',
};

/** A sentence that names cause and mend, or nothing for a failure of another kind. */
export const setupAdvice = (error: unknown): string | undefined =>
  BY_SQLSTATE[sqlStateOf(error)] ?? BY_NAME[errorName(error)];
