/** The part of the protocol that speaks of an area: the totals of a part of time and lanes. Types only, as all of the protocol. */
import type { EventView, GapView, ProcessNumber, SeqNumber } from './protocol.js';

export type AreaPart = 'functions' | 'messages' | 'flame' | 'processes' | 'errors';

/** By which column rows are sorted, the largest first. Those that a part does not have mean its first. */
export type AreaSort =
  | 'own'
  | 'total'
  | 'calls'
  | 'longest'
  | 'count'
  | 'bytes'
  | 'median'
  | 'max'
  | 'running'
  | 'events'
  | 'sent'
  | 'received';

/**
 * A function in the area. Times are of the part that lies inside of the area. At each instant the innermost call under way in a process has
 * the own time, and every function that is under way has the total time, once, however often it calls itself.
 */
export interface AreaFunction {
  fn: number;
  /** `Shop.Stock.reserve/2`. */
  text: string;
  /** As the node knows it, for its source; '' where there is none. */
  module: string;
  line: number;
  /** Begun in the area. */
  calls: number;
  /** Under way when the area began. */
  before: number;
  raised: number;
  ownNs: number;
  totalNs: number;
  /** The longest of them, within the area. */
  longest: { seq: SeqNumber; ns: number };
}

/** Messages that were sent in the area from one process to another. */
export interface AreaPair {
  /** 0: unknown. */
  from: ProcessNumber;
  to: ProcessNumber;
  count: number;
  bytes: number;
  /** From sending to arriving, in the middle; -1: none is known. */
  arriveNs: number;
  /** From sending (from arriving, where sending is not recorded) to the callback that handles it, in the middle and the longest. */
  handleNs: number;
  /** The longest of these, or of the arrivals where no callbacks are recorded; and the message. */
  slowest: { seq: SeqNumber; ns: number };
}

export interface AreaProcess {
  process: ProcessNumber;
  /** In a recorded call or callback. */
  busyNs: number;
  /** On a scheduler; -1: not recorded. */
  runningNs: number;
  events: number;
  sent: number;
  received: number;
}

/** Stacks of the area put together: one node for each way of calls, from the outermost in. */
export interface AreaFlame {
  /** Functions by number, as nodes name them. */
  names: Record<number, string>;
  /** Columns of the nodes; a node stands after the one that it lies in. Node 0 is all together (or the chosen one). */
  fn: number[];
  parent: number[];
  ownNs: number[];
  totalNs: number[];
  calls: number[];
  /** Nodes too small to be sent. */
  left: number;
}

export interface AreaAnswer {
  /** How much has been looked at, 0 to 1. */
  share: number;
  done: boolean;
  /** Up to here, of what the area asks for. */
  toNs: number;
  events: number;
  messages: number;
  calls: number;
  /** With an event in the area, or in a call all the time. */
  processes: number;
  born: number;
  ended: number;
  errors: number;
  /** Of all processes together. */
  busyNs: number;
  gaps: GapView[];
  gapsMore: number;
  /** Whether it is known when processes ran. */
  scheduled: boolean;
  /** Rows there are; the part holds the first of them. */
  total: number;
  part:
    | { part: 'functions'; rows: AreaFunction[] }
    /** `others`: messages between pairs that were too many to tell apart. */
    | { part: 'messages'; rows: AreaPair[]; others: number }
    | { part: 'flame'; flame: AreaFlame | undefined }
    | { part: 'processes'; rows: AreaProcess[] }
    | { part: 'errors'; rows: EventView[] };
}

export interface AreaMethods {
  /**
   * Totals of a part of the recording. Looks on for a while at each question; ask again until `done`. What was looked at is kept for the
   * few areas asked for last.
   */
  area: {
    params: {
      fromNs: number;
      toNs: number;
      /** Undefined: all. */
      processes?: ProcessNumber[];
      part: AreaPart;
      sort?: AreaSort;
      /** Functions from the outermost in: the flame graph of what lies in them. */
      path?: number[];
      limit?: number;
    };
    result: AreaAnswer;
  };
}
