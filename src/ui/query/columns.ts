/** What the columns of an answer mean, by their names and values: where a cell leads to, and how it is written. */
import type { SqlCell, SqlTableView } from '../../server/index.js';
import { bytes, duration, momentText } from '../model/time.js';

/** `event`: a number of an event. `moment`: ns since the start. `length`: a length of time in ns. `process`: a number of a process. */
export type Meaning = 'event' | 'moment' | 'length' | 'process' | 'bytes' | 'number' | 'text';

const LENGTHS = /^(?:duration|self|latency|wait|lasts?|took|span|total|sum|avg|mean|median|max|min)\w*_ns$/;

export function meaningOf(table: Pick<SqlTableView, 'columns' | 'rows'>, column: number): Meaning {
  const name = table.columns[column]?.name.toLowerCase() ?? '';
  if (!isNumeric(table, column)) return 'text';
  if (/(?:^|_)seq$/.test(name)) return 'event';
  if (LENGTHS.test(name)) return 'length';
  if (/(?:^|_)ns$/.test(name)) return 'moment';
  if (/^(?:process|parent|peer|sender|receiver)$/.test(name)) return 'process';
  if (/(?:^|_)bytes$/.test(name)) return 'bytes';
  return 'number';
}

/** All of its cells that hold anything hold numbers, and one does. */
export function isNumeric({ rows }: Pick<SqlTableView, 'rows'>, column: number): boolean {
  let seen = false;
  for (const row of rows) {
    const cell = row[column];
    if (cell === null || cell === undefined) continue;
    if (typeof cell !== 'number') return false;
    seen = true;
  }
  return seen;
}

export function cellText(cell: SqlCell | undefined, meaning: Meaning): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'number') return String(cell);
  if (meaning === 'moment') return momentText(cell);
  if (meaning === 'length') return duration(cell);
  if (meaning === 'event') return `#${String(cell)}`;
  return String(cell);
}

/** Of an axis: short. */
export function axisText(value: number, meaning: Meaning): string {
  if (meaning === 'moment' || meaning === 'length') return duration(value);
  if (meaning === 'bytes') return bytes(value);
  const size = Math.abs(value);
  if (size >= 1e9) return `${String(Number((value / 1e9).toPrecision(3)))}G`;
  if (size >= 1e6) return `${String(Number((value / 1e6).toPrecision(3)))}M`;
  if (size >= 1e4) return `${String(Number((value / 1e3).toPrecision(3)))}k`;
  return String(Number(value.toPrecision(4)));
}

const UNITS: Record<Meaning, string> = {
  event: 'number of the event',
  moment: 'since the start',
  length: 'time',
  process: 'number of the process',
  bytes: 'bytes',
  number: '',
  text: '',
};
export function axisLabel(name: string, meaning: Meaning): string {
  const unit = /(?:^|_)ms$/.test(name) ? 'ms' : UNITS[meaning];
  return unit === '' || unit === name ? name : `${name} (${unit})`;
}

/** By which column rows are put in order. */
export interface Order {
  column: number;
  down: boolean;
}

/** `2- total`: as it stands in the address. The name is part of it, so that it does not hold for what other questions give. */
export const orderText = ({ column, down }: Order, columns: readonly { name: string }[]): string =>
  `${String(column)}${down ? '-' : '+'} ${columns[column]?.name ?? ''}`;

/** Undefined: none, or not one of these columns. */
export function orderFrom(text: string | undefined, columns: readonly { name: string }[]): Order | undefined {
  const [, column, way, name] = /^(\d{1,4})([+-]) (.*)$/s.exec(text ?? '') ?? [];
  if (column === undefined || columns[Number(column)]?.name !== name) return undefined;
  return { column: Number(column), down: way === '-' };
}

/** Rows in the order of a column; nothing stands last. */
export function sorted(rows: readonly SqlCell[][], column: number, down: boolean): number[] {
  const order = rows.map((_, i) => i);
  const empty = (cell: SqlCell | undefined): boolean => cell === null || cell === undefined;
  order.sort((i, j) => {
    const a = rows[i]![column];
    const b = rows[j]![column];
    if (empty(a) || empty(b)) return Number(empty(a)) - Number(empty(b)) || i - j;
    const less =
      typeof a === 'number' && typeof b === 'number'
        ? a - b
        : String(a) < String(b)
          ? -1
          : String(a) > String(b)
            ? 1
            : 0;
    return (down ? -less : less) || i - j;
  });
  return order;
}
