/**
 * The calls of one process that have begun and not ended, innermost last. A recursion may have millions of them, so they are plain numbers, and
 * the outer ones are packed: about five bytes a call. Beyond a bound over all processes of a node the outermost are forgotten.
 */
import type { FunctionId, Seq } from '../model.js';

/** Calls kept unpacked; the older half is packed when there are more. */
const HOT = 8192;
/** Packed calls of all processes together. */
const MAX_PACKED_BYTES = 64 << 20;

/** What the processes of a node share. */
export interface CallBudget {
  packed: number;
}

export class OpenCalls {
  #seqs = new Float64Array(8);
  #fns = new Uint32Array(8);
  #count = 0;
  /** Oldest first, each HOT / 2 calls. */
  #packed: Uint8Array[] = [];

  constructor(private readonly budget: CallBudget) {}

  /** The innermost call, 0 for none. */
  get top(): Seq {
    return this.#count === 0 ? 0 : this.#seqs[this.#count - 1]!;
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  /** False: there are so many calls that outer ones had to be forgotten. */
  push(seq: Seq, fn: FunctionId): boolean {
    const at = this.#count;
    let whole = true;
    if (at === this.#seqs.length) {
      if (at < HOT) this.#grow();
      else whole = this.#pack();
    }
    this.#seqs[this.#count] = seq;
    this.#fns[this.#count] = fn;
    this.#count++;
    return whole;
  }

  /** The innermost call of this function, 0 for none. */
  find(fn: FunctionId): Seq {
    const at = this.#indexOf(fn);
    return at < 0 ? 0 : this.#seqs[at]!;
  }

  /** Ends the innermost call of this function and gives it, 0 for none. Calls inside of it ended in ways that were not recorded. */
  end(fn: FunctionId): Seq {
    const at = this.#indexOf(fn);
    if (at < 0) return 0;
    const seq = this.#seqs[at]!;
    this.#count = at;
    if (at === 0) this.#unpack();
    return seq;
  }

  /** Forgets all that began after event `seq`. */
  dropAfter(seq: Seq): void {
    while (this.#count > 0 && this.#seqs[this.#count - 1]! > seq) {
      this.#count--;
      if (this.#count === 0) this.#unpack();
    }
  }

  clear(): void {
    for (const part of this.#packed) this.budget.packed -= part.length;
    this.#packed = [];
    this.#count = 0;
    this.#seqs = new Float64Array(8);
    this.#fns = new Uint32Array(8);
  }

  #indexOf(fn: FunctionId): number {
    const fns = this.#fns;
    for (let at = this.#count - 1; at >= 0; at--) if (fns[at] === fn) return at;
    return -1;
  }

  #grow(): void {
    const seqs = new Float64Array(this.#seqs.length * 2);
    const fns = new Uint32Array(seqs.length);
    seqs.set(this.#seqs);
    fns.set(this.#fns);
    this.#seqs = seqs;
    this.#fns = fns;
  }

  /** Packs the older half: each call as what its number and its function add to those before, as varints. */
  #pack(): boolean {
    const half = HOT / 2;
    const out = new Uint8Array(half * 16);
    let at = 0;
    let seq = 0;
    for (let i = 0; i < half; i++) {
      at = putVarint(out, at, this.#seqs[i]! - seq);
      at = putVarint(out, at, this.#fns[i]!);
      seq = this.#seqs[i]!;
    }
    this.#seqs.copyWithin(0, half);
    this.#fns.copyWithin(0, half);
    this.#count = half;
    this.#packed.push(out.slice(0, at));
    this.budget.packed += at;
    if (this.budget.packed <= MAX_PACKED_BYTES) return true;
    this.budget.packed -= this.#packed.shift()!.length;
    return false;
  }

  #unpack(): void {
    const part = this.#packed.pop();
    if (part === undefined) return;
    this.budget.packed -= part.length;
    let seq = 0;
    for (let at = 0, i = 0; at < part.length; i++) {
      let value = 0;
      let scale = 1;
      do {
        value += (part[at]! & 0x7f) * scale;
        scale *= 128;
      } while (part[at++]! >= 0x80);
      seq += value;
      let fn = 0;
      scale = 1;
      do {
        fn += (part[at]! & 0x7f) * scale;
        scale *= 128;
      } while (part[at++]! >= 0x80);
      this.#seqs[i] = seq;
      this.#fns[i] = fn;
      this.#count = i + 1;
    }
  }
}

function putVarint(out: Uint8Array, from: number, value: number): number {
  let at = from;
  while (value >= 0x80) {
    out[at++] = (value % 128) | 0x80;
    value = Math.floor(value / 128);
  }
  out[at++] = value;
  return at;
}
