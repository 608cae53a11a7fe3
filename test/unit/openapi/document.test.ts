// openapi.json is what the code says, a valid OpenAPI document, and leaves out no code.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { HTTP_ERRORS, type HttpError } from '../../../functions/invocation/answer.ts';
import { openApiDocument } from '../../../openapi/document.ts';
import { operations } from '../../../openapi/operations.ts';

const file: unknown = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'));

describe('openapi.json', () => {
  it('is as "npm run openapi" would write it', () => {
    expect(file).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it('is a valid OpenAPI 3.1 document', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(file)));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
  });

  it('has examples that fit their schemas', () => {
    for (const { answers } of Object.values(operations)) {
      for (const { schema, examples } of answers) {
        for (const { value } of Object.values(examples)) {
          expect(schema.safeParse(value)).toMatchObject({ success: true, data: value });
        }
      }
    }
  });

  it('has the gateway’s 413 where a body is sent, and nowhere else', () => {
    const { paths } = openApiDocument();
    const tooLarge = Object.values(paths)
      .flatMap((alike) => Object.entries(alike))
      .filter(([, { responses }]) => '413' in responses)
      .map(([method]) => method);
    expect(tooLarge).toEqual(['put']);
  });

  it('names for some operation every code that a caller can meet', () => {
    const unexpected = HTTP_ERRORS.INTERNAL_ERROR;
    const errors: [string, HttpError][] = Object.entries(HTTP_ERRORS);
    const met = errors.filter(([, error]) => error !== unexpected).map(([code]) => code);
    const named = new Set<string>(Object.values(operations).flatMap(({ codes }) => codes));
    expect(met.filter((code) => !named.has(code) && !NOT_MET.includes(code))).toEqual([]);
  });
});

/** Of direct invocations alone. */
const NOT_MET = ['MODEL_REQUIRED'];
