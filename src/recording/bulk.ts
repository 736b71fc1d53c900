/**
 * Events in bulk, for whoever reads all or many of them: SQL and export. Columns as they lie in a block, no objects, payloads decoded only
 * when asked for. Everything else asks the questions of `query.ts`.
 */
import type { Term } from '../term/index.js';
import type { EventKind, FunctionId, ProcessId, Seq } from './model.js';
import type { Recording } from './query.js';

/** Which blocks may be skipped: only those come that have an event in the span, of one of the kinds, of one of the processes. */
export interface BlockFilter {
  /** Inclusive; 1 unless told. */
  from?: Seq;
  /** Inclusive; the end of the recording unless told. */
  to?: Seq;
  kinds?: readonly EventKind[];
  process?: ProcessId;
}

/**
 * Up to 65,536 consecutive events: event `firstSeq + row` for row 0 to `count - 1`. Columns are unpacked when first asked for. They may be
 * views of what the recording keeps: do not write to them.
 */
export interface EventBlock {
  readonly firstSeq: Seq;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  /** Events of a kind (its position in EVENT_KINDS). */
  kindCount(code: number): number;
  /** The rows of a process, ascending. */
  rows(process: ProcessId): Uint16Array;
  /** Positions in EVENT_KINDS. */
  kinds(): Uint8Array;
  flags(): Uint8Array;
  ns(): Float64Array;
  processes(): Uint32Array;
  /** 0 where an event has no peer, or belongs to no process. */
  peers(): Uint32Array;
  functions(): Uint32Array;
  /** Seq of the cause, 0 for none. */
  causes(): Float64Array;
  /** Bytes of the row's recorded terms. */
  bytes(row: number): number;
  terms(row: number): Term[];
}

/** A recording whose blocks lie on this machine. */
export interface BulkRecording extends Recording {
  /** In order. */
  blocks(filter?: BlockFilter): IterableIterator<EventBlock>;
  /** The block that holds an event. */
  blockAt(seq: Seq): EventBlock | undefined;
  /**
   * The calls and callbacks of a process that are under way after an event, outermost first: those of `stack`, without their values and
   * lines, so at the price of a few index look-ups, and callbacks also where their own call is recorded. At most `limit` of the innermost.
   */
  openCalls(process: ProcessId, after: Seq, limit: number): OpenCall[];
}

export interface OpenCall {
  readonly seq: Seq;
  readonly fn: FunctionId;
  /** A callback, seen from outside. */
  readonly callback: boolean;
}
