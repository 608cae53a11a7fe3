import { expect, it } from 'vitest';
import { DeployEvent, hasInventedId } from '../../../../functions/migration/deploy-event.ts';

it.each([
  ['workspace-model', 'workspace-model-MigrationC13A4580-1ABC', true],
  ['workspace', 'workspace-MigrationC13A4580-1ABC', true],
  ['workspace-model', 'workspace-model-schema', false],
  // Under such a name the resource's own id has the form of one that was made up.
  ['workspace', 'workspace-model-schema', false],
  ['other', 'workspace-model-MigrationC13A4580-1ABC', false],
])(
  'tells by the id whether a Create of the stack %s has answered: %s',
  (stack, PhysicalResourceId, isInvented) => {
    const request = DeployEvent.parse({
      RequestType: 'Delete',
      RequestId: 'request',
      StackId: `arn:aws:cloudformation:eu-west-1:111122223333:stack/${stack}/id`,
      PhysicalResourceId,
    });
    expect(request.RequestType === 'Delete' && hasInventedId(request)).toBe(isInvented);
  },
);
