// The context of the next deploy, as a person may have left it in cdk.json.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { UsageError } from '../../../../commands/command.ts';
import { readNextDeploy } from '../../../../commands/migrate/next-deploy.ts';

/** Each file as it stands in the project, or in the home directory. */
const readWith = (text: string, others: Record<string, object> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'next-deploy-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, content] of Object.entries(others)) {
    writeFileSync(join(directory, name), JSON.stringify(content));
  }
  vi.stubEnv('HOME', directory);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const file = join(directory, 'cdk.json');
  writeFileSync(file, text);
  return () => readNextDeploy([], file);
};

const context = {
  clusterArn: 'arn:aws:rds:eu-central-1:123456789012:cluster:platform',
  databaseSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:owner-abc123',
  databaseName: 'platform',
  encryptionKeySecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-abc123',
};

it('takes what cdk.json leaves open from cdk.context.json, and what that leaves open from ~/.cdk.json', () => {
  const read = readWith(JSON.stringify({ context }), {
    'cdk.context.json': { databaseName: 'stored', stackName: 'stored', throttleRate: 1 },
    '.cdk.json': { context: { databaseName: 'mine', stackName: 'mine', throttleRate: 2, throttleBurst: 2 } },
  });
  expect(read()).toMatchObject({
    database: { name: 'platform' },
    keys: { stackName: 'stored', throttleRate: 1, throttleBurst: 2 },
  });
});

it('reads a context behind the mark of its encoding', () => {
  const read = readWith(`\uFEFF${JSON.stringify({ context })}`);
  expect(read()).toMatchObject({ database: { kind: 'joined', name: 'platform' } });
});

it.each([
  ['a comma too many', '{"context": {},}', /^cdk\.json cannot be read: SyntaxError/],
  ['a context of another type', '{"context": []}', /^cdk\.json cannot be read: .*context/s],
])('names the file where it has %s', (_, text, message) => {
  const read = readWith(text);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
});
