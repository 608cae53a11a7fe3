// What is wrong with the context of a deployment.

export class ContextError extends Error {
  override name = 'ContextError';

  constructor(...sentences: string[]) {
    super(['The CDK context cannot be deployed.', ...sentences].join('\n  - '));
  }
}
