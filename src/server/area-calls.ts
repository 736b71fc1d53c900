/**
 * What is under way in each process, and where the time goes: at each instant to the innermost call. Columns instead of objects: ten million
 * events must not make ten million of anything.
 *
 *     area      ├──────────────────────┤
 *     outer  ─────────────────────╮            own 1 + 2 + 2
 *     inner      ╭────╮   ╭────╮  │            own 4 + 4, called twice
 *
 * Calls under way are rows of one table, each with the row of what is around it.
 */
import type { FunctionId, ProcessId, Seq } from '../recording/index.js';
import { Flames, ROOT } from './area-flames.js';
import { longer } from './area-table.js';

/** A callback, seen from outside. */
const CALLBACK = 1;
/** The own call of the callback around it: one call, recorded twice. */
const SAME = 2;
/** Its function is not under way further out. */
const OUTERMOST = 4;

const LEAST = 1 << 8;
/** Calls under way at once. Of those beyond, the time is their callers'. */
const MOST = 1 << 22;
const NONE = -1;

/** Of each function that was seen, by its place in the order of being seen. */
export class FunctionSums {
  fns = new Uint32Array(LEAST);
  /** Begun in the area; under way when it began; ended with an exception. */
  calls = new Float64Array(LEAST);
  before = new Float64Array(LEAST);
  raised = new Float64Array(LEAST);
  ownNs = new Float64Array(LEAST);
  totalNs = new Float64Array(LEAST);
  longestNs = new Float64Array(LEAST).fill(-1);
  longestSeq = new Float64Array(LEAST);
  count = 0;
  /** By function: its place + 1. */
  #places = new Int32Array(LEAST);

  placeOf(fn: FunctionId): number {
    if (fn >= this.#places.length) this.#places = longer(this.#places, fn + 1);
    const known = this.#places[fn]!;
    return known > 0 ? known - 1 : this.#add(fn);
  }

  #add(fn: FunctionId): number {
    const place = this.count++;
    if (place === this.fns.length) {
      this.fns = longer(this.fns, 0);
      this.calls = longer(this.calls, 0);
      this.before = longer(this.before, 0);
      this.raised = longer(this.raised, 0);
      this.ownNs = longer(this.ownNs, 0);
      this.totalNs = longer(this.totalNs, 0);
      this.longestNs = longer(this.longestNs, 0, -1);
      this.longestSeq = longer(this.longestSeq, 0);
    }
    this.fns[place] = fn;
    this.#places[fn] = place + 1;
    return place;
  }
}

export class Calls {
  readonly functions = new FunctionSums();
  readonly flames = new Flames();
  /** Of each process: nanoseconds in a call or callback. */
  busyNs: Float64Array;
  /** Begun. */
  begun = 0;

  /** Of each process: its innermost call, and up to when its own time is counted. */
  #tops: Int32Array;
  #sinceNs: Float64Array;

  // ---- calls under way, and rows that are free ----
  #seqs = new Float64Array(LEAST);
  #places = new Int32Array(LEAST);
  #nodes = new Int32Array(LEAST);
  #flags = new Uint8Array(LEAST);
  #beganNs = new Float64Array(LEAST);
  /** Total time is counted up to here. */
  #countedNs = new Float64Array(LEAST);
  #around = new Int32Array(LEAST);
  /** Bits of the functions from here out: one that has no bit here is not under way, which spares most looks along the way. */
  #bits = new Int32Array(LEAST);
  #used = 0;
  #free = NONE;

  constructor(processes: number) {
    this.busyNs = new Float64Array(processes + 1);
    this.#tops = new Int32Array(processes + 1).fill(NONE);
    this.#sinceNs = new Float64Array(processes + 1);
  }

  /** Makes room for processes up to this one. */
  reach(process: ProcessId): void {
    if (process < this.#tops.length) return;
    this.busyNs = longer(this.busyNs, process + 1);
    this.#tops = longer(this.#tops, process + 1, NONE);
    this.#sinceNs = longer(this.#sinceNs, process + 1);
  }

  /** A process comes into sight. */
  meet(process: ProcessId, ns: number): void {
    this.#sinceNs[process] = ns;
  }

  inCall(process: ProcessId): boolean {
    return this.#tops[process]! >= 0;
  }

  /** A call under way when the area began, from the outermost in. */
  standing(process: ProcessId, seq: Seq, fn: FunctionId, callback: boolean, ns: number): void {
    this.#push(process, seq, fn, callback, ns, true);
  }

  /** `cause`: the call that it was made in. */
  call(process: ProcessId, seq: Seq, fn: FunctionId, cause: Seq, ns: number): void {
    this.#count(process, ns);
    // What was begun in something says that all further in is over, also where its end was lost.
    const within = this.#rowOf(process, cause);
    while (this.#tops[process] !== within) this.#pop(process, ns);
    this.#push(process, seq, fn, false, ns, false);
  }

  /** `inside`: within what is under way. */
  handle(process: ProcessId, seq: Seq, fn: FunctionId, inside: boolean, ns: number): void {
    this.#count(process, ns);
    if (!inside) while (this.#tops[process]! >= 0) this.#pop(process, ns);
    this.#push(process, seq, fn, true, ns, false);
  }

  /** The end of what began with event `cause`, and whether that was within another; undefined: it is not under way as far as recorded. */
  end(process: ProcessId, cause: Seq, ns: number, raised: boolean): 'outermost' | 'inner' | undefined {
    const row = this.#rowOf(process, cause);
    if (row < 0) return undefined;
    this.#count(process, ns);
    if (raised) this.functions.raised[this.#places[row]!]!++;
    const around = this.#around[row]!;
    while (this.#tops[process] !== around) this.#pop(process, ns);
    return around < 0 ? 'outermost' : 'inner';
  }

  /** A process has ended. */
  leave(process: ProcessId, ns: number): void {
    this.#count(process, ns);
    while (this.#tops[process]! >= 0) this.#pop(process, ns);
  }

  /** Counts what is under way up to here; one can go on from it. */
  settle(process: ProcessId, ns: number): void {
    this.#count(process, ns);
    for (let row = this.#tops[process]!; row >= 0; row = this.#around[row]!) this.#countWhole(row, ns);
  }

  #push(process: ProcessId, seq: Seq, fn: FunctionId, callback: boolean, ns: number, before: boolean): void {
    if (this.#free < 0 && this.#used >= MOST) return;
    const { functions, flames } = this;
    const around = this.#tops[process]!;
    const place = functions.placeOf(fn);
    const same = !callback && around >= 0 && (this.#flags[around]! & CALLBACK) !== 0 && this.#places[around] === place;
    const node = same ? this.#nodes[around]! : flames.child(around < 0 ? ROOT : this.#nodes[around]!, fn);
    if (!same) {
      if (before) functions.before[place]!++;
      else {
        functions.calls[place]!++;
        this.begun++;
        flames.calls[node]!++;
      }
    }
    const outside = around < 0 ? 0 : this.#bits[around]!;
    const bit = 1 << (Math.imul(fn, 0x9e3779b1) >>> 27);
    const outermost = (outside & bit) === 0 || !this.#isUnder(around, place);
    const row = this.#row();
    this.#seqs[row] = seq;
    this.#places[row] = place;
    this.#nodes[row] = node;
    this.#flags[row] = (callback ? CALLBACK : 0) | (same ? SAME : 0) | (outermost ? OUTERMOST : 0);
    this.#beganNs[row] = ns;
    this.#countedNs[row] = ns;
    this.#around[row] = around;
    this.#bits[row] = outside | bit;
    this.#tops[process] = row;
  }

  #isUnder(from: number, place: number): boolean {
    for (let row = from; row >= 0; row = this.#around[row]!) if (this.#places[row] === place) return true;
    return false;
  }

  /** The row of what began with an event; -1: it is not under way as far as recorded. */
  #rowOf(process: ProcessId, seq: Seq): number {
    if (seq === 0) return NONE;
    for (let row = this.#tops[process]!; row >= 0; row = this.#around[row]!) {
      const at = this.#seqs[row]!;
      if (at === seq) return row;
      if (at < seq) return NONE;
    }
    return NONE;
  }

  /** Gives the time since the last change to the innermost. */
  #count(process: ProcessId, ns: number): void {
    const spent = ns - this.#sinceNs[process]!;
    this.#sinceNs[process] = ns;
    const top = this.#tops[process]!;
    if (top < 0 || spent <= 0) return;
    this.functions.ownNs[this.#places[top]!]! += spent;
    this.busyNs[process]! += spent;
    this.flames.ownNs[this.#nodes[top]!]! += spent;
  }

  /** Ends the innermost. Own time must be counted. */
  #pop(process: ProcessId, ns: number): void {
    const row = this.#tops[process]!;
    this.#countWhole(row, ns);
    this.#tops[process] = this.#around[row]!;
    this.#around[row] = this.#free;
    this.#free = row;
  }

  #countWhole(row: number, ns: number): void {
    const { functions } = this;
    const place = this.#places[row]!;
    const flags = this.#flags[row]!;
    if ((flags & OUTERMOST) !== 0) functions.totalNs[place]! += ns - this.#countedNs[row]!;
    this.#countedNs[row] = ns;
    const lasted = ns - this.#beganNs[row]!;
    if ((flags & SAME) === 0 && lasted > functions.longestNs[place]!) {
      functions.longestNs[place] = lasted;
      functions.longestSeq[place] = this.#seqs[row]!;
    }
  }

  #row(): number {
    const row = this.#free;
    if (row >= 0) {
      this.#free = this.#around[row]!;
      return row;
    }
    if (this.#used === this.#seqs.length) {
      this.#seqs = longer(this.#seqs, 0);
      this.#places = longer(this.#places, 0);
      this.#nodes = longer(this.#nodes, 0);
      this.#flags = longer(this.#flags, 0);
      this.#beganNs = longer(this.#beganNs, 0);
      this.#countedNs = longer(this.#countedNs, 0);
      this.#around = longer(this.#around, 0);
      this.#bits = longer(this.#bits, 0);
    }
    return this.#used++;
  }
}
