import { describe, expect, it } from 'vitest';
import { workspaceIdOf } from '../../../../functions/invocation/request.ts';
import { httpEvent } from '../../../helpers/http-event.ts';

const ID = '0b8f1c2e-2d4a-4c6f-9e10-1a2b3c4d5e6f';

describe('the workspace of a request', () => {
  it('is the one in the path, in lower case', () => {
    expect(workspaceIdOf(httpEvent({ pathParameters: { id: ID.toUpperCase(), other: 'x' } }))).toBe(ID);
  });

  it.each([[undefined], [{}], [{ id: 'x' }], [{ other: ID }]])(
    'is refused where the path has %j',
    (pathParameters) => {
      const event = httpEvent(pathParameters === undefined ? {} : { pathParameters });
      expect(() => workspaceIdOf(event)).toThrow('The workspace id in the path must be a UUID.');
    },
  );
});
