/**
 * Which blocks of a segment a process or a function occurs in: what lets a question about one process skip all other blocks. Written
 * into the footer of a sealed segment in pages of neighbouring ids, each of plain arrays that a reader uses in place.
 */
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';

/** Of one block: who occurs in it. Ids ascend. */
export interface BlockPostings {
  processes: Uint32Array;
  /** Bit k: the process has an event of kind k in this block. */
  masks: Uint32Array;
  functions: Uint32Array;
  calls: Uint32Array;
}

/** For each key (ascending) the blocks it occurs in (ascending, counted within the segment) with a value for each. */
export class Postings {
  constructor(
    readonly keys: Uint32Array,
    /** keys.length + 1: where each key's entries begin. */
    readonly starts: Uint32Array,
    readonly values: Uint32Array,
    readonly blocks: Uint8Array,
  ) {}

  /** Index of the key, -1 when it does not occur. */
  find(key: number): number {
    return search(this.keys, key);
  }
}

export interface SegmentSummary {
  processes: Postings;
  functions: Postings;
}

/** Index of `key` in ascending `keys`, or -1. */
export function search(keys: Uint32Array, key: number): number {
  let low = 0;
  let high = keys.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = keys[middle]!;
    if (found === key) return middle;
    if (found < key) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function invert(lists: readonly { keys: Uint32Array; values: Uint32Array }[]): Postings {
  let total = 0;
  for (const list of lists) total += list.keys.length;
  const all = new Uint32Array(total);
  let at = 0;
  for (const list of lists) {
    all.set(list.keys, at);
    at += list.keys.length;
  }
  all.sort();
  let distinct = 0;
  const keys = new Uint32Array(total);
  for (let i = 0; i < total; i++) if (i === 0 || all[i] !== all[i - 1]) keys[distinct++] = all[i]!;
  const kept = keys.slice(0, distinct);
  const starts = new Uint32Array(distinct + 1);
  for (let i = 0, k = -1; i < total; i++) {
    if (i === 0 || all[i] !== all[i - 1]) k++;
    starts[k + 1]!++;
  }
  for (let k = 0; k < distinct; k++) starts[k + 1]! += starts[k]!;
  const next = starts.slice();
  const values = new Uint32Array(total);
  const blocks = new Uint8Array(total);
  lists.forEach((list, block) => {
    // Both ascend, so one walk over the keys serves the whole list.
    let k = 0;
    for (let i = 0; i < list.keys.length; i++) {
      while (kept[k] !== list.keys[i]) k++;
      const slot = next[k]!++;
      values[slot] = list.values[i]!;
      blocks[slot] = block;
    }
  });
  return new Postings(kept, starts, values, blocks);
}

export function summarize(blocks: readonly BlockPostings[]): SegmentSummary {
  return {
    processes: invert(blocks.map((b) => ({ keys: b.processes, values: b.masks }))),
    functions: invert(blocks.map((b) => ({ keys: b.functions, values: b.calls }))),
  };
}

/** A page ends with the key that brings it to so many entries. */
const PAGE_ENTRIES = 2048;

/** A page of a part of a segment's footer: everything about the keys from `firstKey` on, up to the next page's. */
export interface Page {
  firstKey: number;
  bytes: Uint8Array;
}

/** Cuts postings into pages. */
export function* writePostings({ keys, starts, values, blocks }: Postings): IterableIterator<Page> {
  const out = new ByteWriter(1 << 12);
  for (let from = 0; from < keys.length;) {
    let to = from + 1;
    while (to < keys.length && starts[to]! - starts[from]! < PAGE_ENTRIES) to++;
    out.reset();
    out.u32(to - from);
    for (let k = from; k < to; k++) out.u32(keys[k]!);
    for (let k = from; k <= to; k++) out.u32(starts[k]! - starts[from]!);
    for (let i = starts[from]!; i < starts[to]!; i++) out.u32(values[i]!);
    out.raw(blocks.subarray(starts[from], starts[to]));
    yield { firstKey: keys[from]!, bytes: out.bytes() };
    from = to;
  }
}

/** Reads a page of postings of a segment of `blocks` blocks. Throws a RecordingError when it contradicts itself. */
export function readPostings(bytes: Uint8Array, blockCount: number): Postings {
  const reader = new ByteReader(bytes);
  const column = (length: number): Uint32Array => {
    const raw = reader.raw(length * 4);
    return new Uint32Array(raw.buffer, raw.byteOffset, length);
  };
  const count = reader.u32();
  const keys = column(count);
  const starts = column(count + 1);
  const entries = starts[count]!;
  const values = column(entries);
  const blocks = reader.raw(entries);
  let sound = starts[0] === 0 && reader.left === 0;
  for (let k = 0; sound && k < count; k++) sound = starts[k]! < starts[k + 1]! && (k === 0 || keys[k - 1]! < keys[k]!);
  for (let i = 0; sound && i < entries; i++) sound = blocks[i]! < blockCount;
  if (!sound) throw new RecordingError('the index of a segment contradicts itself');
  return new Postings(keys, starts, values, blocks);
}
