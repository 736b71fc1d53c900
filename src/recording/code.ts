/** Questions about the code that ran: stacks, variables, lines. Types; `Recording` answers them. */
import type { Term } from '../term/index.js';
import type { FunctionId, FunctionInfo, Gap, Moment, ProcessId, Seq, SourceInfo } from './model.js';

/** A function under way at a moment. */
export interface StackFrame {
  /** Its call, or the handle of a callback whose calls are not recorded. */
  seq: Seq;
  ns: number;
  fn: FunctionId;
  /** Undefined: recorded without values. */
  args: Term | undefined;
  /** The line that it had arrived at; undefined: lines are not recorded for it, or it has not reached its first. */
  line: number | undefined;
  /** Event of that line, 0 for none. */
  lineSeq: Seq;
}

export interface StackAnswer {
  /** Innermost first. Only what is recorded: functions of other modules may lie between two frames. */
  frames: StackFrame[];
  /** Further frames, outside of these. */
  more: number;
  /** Gaps since the outermost of these began: frames may be missing, or ended. */
  gaps: Gap[];
}

export interface RecordedVariable {
  name: string;
  value: Term;
  /** The event that recorded it. */
  seq: Seq;
  /** The line that bound it. */
  line: number;
}

export interface VariablesAnswer {
  frame: StackFrame;
  /** Newest value of each name, in the order in which they were bound first. */
  variables: RecordedVariable[];
  /** Why nothing more is known: at which depth the function is recorded. Undefined: all is known. */
  why: string | undefined;
  gaps: Gap[];
}

/** What is known of one line of a source. */
export interface LineExecutions {
  line: number;
  /** How often execution arrived there; a line that holds several expressions counts its first. */
  count: number;
}

/** What a process knew at each line when it was there last. */
export interface LineValues {
  line: number;
  /** Its last arrival there. */
  seq: Seq;
  ns: number;
  /** Variables that this line bound, and values of its expressions with their labels. */
  values: { label: string; expression: boolean; value: Term; seq: Seq }[];
}

/** A row of a table as far as recorded. */
export interface TableRow {
  key: Term;
  /** Undefined: known to be gone. */
  value: Term | undefined;
  /** The event that tells. */
  seq: Seq;
}

/** The part of `Recording` that knows functions from inside. */
export interface CodeQuestions {
  stack(process: ProcessId, at: Moment, limit?: number): StackAnswer;
  /** Of the innermost frame, or of the one whose call is `frame`. Undefined: no function is under way, as far as recorded. */
  variables(process: ProcessId, at: Moment, frame?: Seq): VariablesAnswer | undefined;
  /** Every module whose source is known. */
  sources(): SourceInfo[];
  /** Functions and points of a module, by line. */
  points(module: string, node?: number): FunctionInfo[];
  /** Executed lines of a module within a window (default: all of it). */
  lines(module: string, window?: { from?: Moment; to?: Moment; process?: ProcessId }): LineExecutions[];
  /** Values beside the lines of a module at a moment, as one process saw them. */
  lineValues(module: string, process: ProcessId, at: Moment): LineValues[];
  /** The next (1) or previous (-1) execution of a line, by one process or any. */
  nextLine(query: {
    module: string;
    line: number;
    from: Moment;
    direction: 1 | -1;
    process?: ProcessId;
  }): Seq | undefined;
  /** What is known of a table's rows at a moment, at most `limit`. `table`: a name, or a reference as printed. */
  tableRows(table: string, at: Moment, limit?: number): { rows: TableRow[]; complete: boolean; gaps: Gap[] };
}
