/** A block as the queries see it, sealed or still growing: columns by row, and what its index knows. */

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
  /** The rows of a process, ascending. */
  rows(process: number): Uint16Array;
  /** The rows of a process that hold states, ascending; cheaper than filtering `rows`. */
  stateRows(process: number): ArrayLike<number>;
  /** Runs of the timeline rollup: bin (of ROLLUP_NS), events, kinds. */
  rollup(process: number, visit: (bin: number, count: number, mask: number) => void): void;

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
