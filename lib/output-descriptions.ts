// Every output of the service's stack, in the words that CloudFormation and docs/deploy.md show.
import type { Report } from '../functions/contract.ts';

export const outputDescriptions = {
  ApiUrl: 'The HTTP API.',
  ApiArn: 'With auth=iam, callers need execute-api:Invoke on this.',
  ProvisionFunctionName: 'The function that CP invokes, with its alias.',
  ProvisionFunctionArn: 'The same by its ARN, for CP in another account.',
  ProvisionParameter: 'The SSM parameter that holds this ARN.',
  AuditFunctionName: 'The function that counts the picks that cannot work; invoke it to know at once.',
  ClusterArn: 'The cluster, for npm run migrate.',
  DatabaseSecretArn: "The secret of the database's owner, for npm run migrate.",
  DatabaseName: 'The database, for npm run migrate.',
  ApiUserSecretArn: 'The secret of the database user of all functions but migrate.',
  EncryptionKeySecretArn: 'The key that encrypts picks; one made here stays when the stack goes.',
  MigrateFunctionName: 'The function that migrates on deploy.',
  AlarmTopicArn: 'The topic that the alarms go to.',
  Version: 'The migration that the database is at.',
  Renamed: 'Rows that have been renamed from the legacy key.',
  Superseded: 'Legacy rows set aside, because the workspace had its own pick.',
  Batches: 'Statements that this took.',
  Suspects: 'Renamed rows whose value no machine is given.',
  SuspectWorkspaces: 'Up to five workspaces of those rows.',
  MovedColumns:
    'Columns that a trigger of the platform moves in renamed rows, where this deploy has tried the rename.',
  NotGivenBack:
    'Superseded rows that an undo could not give back, with up to five of their workspaces: docs/rename.md.',
  DurationMs: 'How long the migration took, in milliseconds.',
} as const satisfies Report & Record<string, string>;
