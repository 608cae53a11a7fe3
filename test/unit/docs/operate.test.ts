// An operator finds every failure of the API, and every function behind it, in the documents.
import { expect, it } from 'vitest';
import { readDocuments } from '../../../commands/docs/documents.ts';
import { routes } from '../../../functions/contract.ts';
import { HTTP_ERRORS, type HttpError } from '../../../functions/invocation/answer.ts';

const textOf = (path: string): string => readDocuments().find((each) => each.path === path)?.text ?? '';

it('says in docs/operate.md what to do about every code of a failure', () => {
  const errors: [string, HttpError][] = Object.entries(HTTP_ERRORS);
  const unexpected = HTTP_ERRORS.INTERNAL_ERROR;
  const failures = errors
    .filter(([code, error]) => error.status >= 500 && (error !== unexpected || code === 'INTERNAL_ERROR'))
    .map(([code]) => code);
  expect(failures.filter((code) => !textOf('docs/operate.md').includes(`\`${code}\``))).toEqual([]);
});

it('names every function behind the API where they are to be looked through', () => {
  const [, section = ''] = textOf('docs/operate.md').split('### ServerErrorRate\n');
  const [, named = ''] = /\(([^)]*)\)/.exec(section) ?? [];
  expect(named.split(/,\s+/).sort()).toEqual(
    routes()
      .map(({ name }) => name)
      .sort(),
  );
});
