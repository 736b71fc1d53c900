/**
 * Which blocks of a segment a process or a function occurs in: what lets a question about one process skip all other blocks. Written
 * into the footer of a sealed segment, as plain arrays that a reader uses in place.
 */
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { SEGMENT_BLOCKS } from './layout.js';

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

export function writeSummary(summary: SegmentSummary): Uint8Array {
  const out = new ByteWriter(1 << 16);
  for (const postings of [summary.processes, summary.functions]) {
    out.u32(postings.keys.length);
    out.u32(postings.values.length);
    for (const column of [postings.keys, postings.starts, postings.values])
      out.raw(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    out.raw(postings.blocks);
    while (out.size % 4 !== 0) out.u8(0);
  }
  return out.bytes();
}

/** Reads what `writeSummary` wrote, of a segment of `blocks` blocks. Throws a RecordingError when it contradicts itself. */
export function readSummary(bytes: Uint8Array, blocks: number): SegmentSummary {
  const reader = new ByteReader(bytes);
  const one = (): Postings => {
    const keyCount = reader.u32();
    const valueCount = reader.u32();
    const column = (length: number): Uint32Array => {
      const raw = reader.raw(length * 4);
      return new Uint32Array(raw.buffer, raw.byteOffset, length);
    };
    const postings = new Postings(column(keyCount), column(keyCount + 1), column(valueCount), reader.raw(valueCount));
    reader.raw((4 - (reader.at % 4)) % 4);
    check(postings, blocks);
    return postings;
  };
  return { processes: one(), functions: one() };
}

function check({ keys, starts, values, blocks }: Postings, blockCount: number): void {
  let sound = starts[0] === 0 && starts[keys.length] === values.length && blockCount <= SEGMENT_BLOCKS;
  for (let k = 0; sound && k < keys.length; k++)
    sound = starts[k]! < starts[k + 1]! && (k === 0 || keys[k - 1]! < keys[k]!);
  for (let i = 0; sound && i < blocks.length; i++) sound = blocks[i]! < blockCount;
  if (!sound) throw new RecordingError('the index of a segment contradicts itself');
}
