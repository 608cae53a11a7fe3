// Who calls the deployed service: the emulator's root user, a control plane that context names, and a stranger.
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { accountId, region, rootCredentials } from './emulator.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface Callers {
  root: Credentials;
  /** A role without a single right of its own, for `provisionInvokers`. */
  controlPlane: Credentials & { roleArn: string };
  /** A role like it that context does not name. */
  stranger: Credentials;
}

export const makeCallers = async (endpoint: string): Promise<Callers> => {
  const client = { endpoint, region, credentials: rootCredentials };
  return {
    root: rootCredentials,
    controlPlane: await assumeNewRole('control-plane', new IAMClient(client), new STSClient(client)),
    stranger: await assumeNewRole('stranger', new IAMClient(client), new STSClient(client)),
  };
};

const assumeNewRole = async (RoleName: string, iam: IAMClient, sts: STSClient) => {
  const anyoneHere = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [anyoneHere] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const roleArn = Role?.Arn ?? '';
  const session = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'rehearsal' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session.Credentials ?? {};
  return { roleArn, accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
};
