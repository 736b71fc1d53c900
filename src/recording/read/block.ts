/** A block as the queries see it, sealed or still growing: columns by row, and what its index knows. */
import type { LifeSource } from '../format/life.js';

export interface Block {
  /** Its place in the recording, from 0. */
  readonly number: number;
  readonly firstSeq: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  /** Events by kind code. */
  readonly kindCounts: Uint32Array;
  /** Bit k: there are events of kind k. */
  readonly kindMask: number;

  /** Bit k: the process has events of kind k here. */
  mask(process: number): number;
  /** How many events name this function. */
  functionCount(fn: number): number;
  /** The rows that name a function, ascending; where it is not there, each row is looked at. */
  functionRows?(fn: number): Uint16Array;
  /** The rows of a process, ascending. */
  rows(process: number): Uint16Array;
  /** The rows of a process that hold states, ascending; cheaper than filtering `rows`. */
  stateRows(process: number): ArrayLike<number>;
  /** Rows lie in pages, so that a walk over the events of a process need not look at the whole block. */
  pageOf(row: number): number;
  /** The rows of a process in a page, ascending; valid until the next change. */
  pageRows(process: number, page: number): Uint16Array;
  /** The dense number of a process within this block, -1 when it does not occur; `locals` gives that of each row, below `localCount`. */
  localOf(process: number): number;
  locals(): ArrayLike<number>;
  readonly localCount: number;

  /** Single values: only a page of the column is unpacked. */
  kindAt(row: number): number;
  flagsAt(row: number): number;
  nsAt(row: number): number;
  processAt(row: number): number;
  peerAt(row: number): number;
  functionAt(row: number): number;
  /** Seq of the cause, 0 for none. */
  causeAt(row: number): number;

  kinds(): Uint8Array;
  flags(): Uint8Array;
  ns(): Float64Array;
  processes(): Uint32Array;
  peers(): Uint32Array;
  functions(): Uint32Array;
  /** Seq of the cause, 0 for none. */
  causes(): Float64Array;
  /** Bytes of the row's payload. */
  payloadBytes(row: number): number;
  /** The row's payload; valid until the recording is asked something else. */
  payload(row: number): Uint8Array;
  /** The same for a state of this process, without decoding other columns. */
  statePayload(process: number, row: number): Uint8Array;
  stateBytes(process: number, row: number): number;
}

/** The first index whose value is larger than `value`, in an ascending list. */
export function upperBound(list: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const noRows = new Uint16Array(0);

/** A block as links and names are read from it. */
export function lifeOfBlock(block: Block): LifeSource {
  return {
    count: block.count,
    kind: block.kinds(),
    process: (row) => block.processAt(row),
    peer: (row) => block.peerAt(row),
    payload: (row) => block.payload(row),
  };
}
