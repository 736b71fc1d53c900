import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SqlCell, SqlTableView } from '../../server/index.js';
import { chartOf, MAX_BARS, MAX_POINTS, range } from './chart-model.js';
import { cellText, isNumeric, meaningOf, orderFrom, orderText, sorted } from './columns.js';
import { asSql } from './query-book.js';

const table = (columns: string[], rows: SqlCell[][]): SqlTableView => ({
  columns: columns.map((name) => ({ name, type: 'BIGINT' })),
  rows,
  more: undefined,
  cut: 0,
  tookMs: 1,
});

describe('a chart', () => {
  it('has bars for names, the amounts beside them', () => {
    const chart = chartOf(table(['kind', 'n'], [['send', 5], ['call', 3]]), 'auto'); // prettier-ignore
    expect(chart).toMatchObject({
      kind: 'bar',
      labels: ['send', 'call'],
      x: { name: 'kind' },
      y: { name: 'n', from: 0 },
    });
    expect(chart?.series[0]?.points.map(({ y }) => y)).toEqual([5, 3]);
  });

  it('is a line along what rises, and points along what does not', () => {
    expect(chartOf(table(['ns', 'messages'], [[1, 5], [2, 3], [3, 9]]), 'auto')).toMatchObject({ kind: 'line', x: { name: 'ns', meaning: 'moment' } }); // prettier-ignore
    expect(chartOf(table(['a', 'b'], [[2, 5], [1, 3], [3, 9]]), 'auto')).toMatchObject({ kind: 'scatter' }); // prettier-ignore
    expect(chartOf(table(['n'], [[2], [5]]), 'auto')).toMatchObject({ kind: 'line', x: { name: 'row' } });
  });

  it('is none where nothing is a number, or none is wanted', () => {
    expect(chartOf(table(['a'], [['x']]), 'auto')).toBeUndefined();
    expect(chartOf(table(['a'], []), 'auto')).toBeUndefined();
    expect(chartOf(table(['a'], [[1]]), 'none')).toBeUndefined();
  });

  it('is bounded, and says what it leaves out', () => {
    const many = Array.from({ length: 20_000 }, (_, i): SqlCell[] => [`name ${String(i)}`, i]);
    expect(chartOf(table(['a', 'n'], many), 'bar')?.left).toBe(20_000 - MAX_BARS);
    const points = chartOf(table(['x', 'n'], many.map(([, n]) => [n!, n!])), 'scatter'); // prettier-ignore
    expect(points?.series[0]?.points.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(points!.left + points!.series[0]!.points.length).toBe(20_000);
  });

  it('holds whatever it is given', () => {
    const cell = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.constant(null), fc.boolean()); // prettier-ignore
    const names = fc.constantFrom('ns', 'seq', 'n', 'name', 'duration_ns', 'process', 'bytes');
    const tables = fc.tuple(fc.array(names, { minLength: 1, maxLength: 4 }), fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { maxLength: 8 })); // prettier-ignore
    fc.assert(
      fc.property(tables, fc.constantFrom('auto', 'bar', 'line', 'scatter'), ([columns, rows], kind) => {
        const given = table(columns, rows.map((row) => row.slice(0, columns.length))); // prettier-ignore
        const chart = chartOf(given, kind as 'auto');
        for (const { points } of chart?.series ?? [])
          for (const point of points) expect(Number.isFinite(point.x) && Number.isFinite(point.y)).toBe(true);
        columns.forEach((_, i) => {
          expect(sorted(given.rows, i, true).length).toBe(given.rows.length);
          for (const row of given.rows) expect(typeof cellText(row[i], meaningOf(given, i))).toBe('string');
        });
      }),
    );
  });

  it('has round axes around its values', () => {
    expect(range([3, 97], true)).toEqual({ from: 0, to: 100, ticks: [0, 20, 40, 60, 80, 100] });
    expect(range([], false)).toMatchObject({ from: 0, to: 1 });
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { minLength: 1 }), (values) => {
        const { from, to, ticks } = range(values, false);
        expect(from).toBeLessThanOrEqual(Math.min(...values) + Math.abs(from) * 1e-9 + 1e-280);
        expect(to).toBeGreaterThanOrEqual(Math.max(...values) - Math.abs(to) * 1e-9 - 1e-280);
        expect(ticks.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('columns', () => {
  it('mean what their names say, if they hold numbers', () => {
    const names = ['send_seq', 'wait_ns', 'send_ns', 'process', 'bytes', 'n'];
    const one = table(names, [[1, 2, 3, 4, 5, 6]]);
    expect(names.map((_, i) => meaningOf(one, i))).toEqual(['event', 'length', 'moment', 'process', 'bytes', 'number']);
    expect(meaningOf(table(['seq'], [['x']]), 0)).toBe('text');
    expect(isNumeric(table(['seq'], [[null]]), 0)).toBe(false);
  });

  it('keep their order in the address, for columns of that name only', () => {
    const columns = [{ name: 'kind' }, { name: 'n: of all' }];
    for (const order of [
      { column: 0, down: false },
      { column: 1, down: true },
    ])
      expect(orderFrom(orderText(order, columns), columns)).toEqual(order);
    expect(orderFrom(orderText({ column: 1, down: true }, columns), [{ name: 'kind' }, { name: 'ns' }])).toBe(
      undefined,
    );
    for (const text of [undefined, '', '7+ kind', '0 kind', '0+kind', 'x'])
      expect(orderFrom(text, columns)).toBe(undefined);
  });

  it('are sorted by value, nothing last', () => {
    const rows: SqlCell[][] = [[10], [null], [9], [100]];
    expect(sorted(rows, 0, false)).toEqual([2, 0, 3, 1]);
    expect(sorted(rows, 0, true)).toEqual([3, 0, 2, 1]);
  });
});

describe('what is typed', () => {
  it('is SQL where it begins so', () => {
    expect(asSql('select 1')).toBe('select 1');
    expect(asSql('  WITH a as (select 1) select * from a')).toContain('WITH');
    expect(asSql('> describe events')).toBe('describe events');
    expect(asSql('sql: from marks')).toBe('from marks');
    for (const text of ['selection', 'select', 'Shop.Stock', 'with', '#100', '']) expect(asSql(text)).toBeUndefined();
  });
});
