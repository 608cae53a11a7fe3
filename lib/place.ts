// The account and region to deploy to. Every ARN has to lie there: the Data API reaches neither another region nor another
// account.
import type { Environment } from 'aws-cdk-lib';
import { ContextError } from './context-error.ts';
import type { Keys } from './context-keys.ts';

/** Account and region that the CDK CLI found in the caller's credentials; undefined where it found none. */
export interface Place {
  account?: string | undefined;
  region?: string | undefined;
}

interface NamedArn {
  key: string;
  arn: string;
}

/**
 * The place of the credentials, or of the ARNs where there are none.
 * @param key the ARN of the encryption key's secret, where that is there already
 * @throws ContextError naming an ARN that lies elsewhere
 */
export const choosePlace = (keys: Keys, key: string | undefined, credentials: Place): Environment => {
  const own = [
    ...named('clusterArn', keys.clusterArn),
    ...named('databaseSecretArn', keys.databaseSecretArn),
    ...named('encryptionKeySecretArn', key),
  ];
  // A key may be lent by another account.
  const kms = (keys.secretsKmsKeyArns ?? []).flatMap((arn) => named('secretsKmsKeyArns', arn));
  // They have no region, and may be of any account; an account's digits are no ARN.
  const invokers = (keys.provisionInvokers ?? []).filter((invoker) => invoker.startsWith('arn:'));
  requireOnePartition([...own, ...kms, ...invokers.flatMap((arn) => named('provisionInvokers', arn))]);

  const [first] = own;
  const { region = first && placeOf(first).region, account = first && placeOf(first).account } = credentials;
  for (const each of [...own, ...kms]) {
    requireRegion(each, region, credentials.region === undefined ? first : undefined);
  }
  for (const each of own) {
    requireAccount(each, account, credentials.account === undefined ? first : undefined);
  }
  return { ...(account !== undefined && { account }), ...(region !== undefined && { region }) };
};

const named = (key: string, arn: string | undefined): NamedArn[] => (arn === undefined ? [] : [{ key, arn }]);

const placeOf = ({ arn }: NamedArn) => {
  const [, partition = '', , region = '', account = ''] = arn.split(':');
  return { partition, region, account };
};

const requireOnePartition = ([first, ...others]: NamedArn[]): void => {
  for (const other of others) {
    if (first !== undefined && placeOf(other).partition !== placeOf(first).partition) {
      throw new ContextError(
        `${other.arn} is of the partition ${placeOf(other).partition} but ${first.key} of ${placeOf(first).partition}; write ARNs of one partition.`,
      );
    }
  }
};

/** @param from the ARN that the region was taken from, where no credentials or AWS_REGION say it */
const requireRegion = (given: NamedArn, region: string | undefined, from: NamedArn | undefined): void => {
  const { region: other } = placeOf(given);
  if (region === undefined || other === region) {
    return;
  }
  throw new ContextError(
    from === undefined
      ? `${given.arn} lies in ${other} but the stack goes to ${region}; set AWS_REGION=${other}, or write the right ARN.`
      : `${given.arn} lies in ${other} but ${from.key} in ${region}; write ARNs of one region.`,
  );
};

/** @param from the ARN that the account was taken from, where there are no credentials */
const requireAccount = (given: NamedArn, account: string | undefined, from: NamedArn | undefined): void => {
  const { account: other } = placeOf(given);
  if (other === account) {
    return;
  }
  throw new ContextError(
    from === undefined
      ? `${given.arn} belongs to account ${other} but the credentials are for ${account}; use credentials of ${other}, or write the right ARN.`
      : `${given.arn} belongs to account ${other} but ${from.key} to ${account}; write ARNs of one account.`,
  );
};
