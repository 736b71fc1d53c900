/** The part of the protocol about two executions side by side. */
import type { EventView, ProcessNumber, SeqNumber, TreeNode } from './protocol.js';

/** The history of a process in one of the recordings. */
export interface CompareSide {
  /** 0: the recording itself; 1: the one it was opened with. */
  recording: number;
  process: ProcessNumber;
  /** Its events after this one; 0: all. */
  fromSeq: SeqNumber;
}

/** A part of a value that differs. Undefined on one side: was not there. Pids stand as what they run, times without their number. */
export interface DifferenceView {
  where: string;
  left: string | undefined;
  right: string | undefined;
}

/** A process of both recordings, and where its histories first differ. 0: there is none on that side. */
export interface PairView {
  left: ProcessNumber;
  right: ProcessNumber;
  role: string;
  /** Events that are the same, from the beginning on. */
  same: number;
  /**
   * `value`: the same event with another value; `order`: both do both, the other way round; `left`, `right`: only there; `other`: something
   * else altogether; `missing`: the process is only in one of them.
   */
  kind: 'value' | 'order' | 'left' | 'right' | 'other' | 'missing';
  leftSeq: SeqNumber;
  rightSeq: SeqNumber;
  /** Since the program's first process was there; the earlier of both. */
  afterNs: number;
  /** It differs inside of a recorded function, or no calls are recorded at all. */
  own: boolean;
}
export interface PairWithEvents extends PairView {
  row: CompareRowView;
}

export interface ComparePairsResult {
  total: number;
  compared: number;
  /** Events of this recording that were compared so far. */
  events: number;
  /** Of those compared, how many do not differ. */
  same: number;
  done: boolean;
  /** The difference that no other one led to, inside of recorded functions if there is one there, as far as compared; undefined: none. */
  first: PairWithEvents | undefined;
  /** The same, where `first` is only another order of the same things. */
  firstOther: PairWithEvents | undefined;
  /** Those inside of recorded functions first, each the earliest first. */
  differing: PairView[];
  /** How many there are; `differing` holds the first ones. */
  differingTotal: number;
}

/** One row in words. */
export interface CompareRowView {
  left: EventView | undefined;
  right: EventView | undefined;
  /** The other process of the event, where it has one. */
  leftPeer: string | undefined;
  rightPeer: string | undefined;
  differences: DifferenceView[];
}

/** The states of both processes at a moment of each. */
export interface CompareStatesResult {
  left: StateSide | undefined;
  right: StateSide | undefined;
  differences: DifferenceView[];
  more: number;
}
export interface StateSide {
  seq: SeqNumber;
  ns: number;
  /** Marked where the other side's differs. */
  tree: TreeNode;
}

export interface CompareMethods {
  /** Compares all processes of the two recordings, a stretch of them with each call; ask again until done. */
  comparePairs: { params: Record<string, never>; result: ComparePairsResult };
  /** The process of a recording that plays the role of one of another. 0: none. */
  compareMatch: {
    params: { from: { recording: number; process: ProcessNumber }; recording: number };
    result: { process: ProcessNumber };
  };
  compareRows: {
    params: { left: CompareSide; right: CompareSide; rows: (readonly [left: SeqNumber, right: SeqNumber])[] };
    result: { rows: CompareRowView[] };
  };
  compareStates: {
    params: { left: CompareSide; right: CompareSide; leftSeq: SeqNumber; rightSeq: SeqNumber };
    result: CompareStatesResult;
  };
}

export interface CompareColumns {
  /** The next rows of an alignment, after an event of each side. */
  compareAlign: {
    params: { left: CompareSide; right: CompareSide; after: { left: SeqNumber; right: SeqNumber } };
    /** Where it goes on; undefined: that was all. */
    meta: { next: { left: SeqNumber; right: SeqNumber } | undefined };
    columns: {
      /** 0 same, 1 changed, 2 only left, 3 only right. */
      kind: Uint8Array;
      /** 0: none on that side. */
      left: Float64Array;
      right: Float64Array;
    };
  };
}
