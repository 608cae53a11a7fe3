// What we write is what Powertools, the reference here, writes for the same metrics.
import { Metrics } from '@aws-lambda-powertools/metrics';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { embeddedMetrics, type Unit } from '../../../../functions/invocation/emf.ts';

afterEach(() => {
  vi.useRealTimers();
});

const names = fc.string({ minLength: 1, maxLength: 255 }).filter((name) => name.trim() !== '');
/** By name, each with a mark at its end, lest one be a field of the line itself. */
const metrics = fc.dictionary(
  names.map((name) => `${name}!`),
  fc.record({
    unit: fc.constantFrom<Unit>('Milliseconds', 'Count'),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  }),
  { minKeys: 1, maxKeys: 50 },
);

it('writes for any metrics the line that Powertools writes', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  fc.assert(
    fc.property(names, names, metrics, (namespace, serviceName, all) => {
      const reference = new Metrics({ namespace, serviceName });
      for (const [name, { unit, value }] of Object.entries(all)) {
        reference.addMetric(name, unit, value);
      }
      const pick = <Field extends 'unit' | 'value'>(field: Field) =>
        Object.fromEntries(Object.entries(all).map(([name, metric]) => [name, metric[field]]));

      // Powertools writes out by itself what it has at 100 metrics.
      const counts = Object.fromEntries(
        Object.entries(all)
          .slice(0, 40)
          .map(([name, { value }]) => [`${name}?`, value]),
      );
      for (const [name, value] of Object.entries(counts)) {
        reference.addMetric(name, 'Count', value);
      }
      const metricsOf = embeddedMetrics(namespace, serviceName, pick('unit'));
      const ours = metricsOf(Date.now(), pick('value'), counts);

      expect(JSON.parse(JSON.stringify(ours))).toEqual(
        JSON.parse(JSON.stringify(reference.serializeMetrics())),
      );
    }),
  );
});
