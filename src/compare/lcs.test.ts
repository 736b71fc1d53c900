import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairSequences } from './anchors.js';
import { Matcher } from './lcs.js';

const letters = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 24 });
const many = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 120 });

/** The length of a longest common subsequence, by the table. */
function slowLength(a: readonly number[], b: readonly number[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
  return table[0]![0]!;
}

/** How many are paired; fails where it is no common subsequence. */
function check(a: readonly number[], b: readonly number[], mates: Int32Array): number {
  let last = -1;
  let count = 0;
  for (const [i, j] of mates.entries()) {
    if (j < 0) continue;
    expect(b[j]).toBe(a[i]);
    expect(j).toBeGreaterThan(last);
    last = j;
    count++;
  }
  return count;
}

function myers(a: readonly number[], b: readonly number[], maxCost?: number): Int32Array {
  const matcher = new Matcher(Int32Array.from(a), Int32Array.from(b), maxCost);
  matcher.match({ aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length });
  return matcher.mates;
}

describe('pairing two sequences', () => {
  it('is as long as the slow model says', () => {
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        expect(check(a, b, myers(a, b))).toBe(slowLength(a, b));
      }),
      { numRuns: 500 },
    );
  });

  it('ends and is in order also where it gives up early', () => {
    fc.assert(
      fc.property(many, many, fc.integer({ min: 1, max: 4 }), (a, b, maxCost) => {
        expect(check(a, b, myers(a, b, maxCost))).toBeLessThanOrEqual(slowLength(a, b));
      }),
    );
  });

  it('with anchors is a common subsequence, and pairs a sequence with itself whole', () => {
    fc.assert(
      fc.property(many, many, (a, b) => {
        expect(check(a, b, pairSequences(Int32Array.from(a), Int32Array.from(b)))).toBeLessThanOrEqual(
          slowLength(a, b),
        );
        expect([...pairSequences(Int32Array.from(a), Int32Array.from(a))]).toEqual(a.map((_, i) => i));
      }),
    );
  });

  it('finds all that stayed where elements of their own kind were put in and taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 200 }), (edits) => {
        const a = edits.flatMap((edit, i) => (edit === 1 ? [] : [i]));
        const b = edits.flatMap((edit, i) => (edit === 2 ? [] : [i]));
        const stayed = edits.filter((edit) => edit === 0).length;
        expect(check(a, b, pairSequences(Int32Array.from(a), Int32Array.from(b)))).toBe(stayed);
      }),
    );
  });

  it('takes long sequences that have nothing in common', () => {
    const a = Array.from({ length: 6_000 }, (_, i) => i % 7);
    const b = Array.from({ length: 6_000 }, (_, i) => 10 + (i % 7));
    expect(check(a, b, pairSequences(Int32Array.from(a), Int32Array.from(b)))).toBe(0);
  });
});
