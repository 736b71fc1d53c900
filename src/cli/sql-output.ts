/** Rows of SQL as text: a table for people, JSON (an array of objects), or CSV. */
import type { SqlColumn, SqlValue } from '../sql/index.js';
import { fit, table } from './table.js';

export type SqlStyle = 'table' | 'json' | 'csv';

interface SqlWriter {
  rows(rows: readonly SqlValue[][]): Iterable<string>;
  end(): string;
}

/** A table is laid out by its first rows; more come in parts of so many, so that no answer is too large to print. */
const TABLE_ROWS = 10_000;
/** Of one value in a table. */
const WIDEST = 80;
const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL.*)$/;

export function sqlWriter(columns: readonly SqlColumn[], style: SqlStyle): SqlWriter {
  if (style === 'json') return jsonWriter(columns);
  if (style === 'csv') return csvWriter(columns);
  return tableWriter(columns);
}

function tableWriter(columns: readonly SqlColumn[]): SqlWriter {
  let waiting: string[][] = [];
  let all = 0;
  const heads = columns.map(({ name, type }) => ({ title: name, right: NUMBERS.test(type) }));
  const print = (): string => {
    const text = table(heads, waiting);
    waiting = [];
    return `${text}\n`;
  };
  return {
    *rows(rows) {
      for (const row of rows) {
        waiting.push(row.map((value) => fit(cell(value), WIDEST)));
        all++;
        if (waiting.length === TABLE_ROWS) yield print();
      }
    },
    end: () => `${waiting.length > 0 || all === 0 ? print() : ''}(${all} ${all === 1 ? 'row' : 'rows'})\n`,
  };
}

// What a recorded program wrote must not move the cursor.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
const cell = (value: SqlValue): string =>
  value === null ? '' : (typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll(CONTROL, '·');

function jsonWriter(columns: readonly SqlColumn[]): SqlWriter {
  let first = true;
  return {
    *rows(rows) {
      for (const row of rows) {
        const object = Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null]));
        yield `${first ? '[' : ','}\n  ${JSON.stringify(object)}`;
        first = false;
      }
    },
    end: () => (first ? '[]\n' : '\n]\n'),
  };
}

function csvWriter(columns: readonly SqlColumn[]): SqlWriter {
  let head = `${columns.map(({ name }) => quoted(name)).join(',')}\n`;
  const taken = (): string => {
    const text = head;
    head = '';
    return text;
  };
  return {
    *rows(rows) {
      for (const row of rows)
        yield `${taken()}${row.map((value) => (value === null ? '' : quoted(typeof value === 'object' ? JSON.stringify(value) : String(value)))).join(',')}\n`;
    },
    end: taken,
  };
}

/** RFC 4180; an empty text is quoted, so that it differs from NULL. */
const quoted = (text: string): string =>
  text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
