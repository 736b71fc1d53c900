import { describe, expect, it } from 'vitest';
import type { PrintHit } from '../../server/index.js';
import { completions } from './complete.js';
import { columnsOf, figuresOf, indexAt, reaches } from './figures.js';
import { wishFrom, wishKey } from './wish.js';

const hits = (...values: (number | string)[]): PrintHit[] =>
  values.map((value, i) => ({
    seq: (i + 1) * 10,
    ns: i * 1_000,
    process: 1,
    kind: 'value' as const,
    text: { text: String(value) },
    ...(typeof value === 'number' ? { number: value } : {}),
  }));

describe('what printed values come to', () => {
  it('is the least and the most of numbers', () => {
    const { numbers, distinct } = figuresOf(hits(3, 1, 4, 1, 'nil'));
    expect(numbers).toMatchObject({ min: { seq: 20 }, max: { seq: 30 }, count: 4 });
    expect(distinct.map(({ text, count }) => `${text} ${String(count)}`)).toEqual(['1 2', '3 1', '4 1', 'nil 1']);
    expect(figuresOf(hits('a', 'b', 1)).numbers).toBeUndefined();
    expect(figuresOf([])).toEqual({ numbers: undefined, distinct: [] });
  });
  it('stands at a moment', () => {
    const all = hits(1, 2, 3);
    expect([5, 10, 19, 30, 99].map((seq) => indexAt(all, seq))).toEqual([-1, 0, 0, 2, 2]);
  });
  it('is known at a moment once all was looked at until then', () => {
    expect([29, 30, 31].map((seq) => reaches({ done: false, seq: 30 }, seq))).toEqual([true, true, false]);
    expect(reaches({ done: true, seq: 30 }, 31)).toBe(true);
  });
  it('is drawn by pixel', () => {
    expect(columnsOf(hits(1, 5, 2), 3)).toEqual([{ x: 0, low: 1, high: 1, last: 1 }, { x: 1, low: 5, high: 5, last: 5 }, { x: 2, low: 2, high: 2, last: 2 }]); // prettier-ignore
    expect(columnsOf(hits(1, 5, 2, 'x'), 1)).toEqual([{ x: 0, low: 1, high: 5, last: 2 }]);
    expect(columnsOf([], 10)).toEqual([]);
  });
});

describe('a print in the address', () => {
  it('comes back as it was', () => {
    const wish = { module: 'Elixir.Shop', line: 48, expression: 'state.free["a:b"] < 0', only: true, process: 12 };
    expect(wishFrom(wishKey(wish))).toEqual(wish);
    expect(wishFrom(wishKey({ ...wish, only: false, process: 0 }))).toEqual({ ...wish, only: false, process: 0 });
    expect(wishFrom('x:1:!')).toBeUndefined();
    expect(wishFrom('')).toBeUndefined();
  });
});

describe('a name that is being typed', () => {
  const known = { names: [{ name: 'stock', bound: false }, { name: 'rest', bound: true }], functions: ['Map.get/2', 'map_size/1'] }; // prettier-ignore
  it.each([
    ['', 0, ['stock', 'rest']],
    ['1 + re', 4, ['rest']],
    ['ma', 0, ['Map.get(', 'map_size(']],
    ['Map.g', 0, ['Map.get(']],
    ['stock', 0, []],
    ['stock.', 0, []],
  ])('%j goes on', (typed, from, list) => {
    const found = completions(typed, known);
    expect(found.list.map(({ text }) => text)).toEqual(list);
    expect(found.from).toBe(from);
  });
});
