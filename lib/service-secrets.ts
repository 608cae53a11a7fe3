// The two secrets that the stack makes: the encryption key, unless one is named in context, and the API's database user.
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { apiUserOf, MADE_KEY_ID } from '../functions/contract.ts';
import type { Deployment } from './context.ts';
import type { SecretAccess } from './service-function.ts';

/** 32 characters are taken as the 32 bytes of the key, and letters and digits survive any environment file. */
const KEY_LENGTH = 32;

/** The key that context names, or a new one. */
export const provideEncryptionKey = (scope: Construct, { keys, encryptionKey }: Deployment): SecretAccess =>
  encryptionKey.kind === 'named'
    ? { arn: encryptionKey.arn, kmsKeyArns: keys.secretsKmsKeyArns ?? [] }
    : makeEncryptionKey(scope);

const makeEncryptionKey = (scope: Construct): SecretAccess => {
  const secret = new CfnSecret(scope, MADE_KEY_ID, {
    description:
      'The key that encrypts picked models: 32 bytes. Without it no stored pick can be read again.',
    generateSecretString: { passwordLength: KEY_LENGTH, excludePunctuation: true },
  });
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
  acknowledgeNoRotation(
    secret,
    'A new key would have to encrypt every row anew; no schedule may replace it.',
  );
  return accessTo(secret);
};

export const makeApiUser = (scope: Construct): SecretAccess => {
  const secret = new CfnSecret(scope, 'ApiUser', {
    description: 'The database user of all functions but migrate, which creates it and grants its rights.',
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username: apiUserOf(Stack.of(scope).stackName) }),
      generateStringKey: 'password',
      passwordLength: 40,
      excludePunctuation: true,
    },
  });
  secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
  acknowledgeNoRotation(
    secret,
    'Forty random characters that only these functions read; migrate sets them, on deploy.',
  );
  return accessTo(secret);
};

const acknowledgeNoRotation = (secret: CfnSecret, reason: string): void =>
  Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason });

/** On AWS, Ref gives the same ARN; the emulator of the rehearsal answers it with the name, which no policy may hold. */
const accessTo = ({ attrId }: CfnSecret): SecretAccess => ({ arn: attrId, kmsKeyArns: [] });
