/** A block in a segment file. Every part is read and unpacked when it is first asked for, checked, and kept in the cache. */
import { RecordingError } from '../errors.js';
import { ByteReader } from '../format/bytes.js';
import {
  BLOCK_HEADER_BYTES,
  CHUNK_BYTES,
  Column,
  COLUMNS,
  MAX_PAYLOAD,
  ROLLUP_NS,
  STREAMS,
  STREAM_OF,
  Stream,
  type BlockHeader,
} from '../format/layout.js';
import { groupRows } from '../format/localizer.js';
import { search, type BlockPostings } from '../format/segment-summary.js';
import type { Unpacker } from '../format/zstd.js';
import { noRows, upperBound, type Block } from './block.js';
import type { ColumnCache } from './column-cache.js';

/** Where a sealed block reads from. */
export interface BlockSource {
  readonly cache: ColumnCache;
  readonly unpacker: Unpacker;
  /** Exactly `bytes` bytes of the block's segment from `at` on. Throws a RecordingError when they are not there. */
  read(at: number, bytes: number): Uint8Array;
  /** Rewrites causes that lie before a recording's window, in place. */
  translate?: ((causes: Float64Array) => void) | undefined;
}

const Part = { INDEX: 0, STATES: 1, ROLLUP: 2, KIND: 3, FLAGS: 4, NS: 5, LOCAL: 6, PEER: 7, FN: 8, CAUSE: 9, PLACES: 10, PROCESS: 11, ROWS: 12, CHUNK: 13 } as const; // prettier-ignore
/** Keys of the cache: block × parts, the rest for payload chunks. */
const PARTS = 4096;

interface Index extends BlockPostings {
  counts: Uint32Array;
  peers: Uint32Array;
  chunks: { unpacked: number; packed: number; at: number; start: number }[][];
  /** Where each stream's chunks begin, in chunks of the whole block. */
  firstChunk: number[];
}

interface States {
  local: Uint16Array;
  rows: Uint16Array;
  bytes: Uint32Array;
  offsets: Uint32Array;
}

interface Places {
  bytes: Uint32Array;
  /** Offset in the row's stream; not filled for states, whose directory knows it. */
  offsets: Uint32Array;
}

interface Rollup {
  starts: Uint32Array;
  bins: Float64Array;
  counts: Uint32Array;
  masks: Uint32Array;
}

export class SealedBlock implements Block {
  readonly firstSeq: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly kindCounts: Uint32Array;
  readonly kindMask: number;

  constructor(
    readonly number: number,
    readonly header: BlockHeader,
    /** Of the header, in the segment file. */
    readonly at: number,
    private readonly source: BlockSource,
  ) {
    this.firstSeq = header.firstSeq;
    this.count = header.count;
    this.firstNs = header.firstNs;
    this.lastNs = header.lastNs;
    this.kindCounts = header.kinds;
    let mask = 0;
    header.kinds.forEach((events, kind) => {
      if (events > 0) mask |= 1 << kind;
    });
    this.kindMask = mask >>> 0;
  }

  get end(): number {
    return this.at + BLOCK_HEADER_BYTES + this.header.bodyBytes;
  }

  mask(process: number): number {
    const index = this.index();
    const local = search(index.processes, process);
    return local < 0 ? 0 : index.masks[local]!;
  }

  functionCount(fn: number): number {
    const index = this.index();
    const local = search(index.functions, fn);
    return local < 0 ? 0 : index.calls[local]!;
  }

  rows(process: number): Uint16Array {
    const local = search(this.index().processes, process);
    if (local < 0) return noRows;
    const { starts, rows } = this.#rows();
    return rows.subarray(starts[local], starts[local + 1]);
  }

  stateRows(process: number): ArrayLike<number> {
    if (this.header.kinds[14] === 0) return noRows;
    const range = this.#stateRange(process);
    return this.#states().rows.subarray(range.from, range.to);
  }

  rollup(process: number, visit: (bin: number, count: number, mask: number) => void): void {
    const local = search(this.index().processes, process);
    if (local < 0) return;
    const { starts, bins, counts, masks } = this.#rollup();
    for (let i = starts[local]!; i < starts[local + 1]!; i++) visit(bins[i]!, counts[i]!, masks[i]!);
  }

  kinds(): Uint8Array {
    return this.#part(Part.KIND, () => {
      const value = this.#column(Column.KIND);
      const counts = new Uint32Array(32);
      if (value.length !== this.count) this.#damaged('kinds');
      for (let i = 0; i < value.length; i++) counts[value[i]! & 31]!++;
      for (let k = 0; k < 32; k++) if (counts[k] !== this.kindCounts[k]) this.#damaged('kinds');
      return { value, bytes: value.length };
    });
  }

  flags(): Uint8Array {
    return this.#part(Part.FLAGS, () => {
      const value = this.#column(Column.FLAGS);
      if (value.length !== this.count) this.#damaged('flags');
      return { value, bytes: value.length };
    });
  }

  ns(): Float64Array {
    return this.#part(Part.NS, () => {
      const reader = new ByteReader(this.#column(Column.NS));
      const value = new Float64Array(this.count);
      let ns = this.firstNs;
      for (let i = 0; i < value.length; i++) {
        ns += reader.varint();
        value[i] = ns;
      }
      if (ns !== this.lastNs) this.#damaged('times');
      return { value, bytes: value.byteLength };
    });
  }

  processes(): Uint32Array {
    return this.#part(Part.PROCESS, () => this.#global(this.#local(), this.index().processes));
  }

  peers(): Uint32Array {
    return this.#part(Part.PEER, () => this.#global(this.#narrow(Column.PEER), this.index().peers));
  }

  functions(): Uint32Array {
    return this.#part(Part.FN, () => this.#global(this.#narrow(Column.FN), this.index().functions));
  }

  causes(): Float64Array {
    return this.#part(Part.CAUSE, () => {
      const reader = new ByteReader(this.#column(Column.CAUSE));
      const value = new Float64Array(this.count);
      for (let i = 0; i < value.length; i++) {
        const back = reader.varint();
        if (back >= this.firstSeq + i) this.#damaged('causes');
        value[i] = back === 0 ? 0 : this.firstSeq + i - back;
      }
      this.source.translate?.(value);
      return { value, bytes: value.byteLength };
    });
  }

  payloadBytes(row: number): number {
    return this.#places().bytes[row]!;
  }

  payload(row: number): Uint8Array {
    const stream = STREAM_OF[this.kinds()[row]! & 31]!;
    if (stream === Stream.STATE) return this.statePayload(this.processes()[row]!, row);
    const places = this.#places();
    return this.#bytes(stream, places.offsets[row]!, places.bytes[row]!);
  }

  statePayload(process: number, row: number): Uint8Array {
    const states = this.#states();
    const at = this.#state(process, row);
    return this.#bytes(Stream.STATE, states.offsets[at]!, states.bytes[at]!);
  }

  stateBytes(process: number, row: number): number {
    return this.#states().bytes[this.#state(process, row)]!;
  }

  /** Who occurs here. */
  index(): Index {
    return this.#part(Part.INDEX, () => this.#readIndex());
  }

  #part<T>(part: number, make: () => { value: T; bytes: number }): T {
    return this.source.cache.get(this.number * PARTS + part, make);
  }

  #damaged(what: string): never {
    throw new RecordingError(`the ${what} of the block at event ${this.firstSeq} are damaged`);
  }

  #column(column: number): Uint8Array {
    const { packed, unpacked } = this.header;
    let at = this.at + BLOCK_HEADER_BYTES;
    for (let c = 0; c < column; c++) at += packed[c]!;
    return this.source.unpacker.unpack(this.source.read(at, packed[column]!), unpacked[column]!);
  }

  /** A column of local numbers: a byte or two each. */
  #narrow(column: number): ArrayLike<number> {
    const bytes = this.#column(column);
    if (bytes.length === this.count) return bytes;
    if (bytes.length !== this.count * 2) this.#damaged('ids');
    return new Uint16Array(bytes.buffer, bytes.byteOffset, this.count);
  }

  #local(): ArrayLike<number> {
    return this.#part(Part.LOCAL, () => ({ value: this.#narrow(Column.PROCESS), bytes: this.count * 2 }));
  }

  #global(local: ArrayLike<number>, ids: Uint32Array): { value: Uint32Array; bytes: number } {
    const value = new Uint32Array(this.count);
    for (let i = 0; i < value.length; i++) {
      if (local[i]! >= ids.length) this.#damaged('ids');
      value[i] = ids[local[i]!]!;
    }
    return { value, bytes: value.byteLength };
  }

  #rows(): { starts: Uint32Array; rows: Uint16Array } {
    return this.#part(Part.ROWS, () => {
      const { counts } = this.index();
      const local = this.#local();
      const found = new Uint32Array(counts.length);
      for (let i = 0; i < this.count; i++) {
        if (local[i]! >= counts.length) this.#damaged('ids');
        found[local[i]!]!++;
      }
      const starts = new Uint32Array(counts.length + 1);
      for (let p = 0; p < counts.length; p++) {
        if (found[p] !== counts[p]) this.#damaged('counts');
        starts[p + 1] = starts[p]! + counts[p]!;
      }
      const rows = groupRows(local, this.count, counts);
      return { value: { starts, rows }, bytes: rows.byteLength + starts.byteLength };
    });
  }

  #readIndex(): { value: Index; bytes: number } {
    const reader = new ByteReader(this.#column(Column.INDEX));
    const size = (): number => {
      const n = reader.varint();
      if (n > this.count) this.#damaged('ids');
      return n;
    };
    const ascending = (n: number, each: (id: number, i: number) => void): void => {
      let id = 0;
      for (let i = 0; i < n; i++) {
        const step = reader.varint();
        id += step;
        if ((i > 0 && step === 0) || id > 0xffffffff) this.#damaged('ids');
        each(id, i);
      }
    };
    const p = size();
    const processes = new Uint32Array(p);
    const counts = new Uint32Array(p);
    const masks = new Uint32Array(p);
    ascending(p, (id, i) => {
      processes[i] = id;
      counts[i] = reader.varint();
      masks[i] = reader.varint();
    });
    const peers = new Uint32Array(size());
    ascending(peers.length, (id, i) => (peers[i] = id));
    const f = size();
    const functions = new Uint32Array(f);
    const calls = new Uint32Array(f);
    ascending(f, (id, i) => {
      functions[i] = id;
      calls[i] = reader.varint();
    });
    const chunks: Index['chunks'] = [];
    const firstChunk: number[] = [];
    let at = this.at + BLOCK_HEADER_BYTES;
    for (let c = 0; c < COLUMNS; c++) at += this.header.packed[c]!;
    let all = 0;
    for (let s = 0; s < STREAMS; s++) {
      const stream: Index['chunks'][number] = [];
      firstChunk.push(all);
      let start = 0;
      for (let n = reader.varint(); n > 0; n--) {
        const unpacked = reader.varint();
        const packed = reader.varint();
        // A chunk ends with the row that makes it long enough.
        if (unpacked > CHUNK_BYTES + MAX_PAYLOAD || at + packed > this.end) this.#damaged('payloads');
        stream.push({ unpacked, packed, at, start });
        at += packed;
        start += unpacked;
        all++;
      }
      chunks.push(stream);
    }
    if (at !== this.end || all > PARTS - Part.CHUNK) this.#damaged('payloads');
    const value: Index = { processes, counts, masks, peers, functions, calls, chunks, firstChunk };
    return { value, bytes: p * 12 + peers.length * 4 + f * 8 + all * 64 + 256 };
  }

  #states(): States {
    return this.#part(Part.STATES, () => {
      const reader = new ByteReader(this.#column(Column.STATES));
      const n = reader.varint();
      if (n !== this.kindCounts[14]) this.#damaged('states');
      const local = new Uint16Array(n);
      const rows = new Uint16Array(n);
      const bytes = new Uint32Array(n);
      const offsets = new Uint32Array(n);
      const { processes } = this.index();
      let process = 0;
      let row = 0;
      let offset = 0;
      for (let i = 0; i < n; i++) {
        const step = reader.varint();
        const rowStep = reader.varint();
        row = step === 0 && i > 0 ? row + rowStep : rowStep;
        process += step;
        const length = reader.varint();
        if (process >= processes.length || row >= this.count || length > MAX_PAYLOAD) this.#damaged('states');
        if (step === 0 && i > 0 && rowStep === 0) this.#damaged('states');
        local[i] = process;
        rows[i] = row;
        bytes[i] = length;
        offsets[i] = offset;
        offset += length;
      }
      return { value: { local, rows, bytes, offsets }, bytes: n * 12 };
    });
  }

  #stateRange(process: number): { from: number; to: number } {
    const local = search(this.index().processes, process);
    if (local < 0) return { from: 0, to: 0 };
    const states = this.#states();
    return { from: local === 0 ? 0 : upperBound(states.local, local - 1), to: upperBound(states.local, local) };
  }

  #state(process: number, row: number): number {
    const { from, to } = this.#stateRange(process);
    const { rows } = this.#states();
    const at = from + upperBound(rows.subarray(from, to), row) - 1;
    if (at < from || rows[at] !== row) this.#damaged('states');
    return at;
  }

  #places(): Places {
    return this.#part(Part.PLACES, () => {
      const reader = new ByteReader(this.#column(Column.LENGTH));
      const kinds = this.kinds();
      const bytes = new Uint32Array(this.count);
      const offsets = new Uint32Array(this.count);
      const next = new Float64Array(STREAMS);
      for (let i = 0; i < this.count; i++) {
        const length = reader.varint();
        if (length > MAX_PAYLOAD) this.#damaged('payloads');
        const stream = STREAM_OF[kinds[i]! & 31]!;
        bytes[i] = length;
        offsets[i] = next[stream]!;
        next[stream]! += length;
      }
      return { value: { bytes, offsets }, bytes: this.count * 8 };
    });
  }

  #bytes(stream: number, offset: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const index = this.index();
    const chunks = index.chunks[stream]!;
    let low = 0;
    let high = chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (chunks[middle]!.start <= offset) low = middle;
      else high = middle - 1;
    }
    const chunk = chunks[low];
    if (chunk === undefined || offset + length > chunk.start + chunk.unpacked) this.#damaged('payloads');
    const bytes = this.#part(Part.CHUNK + index.firstChunk[stream]! + low, () => ({
      value: this.source.unpacker.unpack(this.source.read(chunk.at, chunk.packed), chunk.unpacked),
      bytes: chunk.unpacked,
    }));
    return bytes.subarray(offset - chunk.start, offset - chunk.start + length);
  }

  #rollup(): Rollup {
    return this.#part(Part.ROLLUP, () => {
      const reader = new ByteReader(this.#column(Column.ROLLUP));
      const { counts: perProcess } = this.index();
      const starts = new Uint32Array(perProcess.length + 1);
      const bins = new Float64Array(this.count);
      const counts = new Uint32Array(this.count);
      const masks = new Uint32Array(this.count);
      const base = Math.floor(this.firstNs / ROLLUP_NS);
      let run = 0;
      for (let p = 0; p < perProcess.length; p++) {
        starts[p] = run;
        let bin = base;
        for (let left = perProcess[p]!; left > 0;) {
          bin += reader.varint();
          const events = reader.varint();
          if (events === 0 || events > left || run >= this.count) this.#damaged('bins');
          bins[run] = bin;
          counts[run] = events;
          masks[run] = reader.varint();
          run++;
          left -= events;
        }
      }
      starts[perProcess.length] = run;
      const value = { starts, bins: bins.slice(0, run), counts: counts.slice(0, run), masks: masks.slice(0, run) };
      return { value, bytes: run * 16 + starts.byteLength };
    });
  }
}
