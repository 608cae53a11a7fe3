// Errors as the SDK throws them for a call of the Data API.
import { RDSDataServiceException } from '@aws-sdk/client-rds-data';

export const dataApiError = (name: string, message = name): RDSDataServiceException =>
  new RDSDataServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: 400 } });

/** What PostgreSQL says, as the Data API words it. */
export const postgresError = (sqlState: string, message = 'something failed'): RDSDataServiceException =>
  dataApiError('DatabaseErrorException', `ERROR: ${message}; SQLState: ${sqlState}`);
