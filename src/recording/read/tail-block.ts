/** The block that is not sealed yet: the rows a live (or killed) recorder flushed last, in memory. */
import { kindCode } from '../model.js';
import type { BlockBuilder } from '../format/block-builder.js';
import { KIND_SLOTS } from '../format/layout.js';
import { Localizer } from '../format/localizer.js';
import { search } from '../format/segment-summary.js';
import { noRows, type Block } from './block.js';

const STATE = kindCode('state');

/** A view of the first `count` rows of a builder. Made anew when the builder has grown. */
export class TailBlock implements Block {
  readonly firstSeq: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly kindCounts = new Uint32Array(KIND_SLOTS);
  readonly kindMask: number;
  readonly #processes: Localizer;
  readonly #masks: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #rows: Uint16Array;
  #functions: Map<number, number> | undefined;

  constructor(
    readonly number: number,
    private readonly rowsOf: BlockBuilder,
  ) {
    const n = rowsOf.count;
    this.firstSeq = rowsOf.firstSeq;
    this.count = n;
    this.firstNs = rowsOf.ns[0]!;
    this.lastNs = rowsOf.ns[n - 1]!;
    this.#processes = new Localizer().run(rowsOf.process, n);
    this.#masks = new Uint32Array(this.#processes.ids.length);
    let mask = 0;
    for (let i = 0; i < n; i++) {
      const bit = 1 << rowsOf.kind[i]!;
      mask |= bit;
      this.kindCounts[rowsOf.kind[i]!]!++;
      this.#masks[this.#processes.local[i]!]! |= bit;
    }
    this.kindMask = mask >>> 0;
    this.#rows = this.#processes.rows(n);
    this.#starts = new Uint32Array(this.#processes.ids.length + 1);
    this.#processes.counts.forEach((count, p) => (this.#starts[p + 1] = this.#starts[p]! + count));
  }

  mask(process: number): number {
    const local = search(this.#processes.ids, process);
    return local < 0 ? 0 : this.#masks[local]!;
  }

  functionCount(fn: number): number {
    if (this.#functions === undefined) {
      this.#functions = new Map();
      for (let i = 0; i < this.count; i++) {
        const id = this.rowsOf.fn[i]!;
        this.#functions.set(id, (this.#functions.get(id) ?? 0) + 1);
      }
    }
    return this.#functions.get(fn) ?? 0;
  }

  rows(process: number): Uint16Array {
    const local = search(this.#processes.ids, process);
    return local < 0 ? noRows : this.#rows.subarray(this.#starts[local], this.#starts[local + 1]);
  }

  stateRows(process: number): ArrayLike<number> {
    if ((this.mask(process) & (1 << STATE)) === 0) return noRows;
    return this.rows(process).filter((row) => this.rowsOf.kind[row] === STATE);
  }

  pageOf(): number {
    return 0;
  }
  pageRows(process: number): Uint16Array {
    return this.rows(process);
  }
  localOf(process: number): number {
    return search(this.#processes.ids, process);
  }
  locals(): ArrayLike<number> {
    return this.#processes.local;
  }
  get localCount(): number {
    return this.#processes.ids.length;
  }

  kindAt(row: number): number {
    return this.rowsOf.kind[row]!;
  }
  flagsAt(row: number): number {
    return this.rowsOf.flags[row]!;
  }
  nsAt(row: number): number {
    return this.rowsOf.ns[row]!;
  }
  processAt(row: number): number {
    return this.rowsOf.process[row]!;
  }
  peerAt(row: number): number {
    return this.rowsOf.peer[row]!;
  }
  functionAt(row: number): number {
    return this.rowsOf.fn[row]!;
  }
  causeAt(row: number): number {
    return this.rowsOf.cause[row]!;
  }

  kinds(): Uint8Array {
    return this.rowsOf.kind.subarray(0, this.count);
  }
  flags(): Uint8Array {
    return this.rowsOf.flags.subarray(0, this.count);
  }
  ns(): Float64Array {
    return this.rowsOf.ns.subarray(0, this.count);
  }
  processes(): Uint32Array {
    return this.rowsOf.process.subarray(0, this.count);
  }
  peers(): Uint32Array {
    return this.rowsOf.peer.subarray(0, this.count);
  }
  functions(): Uint32Array {
    return this.rowsOf.fn.subarray(0, this.count);
  }
  causes(): Float64Array {
    return this.rowsOf.cause.subarray(0, this.count);
  }
  payloadBytes(row: number): number {
    return this.rowsOf.length[row]!;
  }
  payload(row: number): Uint8Array {
    return this.rowsOf.payload(row);
  }
  statePayload(_process: number, row: number): Uint8Array {
    return this.rowsOf.payload(row);
  }
  stateBytes(_process: number, row: number): number {
    return this.rowsOf.length[row]!;
  }
}
