// The outputs of the stack: what callers and operators need to know of a deployment.
import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { outputDescriptions } from './output-descriptions.ts';

/** Every output of a stack by its name. */
export type Outputs = Record<keyof typeof outputDescriptions, string>;

export const addOutputs = <Name extends keyof Outputs>(stack: Stack, values: Record<Name, string>): void => {
  for (const name in values) {
    new CfnOutput(stack, name, { value: values[name], description: outputDescriptions[name] });
  }
};
