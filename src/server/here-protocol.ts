/** The part of the protocol that speaks of one moment as a whole: all that the panels show of it in one answer, so that none waits for another. */
import type { CodeView, LineValuesView } from './code-protocol.js';
import type { ChangesResult } from './process-protocol.js';
import type { At, EventDetail, EventsResult, EventView, MomentView, ProcessNumber, ProcessPanel, SeqNumber } from './protocol.js'; // prettier-ignore

export interface HereQuery {
  /** Where one stands. */
  at: At;
  /** 0: none; the events are then those of all. */
  process: ProcessNumber;
  /** What the state is compared with; else the one before its last change. */
  base?: At;
  /** The chosen frame of the stack; else the innermost. */
  frame?: SeqNumber;
  /** Events on each side of the moment. */
  each: number;
  /** Changes of the state on each side of the one in force. */
  changes: number;
  /** First goes to the next (1) or previous (-1) event of the process; `changed`: that changed a state. */
  step?: { direction: 1 | -1; kinds?: string[]; changed?: true };
  /** The event that was stepped to is told in full. */
  detail?: true;
  /** Lines of a source whose values are told; `follow`: of the module of the frame rather, around its line, where its source is known. */
  lines?: { module: string; from: number; to: number; follow: boolean };
}

/** What stands beside the lines of a source, from line `from` to `to`. */
export interface HereLines {
  module: string;
  process: ProcessNumber;
  /** The event after which these are the values. */
  seq: SeqNumber;
  from: number;
  to: number;
  lines: LineValuesView[];
}

export interface HereView {
  at: MomentView;
  panel: ProcessPanel | undefined;
  events: EventsResult;
  code: CodeView | undefined;
  changes: ChangesResult | undefined;
  lines: HereLines | undefined;
  detail: EventDetail | undefined;
}
export interface HereResult {
  /** The event that was stepped to. */
  stepped: EventView | undefined;
  /** Undefined: there is no such event to step to. */
  view: HereView | undefined;
}

export interface HereMethods {
  here: { params: HereQuery; result: HereResult };
}
