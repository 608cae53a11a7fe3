// npm run console: the console of a deployed stack, on this machine alone, with the caller's own AWS credentials.
import { LambdaClient } from '@aws-sdk/client-lambda';
import { onEndSignal } from '../local/support/end-signals.ts';
import { portRefusal } from '../local/support/listen.ts';
import { runCommand, UsageError } from './command.ts';
import { startConsole } from './console/start-console.ts';
import { deployedTarget } from './deployed-target.ts';

const HELP = `Usage: npm run console -- --stack NAME [--port PORT]

Serves the console of a deployed stack on 127.0.0.1 until Ctrl-C, and prints the address to open. What the page asks and
changes is asked and changed with your own AWS credentials (with auth=jwt also a token in MODEL_API_TOKEN).

  --stack NAME   the stack, in the region of AWS_REGION or of your profile
  --port PORT    instead of any free one
  --help         this text

The local stack's console needs no command: it is at the address that "npm start" prints.`;

const portOf = (text: string): number => {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new UsageError(`--port is "${text}". Give a number from 0, for any free one, to 65535.`);
  }
  return port;
};

await runCommand({
  name: 'npm run console',
  help: HELP,
  options: { stack: { type: 'string' }, port: { type: 'string', default: '0' } },
  run: async ({ stack, port }) => {
    if (stack === undefined) {
      throw new UsageError(
        'Name the stack: --stack. The local stack has its console at the address that "npm start" prints.',
      );
    }
    const chosen = portOf(port);
    const target = await deployedTarget(stack);
    const lambda = new LambdaClient(target.clientConfig);
    const server = await startConsole({ name: stack, port: chosen, target, lambda }).catch(asUsageError);
    const ended = new Promise<void>((resolve) => onEndSignal(['SIGINT', 'SIGTERM'], resolve));
    console.log(`Console of ${stack} in ${target.region}, until Ctrl-C:\n${server.address}`);
    await ended;
    await server.close();
  },
});

function asUsageError(error: unknown): never {
  const refusal = portRefusal(error);
  if (refusal !== undefined) {
    throw new UsageError(
      `Port ${refusal.port} ${refusal.words}. Give another --port, or none for any free one.`,
    );
  }
  throw error;
}
