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
    expect(layout.view(LANE + 5, 10)).toMatchObject({ first: 1, last: 1, stuck: 0, rows: [1] });
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

  it('keep pinned ones at the top while the others scroll beneath them', () => {
    const layout = new LaneLayout(lanes(30), new Set(), true, 2);
    const view = layout.view(LANE * 10, LANE * 8);
    expect(view.rows).toEqual([0, 1, 12, 13, 14, 15, 16, 17, 18]);
    expect([view.top(0), view.top(1), view.top(12)]).toEqual([0, LANE, LANE * 2]);
    expect([0, LANE + 1, LANE * 2, LANE * 3].map((y) => view.rowAt(y))).toEqual([0, 1, 12, 13]);
    // What lies beneath the pinned ones has to be scrolled to, pinned ones never.
    expect(layout.scrollTo(1, LANE * 10, LANE * 8)).toBeUndefined();
    expect(layout.scrollTo(12, LANE * 10, LANE * 8)).toBeUndefined();
    expect(layout.scrollTo(11, LANE * 10, LANE * 8)).toBe(LANE * 7);
  });

  it('let pinned ones scroll where they would leave no room for the others', () => {
    const layout = new LaneLayout(lanes(30), new Set(), true, 9);
    expect(layout.view(0, LANE * 10)).toMatchObject({ stuck: 6, first: 6, last: 10 });
    expect(layout.view(LANE * 3, LANE * 10).rows).toEqual([0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13]);
  });

  it('are in view and found again wherever one scrolled, with pins and tall ones', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 8 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
        fc.integer({ min: 60, max: 900 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (count, pinned, tall, height, share) => {
          const layout = new LaneLayout(lanes(count), new Set(tall), true, pinned);
          // A browser scrolls by parts of a pixel that are powers of two: no sum of them is rounded.
          const scrollTop = Math.floor(Math.max(0, layout.height - height) * share * 64) / 64;
          const view = layout.view(scrollTop, height);
          for (let y = 0; y < Math.min(height, layout.height - scrollTop); y += 7) {
            const row = view.rowAt(y);
            expect(view.rows).toContain(row);
            expect(view.top(row)).toBeLessThanOrEqual(y);
            expect(view.top(row) + layout.heightOf(row)).toBeGreaterThan(y);
          }
          const wanted = Math.floor(share * (count - 1));
          const there = layout.scrollTo(wanted, scrollTop, height);
          if (there !== undefined && layout.heightOf(wanted) + view.under + LANE * 2 <= height)
            expect(
              layout.scrollTo(wanted, Math.min(there, Math.max(0, layout.height - height)), height),
            ).toBeUndefined();
        },
      ),
    );
  });
});
