// The table of refusals in the documents is of messages that the code has. That every refusal which a test meets is in
// that table, the tests of platforms hold.
import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { documentedRefusals, piecesOf } from '../../helpers/documented-refusals.ts';

/** The CDK's own messages are among them. */
const SOURCES = ['functions/**/*.ts', 'lib/**/*.ts', 'node_modules/aws-cdk/lib/index.js'];

/** As one text, in which a message that is written in pieces is whole. */
const code = SOURCES.flatMap((pattern) => globSync(pattern))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n')
  .replaceAll(/['`"] \+\s*['`"]/g, '');

it.each(documentedRefusals())('the code has the message "%s"', (message) => {
  expect(piecesOf(message).filter((piece) => !code.includes(piece))).toEqual([]);
});
