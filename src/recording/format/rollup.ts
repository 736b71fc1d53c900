/**
 * The timeline of a segment from afar: for each process runs of equal bins of time with how many events of which kinds. Three levels, each
 * eight times as wide as the one before. The finest has up to 2,048 bins over the segment, however long that took: what it costs does
 * not depend on how busy the program was.
 */
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';
import type { Page, Postings } from './segment-summary.js';

export const ROLLUP_LEVELS = 3;
/** Bits from one level to the next. */
export const LEVEL_BITS = 3;
const MAX_BINS = 2048;
const MIN_SHIFT = 10;
/** 2^53 ns is the longest recording. */
export const MAX_SHIFT = 53 + ROLLUP_LEVELS * LEVEL_BITS;
const PAGE_BYTES = 6 << 10;
const PAGE_KEYS = 1024;

/** The bin of a time at a level of 2^shift ns. */
export const binAt = (ns: number, shift: number): number => Math.floor(ns / 2 ** shift);

/** The narrowest bins of which there are not too many in a span. */
function shiftFor(firstNs: number, lastNs: number): number {
  let shift = MIN_SHIFT;
  while (binAt(lastNs, shift) - binAt(firstNs, shift) >= MAX_BINS) shift++;
  return shift;
}

/** Runs of one block at some width, by process. */
interface BlockRuns {
  shift: number;
  /** Bin of `bins` 0. */
  base: number;
  /** Of each process of the block. */
  starts: Uint32Array;
  bins: Uint16Array;
  counts: Uint32Array;
  masks: Uint32Array;
}

/** Gathers the runs of a segment's blocks and writes them as pages. */
export class RollupBuilder {
  #blocks: BlockRuns[] = [];
  #firstNs = 0;
  #shift = 0;
  #bins = new Uint16Array(0);
  #counts = new Uint32Array(0);
  #masks = new Uint32Array(0);

  /** `rows`: those of each process, one process after the other, `counts` of them each. */
  add(ns: Float64Array, kinds: Uint8Array, n: number, rows: Uint16Array, counts: Uint32Array): void {
    const first = ns[0]!;
    if (this.#blocks.length === 0) {
      this.#firstNs = first;
      // Segments of a recording resemble each other; the first one will be a few times as long as its first block.
      this.#shift = this.#shift === 0 ? shiftFor(first, ns[n - 1]!) + 3 : this.#shift - 2;
    }
    this.#shift = Math.max(this.#shift, shiftFor(this.#firstNs, ns[n - 1]!));
    const shift = this.#shift;
    const base = binAt(first, shift);
    const scale = 2 ** -shift;
    if (this.#bins.length < n) {
      this.#bins = new Uint16Array(n);
      this.#counts = new Uint32Array(n);
      this.#masks = new Uint32Array(n);
    }
    const starts = new Uint32Array(counts.length + 1);
    const bins = this.#bins;
    const events = this.#counts;
    const masks = this.#masks;
    let run = 0;
    let at = 0;
    for (let p = 0; p < counts.length; p++) {
      starts[p] = run;
      let bin = -1;
      let count = 0;
      let mask = 0;
      for (const end = at + counts[p]!; at < end; at++) {
        const row = rows[at]!;
        const current = Math.floor(ns[row]! * scale) - base;
        if (current !== bin && count > 0) {
          bins[run] = bin;
          events[run] = count;
          masks[run++] = mask;
          count = 0;
          mask = 0;
        }
        bin = current;
        count++;
        mask |= 1 << kinds[row]!;
      }
      bins[run] = bin;
      events[run] = count;
      masks[run++] = mask;
    }
    starts[counts.length] = run;
    this.#blocks.push({
      shift,
      base,
      starts,
      bins: bins.slice(0, run),
      counts: events.slice(0, run),
      masks: masks.slice(0, run),
    });
  }

  /** The levels, finest first, of a segment with these postings; then everything is forgotten. */
  finish(processes: Postings): { shift: number; pages: Iterable<Page> }[] {
    const shift = this.#shift;
    const levels = Array.from({ length: ROLLUP_LEVELS }, (_, level) => {
      const width = shift + level * LEVEL_BITS;
      return new LevelWriter(width, binAt(this.#firstNs, width), level * LEVEL_BITS);
    });
    const blocks = this.#blocks;
    // Keys and the processes of each block ascend, so the next one of a block is always the one meant.
    const next = new Uint32Array(blocks.length);
    for (let k = 0; k < processes.keys.length; k++) {
      for (const level of levels) level.begin(processes.keys[k]!);
      for (let i = processes.starts[k]!; i < processes.starts[k + 1]!; i++) {
        const number = processes.blocks[i]!;
        const { starts, bins, counts, masks, base, shift: own } = blocks[number]!;
        const local = next[number]!++;
        const scale = 2 ** (own - shift);
        for (let run = starts[local]!; run < starts[local + 1]!; run++) {
          const bin = Math.floor((base + bins[run]!) * scale);
          for (let l = 0; l < ROLLUP_LEVELS; l++) levels[l]!.add(bin, counts[run]!, masks[run]!);
        }
      }
      for (const level of levels) level.end();
    }
    this.#blocks = [];
    return levels.map((level) => ({ shift: level.shift, pages: level.finish() }));
  }
}

class LevelWriter {
  readonly #pages: Page[] = [];
  readonly #keys: number[] = [];
  readonly #starts: number[] = [];
  readonly #runs = new ByteWriter(PAGE_BYTES * 2);
  readonly #scale: number;
  #bin = 0;
  #last = 0;
  #count = 0;
  #mask = 0;

  constructor(
    readonly shift: number,
    private readonly base: number,
    bits: number,
  ) {
    this.#scale = 2 ** -bits;
  }

  begin(key: number): void {
    this.#keys.push(key);
    this.#starts.push(this.#runs.size);
    this.#last = this.base;
    this.#count = 0;
    this.#mask = 0;
  }

  /** `bin` is one of the finest level. */
  add(bin: number, count: number, mask: number): void {
    const own = Math.floor(bin * this.#scale);
    if (this.#count > 0 && own !== this.#bin) this.#flush();
    this.#bin = own;
    this.#count += count;
    this.#mask |= mask;
  }

  end(): void {
    if (this.#count > 0) this.#flush();
    if (this.#runs.size >= PAGE_BYTES || this.#keys.length >= PAGE_KEYS) this.#cut();
  }

  finish(): Page[] {
    if (this.#keys.length > 0) this.#cut();
    return this.#pages;
  }

  #flush(): void {
    const runs = this.#runs;
    runs.varint(this.#bin - this.#last);
    runs.varint(this.#count);
    runs.varint(this.#mask >>> 0);
    this.#last = this.#bin;
    this.#count = 0;
    this.#mask = 0;
  }

  #cut(): void {
    const out = new ByteWriter(8 + this.#keys.length * 8 + this.#runs.size);
    out.u32(this.#keys.length);
    for (const key of this.#keys) out.u32(key);
    for (const start of this.#starts) out.u32(start);
    out.u32(this.#runs.size);
    out.raw(this.#runs.bytes());
    this.#pages.push({ firstKey: this.#keys[0]!, bytes: out.bytes() });
    this.#keys.length = 0;
    this.#starts.length = 0;
    this.#runs.reset();
  }
}

/** One page as it lies in memory. */
export interface RollupPage {
  keys: Uint32Array;
  starts: Uint32Array;
  runs: Uint8Array;
}

/** Throws a RecordingError when the page contradicts itself. */
export function readRollupPage(bytes: Uint8Array): RollupPage {
  const reader = new ByteReader(bytes);
  const column = (length: number): Uint32Array => {
    const raw = reader.raw(length * 4);
    return new Uint32Array(raw.buffer, raw.byteOffset, length);
  };
  const count = reader.u32();
  const keys = column(count);
  const starts = column(count + 1);
  const runs = reader.raw(reader.left);
  let sound = starts[0] === 0 && starts[count] === runs.length;
  for (let k = 0; sound && k < count; k++) sound = starts[k]! < starts[k + 1]! && (k === 0 || keys[k - 1]! < keys[k]!);
  if (!sound) throw new RecordingError('the rollup of a segment contradicts itself');
  return { keys, starts, runs };
}

/** The runs of the key at `index`, from the segment's first bin on. */
export function visitRuns(
  page: RollupPage,
  index: number,
  base: number,
  visit: (bin: number, count: number, mask: number) => void,
): void {
  const reader = new ByteReader(page.runs.subarray(page.starts[index], page.starts[index + 1]));
  let bin = base;
  while (reader.left > 0) {
    bin += reader.varint();
    const count = reader.varint();
    visit(bin, count, reader.varint() >>> 0);
  }
}
