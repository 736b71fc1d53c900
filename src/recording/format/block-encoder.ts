/** Packs the rows of a block: columns, directories, payload chunks (docs/formats/recording.md, "Blocks"). */
import { kindCode } from '../model.js';
import type { BlockBuilder } from './block-builder.js';
import { ByteWriter } from './bytes.js';
import {
  BLOCK_HEADER_BYTES,
  CHUNK_BYTES,
  COLUMNS,
  Column,
  KIND_SLOTS,
  PAGE_ROWS,
  STREAMS,
  STREAM_OF,
  Stream,
  writeBlockHeader,
} from './layout.js';
import { Localizer } from './localizer.js';
import { Packer } from './zstd.js';
import type { BlockPostings } from './segment-summary.js';

const STATE = kindCode('state');

/** A packed block. `bytes` is valid until the next block is packed. */
export interface PackedBlock {
  bytes: Uint8Array;
  header: Uint8Array;
  postings: BlockPostings;
  /** The rows by process, in order within each, and how many each process (of the postings) has. */
  rows: Uint16Array;
  counts: Uint32Array;
}

export class BlockEncoder {
  readonly #packer = new Packer();
  readonly #out = new ByteWriter(1 << 14);
  readonly #scratch = new ByteWriter(1 << 14);
  readonly #directory = new ByteWriter(1 << 12);
  readonly #pages = new ByteWriter(1 << 14);
  readonly #payloads = new ByteWriter(1 << 14);
  readonly #processes = new Localizer();
  readonly #peers = new Localizer();
  readonly #functions = new Localizer();
  #arena = new Uint8Array(1 << 16);

  /** `names`: bytes of the dictionary, which has all names that the block uses. */
  encode(block: BlockBuilder, names = 0): PackedBlock {
    const n = block.count;
    const out = this.#out.reset();
    out.reserve(BLOCK_HEADER_BYTES);
    out.size = BLOCK_HEADER_BYTES;
    const packed = new Uint32Array(COLUMNS);
    const unpacked = new Uint32Array(COLUMNS);

    const processes = this.#processes.run(block.process, n);
    const peers = this.#peers.run(block.peer, n);
    const functions = this.#functions.run(block.fn, n);
    const kinds = new Uint32Array(KIND_SLOTS);
    const masks = new Uint32Array(processes.ids.length);
    for (let i = 0; i < n; i++) {
      const kind = block.kind[i]!;
      kinds[kind]!++;
      masks[processes.local[i]!]! |= 1 << kind;
    }
    const stateOrder = statesByProcess(block, processes.local, kinds);
    const chunks = this.#planChunks(block, stateOrder);
    const payloads = this.#payloads.reset();
    for (let s = 0; s < STREAMS; s++) {
      const arena = s === Stream.STATE ? this.#arena : block.streams[s]!;
      for (const chunk of chunks[s]!) {
        const frame = this.#packer.pack(arena.subarray(chunk.from, chunk.from + chunk.bytes));
        chunk.packed = frame.length;
        payloads.raw(frame);
      }
    }

    // The pages come first into a buffer of their own: the directory, which stands before them, says how long they are.
    const directory = this.#directory.reset();
    const pages = this.#pages.reset();
    const paged = (column: number, page: (from: number, to: number) => Uint8Array): void => {
      for (let from = 0; from < n; from += PAGE_ROWS) {
        const bytes = page(from, Math.min(n, from + PAGE_ROWS));
        const frame = this.#packer.pack(bytes);
        packed[column]! += frame.length;
        unpacked[column]! += bytes.length;
        directory.varint(frame.length);
        directory.varint(bytes.length);
        pages.raw(frame);
      }
    };
    paged(Column.KIND, (from, to) => block.kind.subarray(from, to));
    paged(Column.FLAGS, (from, to) => block.flags.subarray(from, to));
    const firstNs = block.ns[0]!;
    paged(Column.NS, (from, to) => this.#times(block.ns, firstNs, from, to));
    paged(Column.PROCESS, narrow(processes.local, processes.ids.length, n));
    paged(Column.PEER, narrow(peers.local, peers.ids.length, n));
    paged(Column.FN, narrow(functions.local, functions.ids.length, n));
    paged(Column.CAUSE, (from, to) => this.#causes(block, from, to));
    const streamAt = new Float64Array(STREAMS);
    paged(Column.LENGTH, (from, to) => this.#lengths(block, streamAt, from, to));
    for (const stream of chunks) {
      directory.varint(stream.length);
      for (const chunk of stream) {
        directory.varint(chunk.bytes);
        directory.varint(chunk.packed);
      }
    }

    const put = (column: number, bytes: Uint8Array): void => {
      const frame = this.#packer.pack(bytes);
      packed[column] = frame.length;
      unpacked[column] = bytes.length;
      out.raw(frame);
    };
    put(Column.DIRECTORY, directory.bytes());
    put(Column.PROCESSES, this.#ids(processes.ids, masks));
    put(Column.PEERS, this.#ids(peers.ids, undefined));
    put(Column.FUNCTIONS, this.#ids(functions.ids, functions.counts));
    put(Column.STATES, this.#encodeStates(block, stateOrder));
    out.raw(pages.bytes());
    out.raw(payloads.bytes());

    const header = writeBlockHeader({
      firstSeq: block.firstSeq,
      count: n,
      names,
      firstNs,
      lastNs: block.ns[n - 1]!,
      bodyBytes: out.size - BLOCK_HEADER_BYTES,
      packed,
      unpacked,
      kinds,
    });
    out.buffer.set(header, 0);
    return {
      bytes: out.bytes(),
      header,
      postings: { processes: processes.ids, masks, functions: functions.ids, calls: functions.counts },
      rows: processes.rows(n),
      counts: processes.counts,
    };
  }

  /** Of each row the time since the one before; of the first of a page that since the block's first. */
  #times(ns: Float64Array, firstNs: number, from: number, to: number): Uint8Array {
    const scratch = this.#scratch.reset();
    let before = firstNs;
    for (let i = from; i < to; i++) {
      const now = ns[i]!;
      scratch.varint(now - before);
      before = now;
    }
    return scratch.bytes();
  }

  #causes(block: BlockBuilder, from: number, to: number): Uint8Array {
    const scratch = this.#scratch.reset();
    const { cause, firstSeq } = block;
    for (let i = from; i < to; i++) scratch.varint(cause[i] === 0 ? 0 : firstSeq + i - cause[i]!);
    return scratch.bytes();
  }

  /** Before the lengths: where the page's payloads begin in each stream. */
  #lengths(block: BlockBuilder, streamAt: Float64Array, from: number, to: number): Uint8Array {
    const scratch = this.#scratch.reset();
    const { kind, length } = block;
    for (let s = 0; s < STREAMS; s++) scratch.varint(streamAt[s]!);
    for (let i = from; i < to; i++) {
      scratch.varint(length[i]!);
      streamAt[STREAM_OF[kind[i]!]!]! += length[i]!;
    }
    return scratch.bytes();
  }

  /** Ascending ids, then a value for each. */
  #ids(ids: Uint32Array, values: Uint32Array | undefined): Uint8Array {
    const out = this.#scratch.reset();
    out.varint(ids.length);
    for (let i = 0, last = 0; i < ids.length; i++) {
      out.varint(ids[i]! - last);
      last = ids[i]!;
    }
    if (values) for (let i = 0; i < ids.length; i++) out.varint(values[i]!);
    return out.bytes();
  }

  /** Cuts each stream at the end of a row once a chunk is long enough. The states are copied into process order on the way. */
  #planChunks(block: BlockBuilder, stateOrder: Uint32Array): Chunk[][] {
    const streams: Chunk[][] = [];
    const open = new Float64Array(STREAMS);
    for (let s = 0; s < STREAMS; s++) streams.push([]);
    const cut = (stream: number, end: number): void => {
      const from = open[stream]!;
      if (end > from) streams[stream]!.push({ from, bytes: end - from, packed: 0 });
      open[stream] = end;
    };
    const { kind, offset, length, count } = block;
    for (let i = 0; i < count; i++) {
      const stream = STREAM_OF[kind[i]!]!;
      if (stream === Stream.STATE) continue;
      const end = offset[i]! + length[i]!;
      if (end - open[stream]! >= CHUNK_BYTES) cut(stream, end);
    }
    const stateBytes = block.streamBytes[Stream.STATE]!;
    if (this.#arena.length < stateBytes) this.#arena = new Uint8Array(stateBytes * 2);
    let at = 0;
    const arena = this.#arena;
    const states = block.streams[Stream.STATE]!;
    for (let k = 0; k < stateOrder.length; k++) {
      const row = stateOrder[k]! & 0xffff;
      const bytes = length[row]!;
      arena.set(states.subarray(offset[row], offset[row]! + bytes), at);
      at += bytes;
      if (at - open[Stream.STATE]! >= CHUNK_BYTES) cut(Stream.STATE, at);
    }
    for (let s = 0; s < STREAMS; s++) cut(s, block.streamBytes[s]!);
    return streams;
  }

  #encodeStates(block: BlockBuilder, order: Uint32Array): Uint8Array {
    const out = this.#scratch.reset();
    out.varint(order.length);
    let process = 0;
    let row = 0;
    for (const key of order) {
      const nextProcess = key >>> 16;
      const nextRow = key & 0xffff;
      out.varint(nextProcess - process);
      out.varint(nextProcess === process ? nextRow - row : nextRow);
      out.varint(block.length[nextRow]!);
      process = nextProcess;
      row = nextRow;
    }
    return out.bytes();
  }
}

interface Chunk {
  from: number;
  bytes: number;
  packed: number;
}

/** `local process << 16 | row` of every state, in the order of their stream. */
function statesByProcess(block: BlockBuilder, local: Uint16Array, kinds: Uint32Array): Uint32Array {
  const keys = new Uint32Array(kinds[STATE]!);
  let at = 0;
  for (let i = 0; i < block.count; i++) {
    if (block.kind[i] === STATE) keys[at++] = ((local[i]! << 16) | i) >>> 0;
  }
  return keys.sort();
}

/** The pages of a column of local numbers: one byte a row where a byte is enough. */
function narrow(local: Uint16Array, distinct: number, n: number): (from: number, to: number) => Uint8Array {
  if (distinct <= 256) {
    const bytes = new Uint8Array(local.subarray(0, n));
    return (from, to) => bytes.subarray(from, to);
  }
  return (from, to) => new Uint8Array(local.buffer, local.byteOffset + from * 2, (to - from) * 2);
}
