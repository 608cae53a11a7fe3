// What docs/deploy.md says of the messages with which a deploy is refused.
import { expect } from 'vitest';
import { readDocuments } from '../../commands/docs/documents.ts';

const HEADING = '## When a deploy is refused';

/** The messages in the table's first column; what differs from time to time is a `…` there. */
export const documentedRefusals = (): string[] => {
  const text = readDocuments().find(({ path }) => path === 'docs/deploy.md')?.text ?? '';
  const [, section = ''] = text.split(HEADING);
  const [table = ''] = section.split('\n\n').filter((part) => part.startsWith('| message'));
  const messages = table.split('\n').map((row) => row.split(' | ')[0] ?? '');
  return messages.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));
};

/** The pieces of a message between what differs. */
export const piecesOf = (message: string): string[] =>
  message
    .split('…')
    .map((piece) => piece.trim())
    .filter((piece) => /\w/.test(piece));

/** That whoever is refused finds the message in the documents. */
export const expectDocumented = (message: string): void => {
  const found = documentedRefusals().filter((documented) => {
    const pieces = piecesOf(documented);
    return pieces.length > 0 && pieces.every((piece) => message.includes(piece));
  });
  expect(found, `docs/deploy.md has nothing of: ${message}`).not.toEqual([]);
};
