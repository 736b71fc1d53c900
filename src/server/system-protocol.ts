/** What the constellation asks: a part of `protocol.ts`. */
import type { At, MomentView } from './protocol.js';

export interface SystemMethods {
  /**
   * What every process did in a window, and who wrote to whom. Long windows are looked at in turns: the same question again goes on where the
   * last answer stopped, until `complete`. Until then the numbers are those of `looked` of `total` equal parts, spread evenly.
   */
  systemWindow: {
    params: { fromNs: number; toNs: number };
    meta: {
      fromNs: number;
      toNs: number;
      looked: number;
      total: number;
      complete: boolean;
      /** What `runningNs` counts: being scheduled in, or callbacks and calls (waiting inside of them included). */
      running: 'scheduled' | 'callbacks';
      /** Processes that did something and are not among the rows. */
      rowsLeftOut: number;
      /** All pairs and their messages; `from`, `to`, `count` hold the strongest. */
      pairs: number;
      messages: number;
      /** More pairs than could be told apart. */
      pairsCut: boolean;
    };
    columns: {
      process: Uint32Array;
      /** Sent and received. */
      messages: Float64Array;
      errors: Float64Array;
      runningNs: Float64Array;
      /** Between the first and the last look at it; -1: not known. */
      reductions: Float64Array;
      /** Pairs, the strongest first. */
      from: Uint32Array;
      to: Uint32Array;
      count: Float64Array;
    };
  };
  /** What is known of the processes at a moment. Those without a row: nothing. */
  systemMoment: {
    params: { at: At };
    meta: {
      at: MomentView;
      /** What `memory` is: of the process as looked at, or the size of its recorded state. */
      memory: 'process' | 'state';
      /** Looked back to the beginning; else only so far that an answer comes soon. */
      complete: boolean;
    };
    columns: {
      process: Uint32Array;
      /** Bytes; -1: not known. */
      memory: Float64Array;
      /** Messages waiting; -1: not known. */
      mailbox: Float64Array;
    };
  };
  /** Messages sent in a window, at most `limit`, taken evenly. */
  systemFlights: {
    params: { fromNs: number; toNs: number; limit: number };
    meta: { total: number; complete: boolean };
    columns: {
      from: Uint32Array;
      to: Uint32Array;
      sendNs: Float64Array;
      /** -1: not recorded, or much later. */
      arriveNs: Float64Array;
    };
  };
  /** Processes that were ever linked, other than to who started them: after event `seq`, in at most `most` stretches of the recording. */
  systemLinks: {
    params: { seq: number; most: number };
    meta: { seq: number; looked: number; done: boolean };
    columns: { from: Uint32Array; to: Uint32Array };
  };
}
