/** What the server and its SQL process say to each other. */
import type { SqlCell, SqlProblem, SqlSchema, SqlTableView } from './sql-protocol.js';

export type ToSql =
  /** `folder`: its temporary one, which it takes away should the server be gone first. */
  | { kind: 'open'; path: string; folder: string }
  | { kind: 'ask'; id: number; text: string; rows: number }
  | { kind: 'tables'; id: number }
  /** Of what was asked: nobody waits for it any more. */
  | { kind: 'interrupt'; id: number };

export type FromSql =
  /** Rows come before it, one message of `rows` after the other. */
  | { kind: 'end'; id: number; more: SqlTableView['more']; cut: number; tookMs: number }
  | { kind: 'rows'; id: number; columns: SqlTableView['columns']; rows: SqlCell[][]; cut: number }
  | { kind: 'schema'; id: number; schema: SqlSchema }
  | { kind: 'problem'; id: number; problem: SqlProblem }
  | {
      kind: 'progress';
      id: number;
      phase: 'opening' | 'working' | 'reading';
      read: number;
      readOf: number | undefined;
    };
