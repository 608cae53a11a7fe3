// The outputs of the stack: what callers and operators need to know of a deployment.
import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { outputDescriptions } from './output-descriptions.ts';

type Name = keyof typeof outputDescriptions;

export const tellOutputs = (stack: Stack, values: Record<Name, string>): void =>
  tell(stack, outputDescriptions, values);

const tell = <N extends Name>(stack: Stack, texts: Record<N, string>, values: Record<N, string>): void => {
  for (const name in texts) {
    new CfnOutput(stack, name, { value: values[name], description: texts[name] });
  }
};
