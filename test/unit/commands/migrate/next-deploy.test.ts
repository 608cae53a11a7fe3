// The context of the next deploy, as a person may have left it in cdk.json.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../../../commands/command.ts';
import { readNextDeploy } from '../../../../commands/migrate/next-deploy.ts';

const readWith = (text: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'next-deploy-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'cdk.json');
  writeFileSync(file, text);
  return () => readNextDeploy([], file);
};

it('reads a context behind the mark of its encoding', () => {
  const context = {
    clusterArn: 'arn:aws:rds:eu-central-1:123456789012:cluster:platform',
    databaseSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:owner-abc123',
    databaseName: 'platform',
    encryptionKeySecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-abc123',
  };
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
