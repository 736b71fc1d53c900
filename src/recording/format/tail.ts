/**
 * The tail: rows that were flushed before their block was full, one frame a flush, as plain columns. It costs each row one extra write
 * at most, and goes away when the block is sealed.
 */
import { RecordingError } from '../errors.js';
import type { BlockBuilder } from './block-builder.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';
import { BLOCK_EVENTS, BLOCK_PAYLOAD_BYTES, KIND_SLOTS, MAGIC, MAX_PAYLOAD, STREAMS, STREAM_OF } from './layout.js';
import type { Packer, Unpacker } from './zstd.js';

export const TAIL_HEADER_BYTES = 32;
const ROW_BYTES = 8 + 8 + 4 * 4 + 2;

export interface TailHeader {
  firstSeq: number;
  count: number;
  unpacked: number;
  packed: number;
  /** As in the header of a block. */
  names: number;
}

/** A frame with the rows of `block` from `row` on, whose payloads begin at `streamFrom` in each stream. */
export function writeTailFrame(
  block: BlockBuilder,
  row: number,
  streamFrom: Float64Array,
  packer: Packer,
  names = 0,
): Uint8Array {
  const n = block.count - row;
  const body = new ByteWriter(n * ROW_BYTES + STREAMS * 4 + 1024);
  const column = (values: Float64Array | Uint32Array | Uint8Array): void => {
    const part = values.subarray(row, block.count);
    body.raw(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  };
  column(block.ns);
  column(block.cause);
  column(block.process);
  column(block.peer);
  column(block.fn);
  column(block.length);
  for (let s = 0; s < STREAMS; s++) body.u32(block.streamBytes[s]! - streamFrom[s]!);
  column(block.kind);
  column(block.flags);
  for (let s = 0; s < STREAMS; s++) body.raw(block.streams[s]!.subarray(streamFrom[s], block.streamBytes[s]));
  const unpacked = body.size;
  const frame = packer.pack(body.bytes());
  const out = new ByteWriter(TAIL_HEADER_BYTES + frame.length);
  out.u32(MAGIC.TAIL);
  out.u32(0);
  out.u64(block.firstSeq + row);
  out.u32(n);
  out.u32(unpacked);
  out.u32(frame.length);
  out.u32(Math.min(names, 0xffff_ffff));
  out.raw(frame);
  const bytes = out.bytes();
  new DataView(bytes.buffer).setUint32(4, crc32(bytes, 8, TAIL_HEADER_BYTES), true);
  return bytes;
}

/** Undefined when these bytes are no whole, unharmed header. */
export function readTailHeader(bytes: Uint8Array): TailHeader | undefined {
  if (bytes.length < TAIL_HEADER_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC.TAIL || reader.u32() !== crc32(bytes, 8, TAIL_HEADER_BYTES)) return undefined;
  const header = {
    firstSeq: reader.u64(),
    count: reader.u32(),
    unpacked: reader.u32(),
    packed: reader.u32(),
    names: reader.u32(),
  };
  const most = header.count * ROW_BYTES + STREAMS * 4 + BLOCK_PAYLOAD_BYTES + MAX_PAYLOAD;
  if (header.count === 0 || header.count > BLOCK_EVENTS || header.unpacked > most)
    throw new RecordingError('a frame of the tail says that it is too large');
  return header;
}

/** Appends the rows of a frame to a block. Throws a RecordingError, leaving the block as it was, when they do not fit together. */
export function readTailFrame(frame: Uint8Array, header: TailHeader, block: BlockBuilder, unpacker: Unpacker): void {
  const n = header.count;
  const row = block.count;
  if (block.firstSeq + row !== header.firstSeq || row + n > block.capacity)
    throw new RecordingError('a frame of the tail does not follow the one before');
  const bytes = unpacker.unpack(frame, header.unpacked);
  const reader = new ByteReader(bytes);
  const doubles = (): Float64Array => {
    const raw = reader.raw(n * 8);
    return new Float64Array(raw.buffer, raw.byteOffset, n);
  };
  const words = (count: number): Uint32Array => {
    const raw = reader.raw(count * 4);
    return new Uint32Array(raw.buffer, raw.byteOffset, count);
  };
  const ns = doubles();
  const cause = doubles();
  const process = words(n);
  const peer = words(n);
  const fn = words(n);
  const length = words(n);
  const streamBytes = words(STREAMS);
  const kind = reader.raw(n);
  const flags = reader.raw(n);

  const used = new Float64Array(STREAMS);
  const offset = new Uint32Array(n);
  let lastNs = block.lastNs;
  for (let i = 0; i < n; i++) {
    if (!Number.isSafeInteger(ns[i]) || ns[i]! < lastNs) throw new RecordingError('time runs backwards in the tail');
    if (!Number.isSafeInteger(cause[i]) || cause[i]! < 0 || cause[i]! >= header.firstSeq + i)
      throw new RecordingError('an event in the tail follows from a later one');
    if (kind[i]! >= KIND_SLOTS) throw new RecordingError('an event in the tail is of no known kind');
    lastNs = ns[i]!;
    const stream = STREAM_OF[kind[i]!]!;
    offset[i] = block.streamBytes[stream]! + used[stream]!;
    used[stream]! += length[i]!;
  }
  let total = 0;
  for (let s = 0; s < STREAMS; s++) {
    if (used[s] !== streamBytes[s]) throw new RecordingError('the payloads in the tail do not fit their rows');
    total += streamBytes[s]!;
  }
  if (reader.left !== total) throw new RecordingError('the payloads in the tail do not fit their rows');

  block.ns.set(ns, row);
  block.cause.set(cause, row);
  block.process.set(process, row);
  block.peer.set(peer, row);
  block.fn.set(fn, row);
  block.length.set(length, row);
  block.offset.set(offset, row);
  block.kind.set(kind, row);
  block.flags.set(flags, row);
  for (let s = 0; s < STREAMS; s++) block.addBytes(s, reader.raw(streamBytes[s]!));
  block.count += n;
}
