import { describe, expect, it } from 'vitest';
import { atomicCall, dollarQuoted, literal } from '../../../../functions/database/atomic-call.ts';

describe('a call that is one transaction', () => {
  it('is one DO block with its declarations, its settings and its body, in this order', () => {
    expect(atomicCall('PERFORM 1;', 'n int;')).toMatch(
      /^DO \$atomic\$\n#variable_conflict use_variable\nDECLARE\n {2}n int;\nBEGIN\n {2}PERFORM set_config[\s\S]+;\n {2}PERFORM 1;\nEND\n\$atomic\$$/,
    );
    expect(atomicCall('PERFORM 1;')).toContain('DECLARE\n  \nBEGIN');
  });

  it('refuses SQL that would end it early', () => {
    expect(() => atomicCall('SELECT $atomic$x$atomic$;')).toThrow('SQL must not contain $atomic$.');
    expect(() => dollarQuoted('SELECT $step$x$step$;', '$step$')).toThrow('SQL must not contain $step$.');
  });
});

it('quotes SQL within SQL', () => {
  expect(dollarQuoted(`SELECT 'x'`, '$step$')).toBe(`$step$SELECT 'x'$step$`);
});

it.each([
  ['x', `'x'`],
  [`it's`, `'it''s'`],
  ['a\\b', ` E'a\\\\b'`],
  [`\\'`, ` E'\\\\'''`],
])('writes %s as a literal', (value, sql) => {
  expect(literal(value)).toBe(sql);
});
