import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, Rows } from './rows.js';

/** `=` same, `~` changed, `-` only left, `+` only right. */
function rowsOf(text: string, rows = new Rows()): Rows {
  const kinds = Uint8Array.from(text, (sign) => '=~-+'.indexOf(sign));
  const first = rows.length;
  rows.add(
    kinds,
    Float64Array.from(kinds, (kind, i) => (kind === 3 ? 0 : first + i + 1)),
    Float64Array.from(kinds, (kind, i) => (kind === 2 ? 0 : first + i + 1)),
  );
  return rows;
}

describe('the rows of a comparison', () => {
  it('folds long stretches that are the same, but for those beside what differs', () => {
    const rows = rowsOf(`${'='.repeat(20)}~${'='.repeat(30)}-+${'='.repeat(4)}`);
    expect(rows.items(true, 20)).toEqual([
      { from: 0, to: 17 },
      ...[17, 18, 19, 20, 21, 22, 23].map((row) => ({ row })),
      { from: 24, to: 48 },
      ...[48, 49, 50, 51, 52, 53, 54, 55, 56].map((row) => ({ row })),
    ]);
    expect(rows.hunks).toEqual([20, 51]);
    rows.open({ from: 24, to: 48 });
    expect(rows.items(true, 20).length).toBe(57 - 17 + 1);
    // A row that one goes to is never hidden.
    expect(rows.items(true, 3).some((item) => 'row' in item && item.row === 3)).toBe(true);
  });

  it('goes from one difference to the next and back', () => {
    const rows = rowsOf('==~~==-==+');
    expect([rows.nextHunk(-1, 1), rows.nextHunk(2, 1), rows.nextHunk(3, 1), rows.nextHunk(9, 1)]).toEqual([2, 6, 6, undefined]); // prettier-ignore
    expect([rows.nextHunk(2, -1), rows.nextHunk(3, -1), rows.nextHunk(6, -1), rows.nextHunk(99, -1)]).toEqual([undefined, 2, 2, 9]); // prettier-ignore
  });

  it('knows how far each side has come', () => {
    const rows = rowsOf('=-+=');
    expect([0, 1, 2, 3].map((row) => rows.upTo(row))).toEqual([
      { left: 1, right: 1 },
      { left: 2, right: 1 },
      { left: 2, right: 3 },
      { left: 4, right: 4 },
    ]);
  });

  it('shows each row once, in order, however they come', () => {
    const text = fc
      .array(fc.constantFrom('=', '='.repeat(12), '~', '-', '+'), { maxLength: 30 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, text, fc.nat(200), (one, two, shown) => {
        const rows = rowsOf(two, rowsOf(one));
        const items = rows.items(true, shown);
        const covered = items.flatMap((item) =>
          'row' in item ? [item.row] : Array.from({ length: item.to - item.from }, (_, i) => item.from + i),
        );
        expect(covered).toEqual(Array.from({ length: one.length + two.length }, (_, i) => i));
        for (const [at, item] of items.entries()) if ('row' in item) expect(placeOf(items, item.row)).toBe(at);
      }),
    );
  });
});
