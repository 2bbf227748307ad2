import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberFormat } from './number-format.ts';

test.each([
  ['"$"#,##0.00', 1234.5, '$1,234.50'],
  ['$#,##0.00', -1234.5, '-$1,234.50'],
  ['£#,##0', 1234.5, '£1,235'],
  ['[$€-407] #,##0.00', 1234.5, '€ 1,234.50'],
  ['#,##0.00\\ [$€-407];[Red]-#,##0.00\\ [$€-407]', -1234.5, '-1,234.50 €'],
  ['[$CHF-807] #,##0.00', 99, 'CHF 99.00'],
  ['#,##0.00 "CHF"', 99, '99.00 CHF'],
  ['#,##0.00 EUR', 99, '99.00 EUR'],
  ['[$-409]0.0', 2.25, '2.3'],
  ['_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', 1234.5, '$1,234.50'],
  ['_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', -5, '$(5.00)'],
  ['_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', 0, '$0.00'],
  ['0%', 0.125, '13%'],
  ['0.0#%', 0.12345, '12.35%'],
  ['0" % of all"', 12, '12 % of all'],
  ['0.0 "kg; net"', 1.25, '1.3 kg; net'],
  ['00000', 501, '00501'],
  ['General" m"', 0.1 + 0.2, '0.3 m'],
  ['0.00', -0.001, '0.00'],
  ['0;;', -3, '-3'],
  // What is more than digits and texts is shown as it is.
  ['General', 1234.5678, '1234.5678'],
  ['0.00E+00', 1234.5, '1234.5'],
  ['# ?/?', 0.5, '0.5'],
  ['#,##0,"k"', 1_234_567, '1234567'],
  ['000-00-0000', 123456789, '123456789'],
  ['[>=1000]#,##0;0.00', 5, '5'],
  ['"yes"', 1, '1'],
  ['$0.00', 1e300, '1e+300'],
])('by %s, %d is shown as %s', (code, value, shown) => {
  expect(numberFormat(code)(value)).toBe(shown);
});

test('any code shows any number, and soon', () => {
  const part = fc.constantFrom(...'0#?.,;%"\\[]$-_*@eE+/ ', 'General', '[$€-407]', '"kg"', '0.00');
  const code = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(code, fc.double({ noNaN: true, noDefaultInfinity: true }), (any, value) => {
      expect(typeof numberFormat(any)(value)).toBe('string');
    }),
  );
  expect(numberFormat(`${'['.repeat(1_000_000)}0`)(1)).toBe('1');
});
