/** From an answer to a chart: which kind suits its columns, what stands on which axis, and where the points lie. */
import type { SqlTableView } from '../../server/index.js';
import type { ChartKind } from '../state/view-state.js';
import { isNumeric, meaningOf, type Meaning } from './columns.js';

/** More bars cannot be told apart, more points cannot be hit. */
export const MAX_BARS = 40;
export const MAX_POINTS = 2_000;
const MAX_SERIES = 4;

export interface Axis {
  name: string;
  meaning: Meaning;
  from: number;
  to: number;
  ticks: number[];
}
export interface Point {
  row: number;
  /** Of a bar: its place in the order. */
  x: number;
  y: number;
}
export interface Chart {
  kind: 'bar' | 'line' | 'scatter';
  x: Axis;
  y: Axis;
  /** Of bars: their names. */
  labels: string[];
  series: { name: string; points: Point[] }[];
  /** Rows that are not drawn. */
  left: number;
}

/** Undefined: there is nothing to draw, as no column holds numbers. */
export function chartOf(table: SqlTableView, wanted: ChartKind): Chart | undefined {
  if (wanted === 'none' || table.rows.length === 0) return undefined;
  const numeric = table.columns.flatMap((_, i) => (isNumeric(table, i) ? [i] : []));
  if (numeric.length === 0) return undefined;
  // Numbers of events and processes name things: they are drawn where there is nothing else.
  const amounts = numeric.filter((i) => !['event', 'process', 'moment'].includes(meaningOf(table, i)));
  const times = numeric.filter((i) => ['moment', 'event'].includes(meaningOf(table, i)));
  const text = table.columns.findIndex((_, i) => !numeric.includes(i));
  const x =
    wanted === 'bar' || (wanted === 'auto' && text >= 0 && times.length === 0 && amounts.length > 0)
      ? bar(text, numeric)
      : along(numeric, times, amounts);
  const ys = (amounts.length > 0 ? amounts : numeric).filter((i) => i !== x).slice(0, MAX_SERIES);
  if (ys.length === 0) ys.push(numeric.find((i) => i !== x) ?? numeric[0]!);
  const kind = wanted !== 'auto' ? wanted : x === text && text >= 0 ? 'bar' : rising(table, x) ? 'line' : 'scatter';
  return kind === 'bar' ? bars(table, x, ys) : points(table, kind, x, ys);
}

const bar = (text: number, numeric: readonly number[]): number =>
  text >= 0 ? text : numeric.length > 1 ? numeric[0]! : -1;

/** What the others are drawn along: a time, else the first number; -1: the number of the row. */
function along(numeric: readonly number[], times: readonly number[], amounts: readonly number[]): number {
  const [time] = times;
  if (time !== undefined && numeric.length > 1) return time;
  return amounts.length > 1 ? amounts[0]! : numeric.length > 1 ? numeric[0]! : -1;
}

function rising({ rows }: SqlTableView, column: number): boolean {
  let last = -Infinity;
  for (const [i, row] of rows.entries()) {
    const value = column < 0 ? i : row[column];
    if (typeof value !== 'number') continue;
    if (value < last) return false;
    last = value;
  }
  return true;
}

function bars(table: SqlTableView, x: number, ys: readonly number[]): Chart {
  const rows = table.rows.slice(0, MAX_BARS);
  const series = ys.map((y) => ({
    name: table.columns[y]!.name,
    points: rows.flatMap((row, i) => (typeof row[y] === 'number' ? [{ row: i, x: i, y: row[y] }] : [])),
  }));
  return {
    kind: 'bar',
    x: { name: table.columns[x]?.name ?? 'row', meaning: 'text', from: 0, to: rows.length, ticks: [] },
    y: axis(table, ys, series, true),
    labels: rows.map((row, i) => (x < 0 ? String(i + 1) : String(row[x] ?? ''))),
    series,
    left: table.rows.length - rows.length,
  };
}

function points(table: SqlTableView, kind: 'line' | 'scatter', x: number, ys: readonly number[]): Chart {
  // Taken evenly: the shape stays.
  const step = Math.max(1, Math.ceil(table.rows.length / MAX_POINTS));
  const at = (row: number): unknown => (x < 0 ? row + 1 : table.rows[row]![x]);
  const series = ys.map((y) => {
    const found: Point[] = [];
    for (let row = 0; row < table.rows.length; row += step) {
      const [px, py] = [at(row), table.rows[row]![y]];
      if (typeof px === 'number' && typeof py === 'number') found.push({ row, x: px, y: py });
    }
    if (kind === 'line') found.sort((a, b) => a.x - b.x);
    return { name: table.columns[y]!.name, points: found };
  });
  const all = series.flatMap((each) => each.points.map((point) => point.x));
  const meaning = x < 0 ? 'number' : meaningOf(table, x);
  return {
    kind,
    x: { name: x < 0 ? 'row' : table.columns[x]!.name, meaning, ...range(all, false) },
    y: axis(table, ys, series, kind === 'line' && series.length === 1 ? undefined : false),
    labels: [],
    series,
    left: step === 1 ? 0 : table.rows.length - Math.ceil(table.rows.length / step),
  };
}

function axis(table: SqlTableView, ys: readonly number[], series: Chart['series'], zero: boolean | undefined): Axis {
  const values = series.flatMap((each) => each.points.map((point) => point.y));
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  // From zero on, unless all lie far above it.
  const fromZero = zero ?? (least >= 0 && least < most * 0.6);
  const [first] = ys;
  return {
    name: ys.length === 1 ? table.columns[first!]!.name : '',
    meaning: meaningOf(table, first!),
    ...range(values, fromZero || (zero === false && least >= 0 && least < most * 0.6)),
  };
}

/** A round range around the values, with ticks of 1, 2 or 5 times a power of ten. */
export function range(values: readonly number[], zero: boolean): Pick<Axis, 'from' | 'to' | 'ticks'> {
  let least = values.reduce((a, b) => Math.min(a, b), zero ? 0 : Infinity);
  let most = values.reduce((a, b) => Math.max(a, b), zero ? 0 : -Infinity);
  if (!Number.isFinite(least) || !Number.isFinite(most)) [least, most] = [0, 1];
  // What lies closer together than numbers can tell apart, or nearer to zero than they can be divided, is one value.
  const size = Math.max(Math.abs(least), Math.abs(most));
  if (size < 1e-290) [least, most] = [0, 1];
  else if (most - least < size * 1e-12) [least, most] = [Math.min(0, least), Math.max(0, most)];
  const raw = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10);
  const from = Math.floor(least / step) * step;
  const to = Math.ceil(most / step) * step;
  const ticks: number[] = [];
  for (let i = 0; from + i * step <= to + step / 2 && i < 20; i++)
    ticks.push(Number((from + i * step).toPrecision(12)));
  return { from, to, ticks };
}
