/** A table as SQL sees it: columns, and a scan that puts rows into those that a question needs. */
import type { BulkRecording, EventBlock, EventKind, ProcessId, Seq } from '../recording/index.js';
import { CHUNK_ROWS, type Column, type ColumnType, type Value } from './columns.js';
import type { Names } from './labels.js';

/** What a table is made from. */
export interface Source {
  recording: BulkRecording;
  names: Names;
}

/** What `events(since => …, until => …, process => …)` asks for. */
export interface Filter {
  from?: Seq;
  to?: Seq;
  process?: ProcessId;
}
export type Parameter = 'since' | 'until' | 'process';

export interface TableColumn {
  name: string;
  type: ColumnType;
}

export interface Table {
  name: string;
  columns: readonly TableColumn[];
  parameters: readonly Parameter[];
  /** How many rows there are without a filter, where that is known beforehand. */
  rows: number | undefined;
  /** `columns`: one for each of the table's, undefined where it is not needed. */
  scan(filter: Filter, columns: readonly (Column | undefined)[]): Scan;
}

export interface Scan {
  /** Fills the next rows, at most CHUNK_ROWS, and says how many; 0: that was all. */
  next(): number;
}

export interface RowColumn<R> extends TableColumn {
  get: (row: R) => Value;
}

/** A table of things that are met one after the other. */
export function rowTable<R>(
  name: string,
  columns: readonly RowColumn<R>[],
  parameters: readonly Parameter[],
  rows: (filter: Filter) => Iterable<R>,
): Table {
  return {
    name,
    columns,
    parameters,
    rows: undefined,
    scan(filter, targets) {
      const wanted = columns.flatMap(({ get }, i) => (targets[i] ? [{ get, target: targets[i] }] : []));
      const iterator = rows(filter)[Symbol.iterator]();
      return {
        next: () => {
          for (let at = 0; at < CHUNK_ROWS; at++) {
            const { value, done } = iterator.next();
            if (done) return at;
            for (const { get, target } of wanted) target.set(at, get(value));
          }
          return CHUNK_ROWS;
        },
      };
    },
  };
}

/** A column of events: taken over as a whole (`all`), or made for each row. */
export type EventColumn = TableColumn &
  ({ all: (block: EventBlock) => ArrayLike<number> } | { get: (block: EventBlock, row: number) => Value });

/** A table of the events of some kinds (of all, where absent), as they lie in the blocks. */
export function eventTable(
  { recording }: Source,
  name: string,
  columns: readonly EventColumn[],
  kind: EventKind | undefined,
  code: number,
): Table {
  const info = recording.info();
  return {
    name,
    columns,
    parameters: ['since', 'until', 'process'],
    rows: kind === undefined ? info.events : (info.kinds[kind] ?? 0),
    scan(filter, targets) {
      const whole = columns.flatMap((column, i) =>
        targets[i] && 'all' in column ? [{ column, target: targets[i] }] : [],
      );
      const single = columns.flatMap((column, i) =>
        targets[i] && 'get' in column ? [{ column, target: targets[i] }] : [],
      );
      const parts = selections(recording, filter, kind, code);
      let part: Selection | undefined;
      let at = 0;
      return {
        next: () => {
          while (part === undefined || at >= part.count) {
            const { value, done } = parts.next();
            if (done) return 0;
            part = value;
            at = 0;
          }
          const { block, rows, first } = part;
          const count = Math.min(CHUNK_ROWS, part.count - at);
          for (const { column, target } of whole) target.gather(column.all(block), rows, first + at, count);
          if (single.length > 0) {
            for (let i = 0; i < count; i++) {
              const row = rows === undefined ? first + at + i : rows[at + i]!;
              for (const { column, target } of single) target.set(i, column.get(block, row));
            }
          }
          at += count;
          return count;
        },
      };
    },
  };
}

/** Rows of a block: `rows`, or `count` from `first` on where that is absent. */
interface Selection {
  block: EventBlock;
  rows: ArrayLike<number> | undefined;
  first: number;
  count: number;
}

function* selections(
  recording: BulkRecording,
  { from: wanted = 1, to = Infinity, process }: Filter,
  kind: EventKind | undefined,
  code: number,
): IterableIterator<Selection> {
  // What only stands at the beginning of a window did not happen in it.
  const from = Math.max(wanted, recording.start().seq + 1);
  const filter = {
    from,
    to,
    ...(process === undefined ? {} : { process }),
    ...(kind === undefined ? {} : { kinds: [kind] }),
  };
  for (const block of recording.blocks(filter)) {
    const first = Math.max(0, from - block.firstSeq);
    const last = Math.min(block.count - 1, to - block.firstSeq);
    if (kind === undefined && process === undefined) {
      yield { block, rows: undefined, first, count: last - first + 1 };
      continue;
    }
    const kinds = kind === undefined ? undefined : block.kinds();
    const rows: number[] = [];
    const consider = (row: number): void => {
      if (row >= first && row <= last && (kinds === undefined || kinds[row] === code)) rows.push(row);
    };
    if (process === undefined) for (let row = first; row <= last; row++) consider(row);
    else block.rows(process).forEach(consider);
    if (rows.length > 0) yield { block, rows, first: 0, count: rows.length };
  }
}
