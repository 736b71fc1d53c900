/** The part of the protocol that speaks SQL: one question at a time for each browser, answered in bounds. */

/** What a cell holds; what is nested comes as JSON text, integers beyond 2^53 as text. */
export type SqlCell = string | number | boolean | null;

export interface SqlTableView {
  columns: { name: string; type: string }[];
  rows: SqlCell[][];
  /** Why these are not all rows. */
  more: 'rows' | 'bytes' | 'time' | 'stopped' | undefined;
  /** Cells whose text was shortened. */
  cut: number;
  tookMs: number;
}
export interface SqlProblem {
  why: 'sql' | 'missing' | 'time' | 'cancelled' | 'unavailable';
  message: string;
  /** Where in the text, from 1; undefined: not known. */
  line: number | undefined;
  column: number | undefined;
}
export interface SqlSchema {
  tables: { name: string; columns: { name: string; type: string }[] }[];
}

/** How far a question has come. */
export interface SqlProgressView {
  running: boolean;
  phase: 'opening' | 'working' | 'reading';
  /** Of the answer, so far. */
  rows: number;
  /** Rows of the tables that were read for it, and how many there are, where that is known. */
  read: number;
  readOf: number | undefined;
  ms: number;
  /** The first rows of the answer, from the `have`th on, while more are looked for. */
  first: { columns: SqlTableView['columns']; rows: SqlCell[][] } | undefined;
}

export interface SqlMethods {
  /**
   * `rows`: at most so many; `seconds`: how long it may take. Another one of the same browser takes its place. Where the time is up, or somebody
   * stops it, the rows found until then are the answer, if there are any.
   */
  sql: {
    params: { text: string; rows?: number; seconds?: number };
    result: { table: SqlTableView } | { problem: SqlProblem };
  };
  /** `have`: first rows that the browser has already. */
  sqlProgress: { params: { have?: number }; result: SqlProgressView };
  sqlCancel: { params: Record<string, never>; result: { cancelled: boolean } };
  sqlTables: { params: Record<string, never>; result: SqlSchema | { problem: SqlProblem } };
}
