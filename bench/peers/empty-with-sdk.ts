// An empty handler beside the two AWS clients: the memory that the SDK takes without being used.
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export const rdsData = new RDSDataClient();
export const secretsManager = new SecretsManagerClient();

export const handler = async () => ({ statusCode: 200, body: '{}' });
