import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelOf } from '../../../../functions/invocation/body.ts';
import { httpEvent } from '../../../helpers/http-event.ts';

describe('the model of a body', () => {
  it('is read as sent, whether API Gateway hands it over as text or in base64, with whatever else it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.jsonValue(), (model, other) => {
        const text = JSON.stringify({ model, other });
        const base64 = Buffer.from(text).toString('base64');
        expect(modelOf(httpEvent({ body: text }))).toBe(model);
        expect(modelOf(httpEvent({ body: base64, isBase64Encoded: true }))).toBe(model);
      }),
    );
  });

  it('is read after a byte order mark, as files of Windows PowerShell have it', () => {
    const text = '\ufeff{"model":"opus"}\r\n';
    expect(modelOf(httpEvent({ body: text }))).toBe('opus');
    const base64 = Buffer.from(text).toString('base64');
    expect(modelOf(httpEvent({ body: base64, isBase64Encoded: true }))).toBe('opus');
  });

  it.each([
    ['{"model":1}'],
    ['{"model":null}'],
    ['{}'],
    ['[]'],
    ['"opus"'],
    ['null'],
    ['{"model":"opus"'],
    [''],
  ])('refuses the body %s, saying what to send', (body) => {
    expect(() => modelOf(httpEvent({ body }))).toThrow(
      'Send a JSON object with a string "model", or an empty string to clear the pick.',
    );
  });

  it('refuses a request without a body', () => {
    expect(() => modelOf(httpEvent({}))).toThrow('Send a JSON object');
  });
});
