import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaOf, areaText, noTotals, PARTS, SORTS, totalsOf, totalsText } from './totals.js';

describe('an area in the address', () => {
  it('comes back as it was', () => {
    expect(areaText({ fromNs: 5, toNs: 10, processes: [1, 7, 8, 9, 4] })).toBe('5-10:1,4,7~9');
    const area = fc.record({
      fromNs: fc.nat(1e9),
      span: fc.integer({ min: 1, max: 1e9 }),
      processes: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 90 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(area, ({ fromNs, span, processes }) => {
        const sorted = processes && [...processes].sort((a, b) => a - b);
        const toNs = fromNs + span;
        expect(areaOf(areaText({ fromNs, toNs, processes }))).toEqual({ fromNs, toNs, processes: sorted });
      }),
    );
  });

  it('is nothing where it is none, and bounded', () => {
    for (const text of ['', '5', '9-5', '5-5', 'x-y', '1-2:a', '1-99999999999999999'])
      expect(areaOf(text)).toBeUndefined();
    expect(areaOf('1-2:1~4000000000')?.processes?.length).toBe(20_000);
    expect(areaOf('1-2:9~3,0,,5')?.processes).toEqual([5]);
  });
});

describe('what is shown of the totals', () => {
  it('comes back as it was', () => {
    for (const part of PARTS)
      for (const sort of [undefined, ...SORTS[part]]) {
        const totals = { part, sort, process: 12, path: [4, 7] };
        expect(totalsOf(totalsText(totals))).toEqual(totals);
      }
    expect(totalsText(noTotals)).toBe('functions');
    expect(totalsOf('nonsense.own.-3.a~b')).toEqual({ ...noTotals, sort: 'own' });
    expect(totalsOf('messages.own').sort).toBeUndefined();
  });
});
