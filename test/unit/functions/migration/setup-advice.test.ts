// What a wrong name or a missing right is answered with: the cause, and what to mend.
import { expect, it } from 'vitest';
import { setupAdvice } from '../../../../functions/migration/setup-advice.ts';
import { dataApiError, postgresError } from '../../../helpers/data-api-errors.ts';

it.each([
  ['28P01', /refused the password.*databaseSecretArn/],
  ['28000', /refused the user.*databaseSecretArn/],
  ['3D000', /no database of that name.*databaseName/],
  ['42501', /lacks a right.*owns the tables/],
])('advises what to mend at SQLSTATE %s', (sqlState, advice) => {
  expect(setupAdvice(postgresError(sqlState))).toMatch(advice);
});

it.each([
  ['CredentialsProviderError', /No AWS credentials.*AWS_PROFILE/],
  ['ExpiredTokenException', /refused the credentials.*Renew/],
  ['InvalidSignatureException', /refused the credentials/],
  ['UnrecognizedClientException', /refused the credentials/],
  ['SyntaxError', /not the Data API.*AWS_ENDPOINT_URL/],
  [
    'AccessDeniedException',
    /cluster or secret\. Whoever runs this needs rds-data:.+ secretsmanager:GetSecretValue/,
  ],
  ['ForbiddenException', /does not allow the use of this cluster or secret/],
  ['HttpEndpointNotEnabledException', /aws rds enable-http-endpoint/],
  ['DatabaseNotFoundException', /clusterArn .* and the region/],
  ['NotFoundException', /clusterArn .* and the region/],
  ['InvalidSecretException', /databaseSecretArn/],
  ['SecretsErrorException', /databaseSecretArn.*key that it is encrypted with/],
  ['InvalidResourceStateException', /not available\. See its state/],
  ['BadRequestException', /clusterArn.*databaseSecretArn/],
])('advises what to mend at %s', (name, advice) => {
  expect(setupAdvice(dataApiError(name))).toMatch(advice);
});

it('names the action that is denied, and not who asked', () => {
  const said =
    'User: arn:aws:sts::111122223333:assumed-role/ops/ann is not authorized to perform: rds-data:ExecuteStatement on resource: ' +
    'arn:aws:rds:eu-west-1:111122223333:cluster:platform because no identity-based policy allows the rds-data:ExecuteStatement action';
  const advice = setupAdvice(dataApiError('AccessDeniedException', said));
  expect(advice).toContain('cluster or secret (rds-data:ExecuteStatement is denied). ');
  expect(advice).not.toContain('ann ');
});

it('says why credentials cannot be used, in the first line of the words of the SDK', () => {
  const said = "The SSO session associated with this profile has expired. Run 'aws sso login'.\nmore";
  const advice = setupAdvice(dataApiError('CredentialsProviderError', said));
  expect(advice).toContain(
    "can be used (The SSO session associated with this profile has expired. Run 'aws sso login'.). Set",
  );
  expect(advice).toContain('AWS_PROFILE');
});

it('has no advice for failures of any other kind', () => {
  for (const error of [postgresError('42601'), dataApiError('ThrottlingException'), new Error('x'), 'x']) {
    expect(setupAdvice(error)).toBeUndefined();
  }
});
