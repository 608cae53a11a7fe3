// The document has the routes and scopes that are deployed.
import { expect, it } from 'vitest';
import { operations } from '../../../openapi/operations.ts';
import { joined, tokens } from '../../helpers/contexts.ts';
import { serviceStack } from '../../helpers/synthesized.ts';

it('describes each deployed route with its scope, and no other', () => {
  const { template } = serviceStack({ ...joined, ...tokens });
  const deployed = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties: { RouteKey, AuthorizationScopes } }) => `${RouteKey} ${AuthorizationScopes}`,
  );
  // A token may also have the scope in Cognito's form, after its resource server.
  const described = operations.map(
    ({ method, path, scope }) => `${method.toUpperCase()} ${path} ${scope},${scope.replace(':', '/')}`,
  );
  expect(described.sort()).toEqual(deployed.sort());
});
