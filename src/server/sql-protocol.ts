/** The part of the protocol that speaks SQL: one question at a time for each browser, answered in bounds. */

/** What a cell holds; what is nested comes as JSON text, integers beyond 2^53 as text. */
export type SqlCell = string | number | boolean | null;

export interface SqlTableView {
  columns: { name: string; type: string }[];
  rows: SqlCell[][];
  /** Why these are not all rows. */
  more: 'rows' | 'bytes' | undefined;
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

export interface SqlMethods {
  /** `rows`: at most so many; `seconds`: how long it may take. Another one of the same browser takes its place. */
  sql: {
    params: { text: string; rows?: number; seconds?: number };
    result: { table: SqlTableView } | { problem: SqlProblem };
  };
  sqlProgress: {
    params: Record<string, never>;
    result: { running: boolean; phase: 'opening' | 'working' | 'reading'; rows: number; ms: number };
  };
  sqlCancel: { params: Record<string, never>; result: { cancelled: boolean } };
  sqlTables: { params: Record<string, never>; result: SqlSchema | { problem: SqlProblem } };
}
