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
  ROLLUP_NS,
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
}

export class BlockEncoder {
  readonly #packer = new Packer();
  readonly #out = new ByteWriter(1 << 20);
  readonly #scratch = new ByteWriter(1 << 19);
  readonly #index = new ByteWriter(1 << 16);
  readonly #payloads = new ByteWriter(1 << 20);
  readonly #processes = new Localizer();
  readonly #peers = new Localizer();
  readonly #functions = new Localizer();
  #arena = new Uint8Array(1 << 16);

  encode(block: BlockBuilder): PackedBlock {
    const n = block.count;
    const out = this.#out.reset();
    out.reserve(BLOCK_HEADER_BYTES);
    out.size = BLOCK_HEADER_BYTES;
    const packed = new Uint32Array(COLUMNS);
    const unpacked = new Uint32Array(COLUMNS);
    const put = (column: number, bytes: Uint8Array): void => {
      const frame = this.#packer.pack(bytes);
      packed[column] = frame.length;
      unpacked[column] = bytes.length;
      out.raw(frame);
    };

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

    put(Column.INDEX, this.#encodeIndex(processes, masks, peers, functions, chunks));
    put(Column.STATES, this.#encodeStates(block, stateOrder));
    put(Column.ROLLUP, this.#encodeRollup(block, processes));
    put(Column.KIND, block.kind.subarray(0, n));
    put(Column.FLAGS, block.flags.subarray(0, n));
    const firstNs = block.ns[0]!;
    put(
      Column.NS,
      this.#varints(n, (i) => block.ns[i]! - (i === 0 ? firstNs : block.ns[i - 1]!)),
    );
    put(Column.PROCESS, narrow(processes.local, n, processes.ids.length));
    put(Column.PEER, narrow(peers.local, n, peers.ids.length));
    put(Column.FN, narrow(functions.local, n, functions.ids.length));
    put(
      Column.CAUSE,
      this.#varints(n, (i) => (block.cause[i] === 0 ? 0 : block.firstSeq + i - block.cause[i]!)),
    );
    put(
      Column.LENGTH,
      this.#varints(n, (i) => block.length[i]!),
    );
    out.raw(payloads.bytes());

    const header = writeBlockHeader({
      firstSeq: block.firstSeq,
      count: n,
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
    };
  }

  #varints(n: number, value: (row: number) => number): Uint8Array {
    const scratch = this.#scratch.reset();
    for (let i = 0; i < n; i++) scratch.varint(value(i));
    return scratch.bytes();
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
    for (let i = 0; i < block.count; i++) {
      const stream = STREAM_OF[block.kind[i]!]!;
      if (stream === Stream.STATE) continue;
      const end = block.offset[i]! + block.length[i]!;
      if (end - open[stream]! >= CHUNK_BYTES) cut(stream, end);
    }
    const stateBytes = block.streamBytes[Stream.STATE]!;
    if (this.#arena.length < stateBytes) this.#arena = new Uint8Array(stateBytes * 2);
    let at = 0;
    for (const key of stateOrder) {
      const row = key & 0xffff;
      this.#arena.set(block.payload(row), at);
      at += block.length[row]!;
      if (at - open[Stream.STATE]! >= CHUNK_BYTES) cut(Stream.STATE, at);
    }
    for (let s = 0; s < STREAMS; s++) cut(s, block.streamBytes[s]!);
    return streams;
  }

  #encodeIndex(
    processes: Localizer,
    masks: Uint32Array,
    peers: Localizer,
    functions: Localizer,
    chunks: Chunk[][],
  ): Uint8Array {
    const out = this.#index.reset();
    out.varint(processes.ids.length);
    for (let i = 0, last = 0; i < processes.ids.length; i++) {
      out.varint(processes.ids[i]! - last);
      out.varint(processes.counts[i]!);
      out.varint(masks[i]!);
      last = processes.ids[i]!;
    }
    out.varint(peers.ids.length);
    for (let i = 0, last = 0; i < peers.ids.length; i++) {
      out.varint(peers.ids[i]! - last);
      last = peers.ids[i]!;
    }
    out.varint(functions.ids.length);
    for (let i = 0, last = 0; i < functions.ids.length; i++) {
      out.varint(functions.ids[i]! - last);
      out.varint(functions.counts[i]!);
      last = functions.ids[i]!;
    }
    for (const stream of chunks) {
      out.varint(stream.length);
      for (const chunk of stream) {
        out.varint(chunk.bytes);
        out.varint(chunk.packed);
      }
    }
    return out.bytes();
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

  #encodeRollup(block: BlockBuilder, processes: Localizer): Uint8Array {
    const out = this.#scratch.reset();
    const rows = processes.rows(block.count);
    const base = Math.floor(block.ns[0]! / ROLLUP_NS);
    for (let p = 0, at = 0; p < processes.ids.length; p++) {
      const end = at + processes.counts[p]!;
      let bin = base;
      while (at < end) {
        const current = Math.floor(block.ns[rows[at]!]! / ROLLUP_NS);
        let count = 0;
        let mask = 0;
        while (at < end && Math.floor(block.ns[rows[at]!]! / ROLLUP_NS) === current) {
          mask |= 1 << block.kind[rows[at]!]!;
          count++;
          at++;
        }
        out.varint(current - bin);
        out.varint(count);
        out.varint(mask >>> 0);
        bin = current;
      }
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

/** One byte a row where a byte is enough. */
function narrow(local: Uint16Array, n: number, distinct: number): Uint8Array {
  if (distinct <= 256) return Uint8Array.from(local.subarray(0, n));
  return new Uint8Array(local.buffer, local.byteOffset, n * 2);
}
