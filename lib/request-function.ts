// A function that is published as a version, which callers reach by an alias that moves after the migration.
import { RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ALIAS, type RequestFunctionName } from '../functions/contract.ts';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';

export interface RequestFunctionProps extends ServiceFunctionProps {
  name: RequestFunctionName;
}

/** New code is made before the migration, as a version that nobody calls yet; after it only the aliases are changed. */
export class RequestFunction extends ServiceFunction {
  readonly live: IFunction;

  constructor(scope: Construct, id: string, props: RequestFunctionProps) {
    super(scope, id, {
      ...props,
      // Versions of earlier releases are kept, to go back to by hand at once. One that a failed deploy made is not: Lambda
      // makes no second version of the same code.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
    // @ts-expect-error: by the CDK's types an alias may have a role of undefined, which exactOptionalPropertyTypes refuses.
    this.live = this.addAlias(ALIAS);
  }
}
