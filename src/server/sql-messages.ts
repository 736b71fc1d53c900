/** What the server and its SQL process say to each other. */
import type { SqlProblem, SqlSchema, SqlTableView } from './sql-protocol.js';

export type ToSql =
  | { kind: 'open'; path: string }
  | { kind: 'ask'; id: number; text: string; rows: number }
  | { kind: 'tables'; id: number }
  | { kind: 'interrupt' };

export type FromSql =
  | { kind: 'table'; id: number; table: SqlTableView }
  | { kind: 'schema'; id: number; schema: SqlSchema }
  | { kind: 'problem'; id: number; problem: SqlProblem }
  | { kind: 'progress'; phase: 'opening' | 'working' | 'reading'; rows: number };
