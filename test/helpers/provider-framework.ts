// The CDK's Provider framework in front of a stack's migrate, as synthesised, and CloudFormation's side of it.
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { arnOf } from '../../local/aws/account.ts';
import { WorkerFunction } from '../../local/functions/worker-function.ts';
import { respond, startLoopbackServer } from '../../local/support/loopback-server.ts';
import { readBody } from '../../local/support/read-body.ts';
import { joined } from './contexts.ts';
import type { TestStack } from './local-stack.ts';
import { serviceStack } from './synthesized.ts';
import { idOf } from './template-queries.ts';

/** What CloudFormation reads of an answer, all of it. */
const MAX_ANSWER_BYTES = 4_096;

const Answer = z.object({
  Status: z.enum(['SUCCESS', 'FAILED']),
  Reason: z.string(),
  PhysicalResourceId: z.string(),
});

export type Answer = z.infer<typeof Answer>;

export const startProviderFramework = async () => {
  const folder = asLambdaHasIt();
  const answers = new Map<string, Answer>();
  const server = await startLoopbackServer({
    port: 0,
    handle: async (message, response) => {
      const { bytes } = await readBody(message, MAX_ANSWER_BYTES);
      answers.set(`${message.url}`, Answer.parse(JSON.parse(`${bytes}`)));
      respond(response, { status: 200, body: '' });
    },
  });
  const functions: WorkerFunction[] = [];
  return {
    /** Gives a stack's migrate requests as CloudFormation does, and reads the answers. */
    before: ({ aws, region }: TestStack) => {
      const onEvent = new WorkerFunction({
        handlerUrl: new URL('./framework-function.ts', import.meta.url).href,
        functionName: 'provider',
        functionArn: arnOf('lambda', 'function:provider'),
        memoryMb: 128,
        timeoutMs: 900_000,
        environment: {
          FRAMEWORK_FOLDER: folder,
          ANSWERS_URL: server.url,
          USER_ON_EVENT_FUNCTION_ARN: arnOf('lambda', 'function:migrate'),
          AWS_ENDPOINT_URL_LAMBDA: aws.url,
          AWS_REGION: region,
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
        },
        onLog: () => {},
      });
      functions.push(onEvent);
      return async (request: object): Promise<Answer> => {
        const path = `/${randomUUID()}`;
        await onEvent.invoke(
          JSON.stringify({ ...request, ResponseURL: `https://answers.example.com${path}` }),
        );
        const answer = answers.get(path);
        if (answer === undefined) {
          throw new Error('The framework has answered nothing: CloudFormation would wait for an hour.');
        }
        return answer;
      };
    },
    close: async () => {
      await Promise.all(functions.map((each) => each.kill()));
      await server.close();
      rmSync(join(folder, '..'), { recursive: true });
    },
  };
};

/** The asset, and beside it the SDK, which is in Lambda's runtime. Without a waiter nothing calls Step Functions. */
const asLambdaHasIt = (): string => {
  const { template, codeFolderOf } = serviceStack(joined);
  const runtime = mkdtempSync(join(tmpdir(), 'provider-framework-'));
  const folder = join(runtime, 'asset');
  cpSync(codeFolderOf(idOf(template, 'AWS::Lambda::Function', /^MigrationProvider/)), folder, {
    recursive: true,
  });
  const sdk = join(runtime, 'node_modules/@aws-sdk');
  mkdirSync(join(sdk, 'client-sfn'), { recursive: true });
  writeFileSync(join(sdk, 'client-sfn/index.js'), '');
  symlinkSync(
    fileURLToPath(new URL('../../node_modules/@aws-sdk/client-lambda', import.meta.url)),
    join(sdk, 'client-lambda'),
  );
  return folder;
};
