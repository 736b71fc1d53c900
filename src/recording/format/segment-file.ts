/** The frame of a segment file: its head, and the footer that seals it. */
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';
import { BLOCK_HEADER_BYTES, FORMAT, MAGIC, SEGMENT_BLOCKS } from './layout.js';

export const SEGMENT_HEAD_BYTES = 16;
export const TRAILER_BYTES = 16;
const FOOTER_FIXED = 20;
const SEGMENT_MAGIC = 0x47455345; // 'ESEG'
const MAX_SUMMARY = SEGMENT_BLOCKS * 65_536 * 32;

export function writeSegmentHead(number: number): Uint8Array {
  const out = new ByteWriter(SEGMENT_HEAD_BYTES);
  out.u32(SEGMENT_MAGIC);
  out.u32(FORMAT);
  out.u64(number);
  return out.bytes();
}

/** Whether these are the first bytes of segment `number`. */
export function isSegmentHead(bytes: Uint8Array, number: number): boolean {
  if (bytes.length < SEGMENT_HEAD_BYTES) return false;
  const reader = new ByteReader(bytes);
  return reader.u32() === SEGMENT_MAGIC && reader.u32() === FORMAT && reader.u64() === number;
}

/** `headers`: those of all blocks of the segment; `summary`: packed. `at`: where the footer will stand in the file. */
export function writeFooter(
  headers: readonly Uint8Array[],
  summary: Uint8Array,
  unpacked: number,
  at: number,
): Uint8Array {
  const out = new ByteWriter(FOOTER_FIXED + headers.length * BLOCK_HEADER_BYTES + summary.length + TRAILER_BYTES);
  out.u32(MAGIC.FOOTER);
  out.u32(0);
  out.u32(headers.length);
  out.u32(summary.length);
  out.u32(unpacked);
  for (const header of headers) out.raw(header);
  const end = out.size;
  new DataView(out.buffer.buffer).setUint32(4, crc32(out.buffer, 8, end), true);
  out.raw(summary);
  const trailer = new ByteWriter(TRAILER_BYTES);
  trailer.u64(at);
  trailer.u32(MAGIC.FOOTER);
  out.raw(trailer.bytes());
  out.u32(crc32(trailer.bytes()));
  return out.bytes();
}

/** Where the footer of a sealed segment begins, from the last bytes of its file; undefined when it is not sealed. */
export function readTrailer(bytes: Uint8Array): number | undefined {
  if (bytes.length !== TRAILER_BYTES) return undefined;
  const sum = new ByteReader(bytes.subarray(12)).u32();
  const reader = new ByteReader(bytes);
  if (crc32(bytes, 0, 12) !== sum) return undefined;
  const at = reader.u64();
  return reader.u32() === MAGIC.FOOTER ? at : undefined;
}

export interface Footer {
  /** Bytes of the headers of the blocks, one after the other. */
  headers: Uint8Array;
  blocks: number;
  /** Where the packed summary begins, counted from the footer's first byte. */
  summaryAt: number;
  summaryPacked: number;
  summaryUnpacked: number;
}

/** Reads everything of a footer but its summary. Throws a RecordingError when it is damaged. */
export function readFooter(bytes: Uint8Array): Footer {
  const reader = new ByteReader(bytes);
  const magic = reader.u32();
  const sum = reader.u32();
  const blocks = reader.u32();
  const summaryPacked = reader.u32();
  const summaryUnpacked = reader.u32();
  const summaryAt = FOOTER_FIXED + blocks * BLOCK_HEADER_BYTES;
  const sound =
    magic === MAGIC.FOOTER &&
    blocks > 0 &&
    blocks <= SEGMENT_BLOCKS &&
    summaryUnpacked <= MAX_SUMMARY &&
    summaryAt + summaryPacked + TRAILER_BYTES === bytes.length &&
    crc32(bytes, 8, summaryAt) === sum;
  if (!sound) throw new RecordingError('the footer of a segment is damaged');
  return { headers: bytes.subarray(FOOTER_FIXED, summaryAt), blocks, summaryAt, summaryPacked, summaryUnpacked };
}
