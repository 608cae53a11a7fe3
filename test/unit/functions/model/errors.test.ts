import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ModelRefusedError, ModelRequiredError } from '../../../../functions/model/errors.ts';

describe('a refused model', () => {
  it('is quoted up to the length of an id, and shown by no logger', () => {
    const error = new ModelRefusedError('s3cr3t'.repeat(100), {
      code: 'MALFORMED_MODEL_ID',
      reason: 'It is not.',
    });
    expect(error).toMatchObject({
      name: 'ModelRefusedError',
      kind: 'refused',
      code: 'MALFORMED_MODEL_ID',
      message: 'It is not.',
      suggestions: undefined,
      model: 's3cr3t'.repeat(100).slice(0, 256),
    });
    expect(inspect(error) + JSON.stringify(error)).not.toContain('s3cr3t');
  });
});

describe('a missing model', () => {
  it('names the workspace and the call that sets one', () => {
    expect(new ModelRequiredError('some-id')).toMatchObject({
      name: 'ModelRequiredError',
      kind: 'refused',
      code: 'MODEL_REQUIRED',
      message:
        'Workspace some-id has no picked model, and none was sent. Set one with PUT /workspaces/some-id/model ' +
        '{"model": "…"}, then provision again.',
    });
  });
});
