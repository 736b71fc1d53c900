/** What the lanes of the timeline ask: a part of `protocol.ts`. */

export type FigureName = 'events' | 'messages' | 'running' | 'memory' | 'mailbox';

export interface LaneMethods {
  /**
   * By what lanes are sorted, of the whole recording: how many events, messages sent and received, nanoseconds in callbacks and calls (scheduled
   * in, where that is recorded), most bytes, longest mailbox. Processes without a row: nothing is known, or it is 0. Long recordings are
   * looked at in turns: the same question again goes on where the last answer stopped; there are no rows until it is `complete`.
   */
  figures: {
    params: { figure: FigureName };
    meta: { complete: boolean; /** Looked up to here. */ seq: number; of: number };
    columns: { process: Uint32Array; value: Float64Array };
  };
  /**
   * In which share of each bin a process ran, and in which it waited for an answer, 0 to 255: scheduled in, where that is recorded, else
   * inside of a callback or call. The rest: idle, or not alive. Long windows are looked at in turns, as in `figures`; bins of answers that are
   * not complete tell of what lies before `doneNs`. `roughly`: only some blocks of events are looked at, spread evenly over the window, and
   * what lies between is taken to be as in the nearest: for windows over tens of millions of events.
   */
  activity: {
    params: { fromNs: number; toNs: number; bins: number; processes: number[]; roughly?: boolean };
    meta: { fromNs: number; binNs: number; bins: number; processes: number[]; complete: boolean; doneNs: number };
    columns: { running: Uint8Array; waiting: Uint8Array };
  };
  /** What looks at a node showed, in order. */
  nodeMemory: {
    params: { fromNs: number; toNs: number; node: number; limit: number };
    meta: { complete: boolean };
    columns: { ns: Float64Array; bytes: Float64Array; queue: Float64Array; processes: Float64Array };
  };
}
