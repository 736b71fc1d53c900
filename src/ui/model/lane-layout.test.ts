import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANE, LaneLayout, tallHeight } from './lane-layout.js';
import type { Lane } from './lanes.js';

const TALL = tallHeight(true);
const lanes = (count: number): Lane[] =>
  Array.from({ length: count }, (_, i) => ({
    key: `p${String(i + 1)}`,
    process: i + 1,
    label: '',
    detail: '',
    depth: 0,
    below: 0,
    open: false,
    kind: 'process',
    node: 0,
  }));

describe('rows of the timeline', () => {
  it('make room for those that are tall', () => {
    const layout = new LaneLayout(lanes(5), new Set([2, 4]));
    expect([0, 1, 2, 3, 4, 5].map((row) => layout.top(row))).toEqual([
      0,
      LANE,
      LANE + TALL,
      2 * LANE + TALL,
      2 * LANE + 2 * TALL,
      3 * LANE + 2 * TALL,
    ]);
    expect(layout.visible(LANE + 5, 10)).toEqual({ first: 1, last: 1 });
  });

  it('lie one below the other, and are found again at every height', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 6 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (count, tall, share) => {
          const layout = new LaneLayout(lanes(count), new Set(tall));
          const y = layout.height * share;
          const row = layout.rowAt(y);
          expect(layout.top(row)).toBeLessThanOrEqual(y);
          expect(layout.top(row) + layout.heightOf(row)).toBeGreaterThan(y);
        },
      ),
    );
  });
});
