import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EDGE, EventRows, NOW, ROW } from './event-rows.js';

const lists = fc.record({
  before: fc.nat(500),
  after: fc.nat(500),
  edges: fc.record({ before: fc.boolean(), after: fc.boolean() }),
  height: fc.integer({ min: 10, max: 2_000 }),
  scrolled: fc.double({ min: 0, max: 1, noNaN: true }),
});

it('shows every row that is in view, and keeps the room of those that are not', () => {
  fc.assert(
    fc.property(lists, ({ before, after, edges, height, scrolled }) => {
      const rows = new EventRows(before, after, edges);
      const scrollTop = scrolled * Math.max(0, rows.height - height);
      const { from, to, above, below } = rows.visible(scrollTop, height);
      expect(from).toBeLessThanOrEqual(before);
      expect(to).toBeGreaterThanOrEqual(before);
      for (let row = 0; row < before + after; row++)
        if (rows.y(row) + ROW > scrollTop && rows.y(row) < scrollTop + height)
          expect(row >= from && row < to, `row ${String(row)}`).toBe(true);
      const drawn = (to - from) * ROW + NOW + (edges.before ? EDGE : 0) + (edges.after ? EDGE : 0);
      expect(above + drawn + below).toBe(rows.height);
    }),
  );
});

it('has the moment a little below the middle, where the list is long enough', () => {
  const rows = new EventRows(40, 40, { before: false, after: false });
  const top = rows.scrollTop(400);
  expect(rows.y(39) + ROW - top).toBeCloseTo(248, 0);
  expect(new EventRows(3, 40, { before: true, after: false }).scrollTop(400)).toBe(0);
  expect(new EventRows(40, 0, { before: false, after: true }).scrollTop(400)).toBe(40 * ROW + NOW + EDGE - 400);
});
