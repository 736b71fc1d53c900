/**
 * The head of a keyframe file (docs/formats/recording.md, "Windows"): which events of the dropped segments its rows were. Blocks follow
 * it as in a segment.
 */
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';
import { FORMAT } from './layout.js';
import type { Packer, Unpacker } from './zstd.js';

export const KEYFRAME_HEAD_BYTES = 32;
const KEYFRAME_MAGIC = 0x464b5345; // 'ESKF'
const MAX_ROWS = 1 << 28;

/** `origins`: the seq that each row had, ascending. */
export function writeKeyframeHead(segment: number, origins: Float64Array, packer: Packer): Uint8Array {
  const list = new ByteWriter(origins.length * 2 + 16);
  for (let i = 0; i < origins.length; i++) list.varint(origins[i]! - (i === 0 ? 0 : origins[i - 1]!));
  const frame = packer.pack(list.bytes());
  const out = new ByteWriter(KEYFRAME_HEAD_BYTES + frame.length);
  out.u32(KEYFRAME_MAGIC);
  out.u32(FORMAT);
  out.u64(segment);
  out.u32(origins.length);
  out.u32(frame.length);
  out.u32(list.size);
  out.u32(crc32(out.bytes()));
  out.raw(frame);
  return out.bytes();
}

export interface KeyframeHead {
  rows: number;
  packed: number;
  unpacked: number;
}

/** Throws a RecordingError when these bytes are not the head of the keyframe before segment `segment`. */
export function readKeyframeHead(bytes: Uint8Array, segment: number): KeyframeHead {
  const reader = new ByteReader(bytes);
  const fits = reader.u32() === KEYFRAME_MAGIC && reader.u32() === FORMAT && reader.u64() === segment;
  const head = { rows: reader.u32(), packed: reader.u32(), unpacked: reader.u32() };
  const sound = fits && reader.u32() === crc32(bytes, 0, KEYFRAME_HEAD_BYTES - 4);
  if (!sound || head.rows > MAX_ROWS || head.unpacked > head.rows * 8)
    throw new RecordingError(`the head of the keyframe before segment ${segment} is damaged`);
  return head;
}

export function readOrigins(frame: Uint8Array, head: KeyframeHead, unpacker: Unpacker): Float64Array {
  const reader = new ByteReader(unpacker.unpack(frame, head.unpacked));
  const origins = new Float64Array(head.rows);
  let last = 0;
  for (let i = 0; i < origins.length; i++) {
    const step = reader.varint();
    if (step === 0) throw new RecordingError('the keyframe names an event twice');
    origins[i] = last += step;
  }
  return origins;
}
