import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longer, PlaceTable } from './area-table.js';
import { Trips } from './area-trips.js';

describe('a table of places', () => {
  it('finds what was added under two numbers, and nothing else', () => {
    // Few numbers, so that the same come again; some at the ends of their range.
    const number = fc.oneof(fc.nat(40), fc.constantFrom(2 ** 31, 2 ** 32 - 1, 65_536));
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { maxLength: 2_000 }), (pairs) => {
        const table = new PlaceTable();
        const slow = new Map<string, number>();
        for (const [a, b] of pairs) {
          const key = `${String(a)}/${String(b)}`;
          expect(table.find(a, b)).toBe(slow.get(key) ?? -1);
          if (slow.has(key)) continue;
          table.add(a, b, slow.size);
          slow.set(key, slow.size);
        }
        expect(table.size).toBe(slow.size);
      }),
    );
  });
});

describe('a list made longer', () => {
  it('keeps what is in it, at least as long as asked for', () => {
    expect([...longer(Float64Array.of(1, 2), 5)]).toEqual([1, 2, 0, 0, 0]);
    expect([...longer(Int32Array.of(1, 2), 0, -1)]).toEqual([1, 2, -1, -1]);
  });
});

describe('messages on their way', () => {
  it('are found as long as not too many newer ones came', () => {
    const most = 4_096;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9_000 }), (steps) => {
        const trips = new Trips(most);
        const seqs: number[] = [];
        let seq = 0;
        for (const [i, step] of steps.entries()) {
          seq += step;
          seqs.push(seq);
          if (i % 2 === 0) trips.send(seq, i, 1, 2, 3);
          else trips.arrive(seq, -1, i, 1);
        }
        for (const [i, each] of seqs.entries()) {
          const place = trips.find(each);
          // Not found is slow, never wrong: two may share their low bits.
          if (place >= 0) expect([trips.ns[place], trips.origins[place]]).toEqual([i, i % 2 === 0 ? 0 : -1]);
          else expect(seqs.length - i > most || seq - each >= most * 4).toBe(true);
        }
        expect(trips.find(seq + 1)).toBe(-1);
      }),
      { numRuns: 20 },
    );
  });
});
