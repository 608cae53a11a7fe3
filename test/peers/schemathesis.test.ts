// schemathesis tries every operation of openapi.json with what the document allows and with what it forbids, and holds
// each answer to the document: status, headers, content type and body.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { routes } from '../../functions/contract.ts';
import { startService } from '../helpers/service.ts';
import { pythonProgram, run } from './programs.ts';

// Not those on authorization, which the local stack has none of; on methods that the document lacks, which API Gateway
// answers with 404; on what the document allows and the model rules refuse, for no schema can say what is a model id.
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
];

it('schemathesis finds no answer outside of openapi.json', async ({ task }) => {
  const service = await startService({ hasConsole: true });
  onTestFinished(() => service.close());
  for (const model of ['minimax/MiniMax-M2.7', 'minimax', 'claude-code']) {
    await service.addPick(model);
  }
  // It keeps what it learns of an API in the folder where it runs.
  const cwd = mkdtempSync(join(tmpdir(), 'schemathesis-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const program = pythonProgram('schemathesis');
  const args = [
    ...['run', `${service.api}/openapi.json`, '--url', service.api, '--no-color'],
    ...['--checks', CHECKS.join(), '--max-examples', '200', '--seed', '1'],
  ];
  const { stdout } = await run(program, args, { cwd }).catch((failed) => {
    throw new Error(`schemathesis found:\n${failed.stdout}`);
  });
  task.meta.cases = Number(/^ *(\d+) generated/m.exec(stdout)?.[1]);
  expect(Number(/Tested: (\d+)$/m.exec(stdout)?.[1])).toBe(routes().length);
  expect(task.meta.cases).toBeGreaterThan(1_000);
});
