/** The frame of a segment file: its head, and the footer that seals it. */
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';
import { BLOCK_EVENTS, BLOCK_HEADER_BYTES, FORMAT, MAGIC, SEGMENT_BLOCKS } from './layout.js';
import { MAX_SHIFT, ROLLUP_LEVELS } from './rollup.js';
import type { Page } from './segment-summary.js';
import type { Packer } from './zstd.js';

export const SEGMENT_HEAD_BYTES = 16;
export const TRAILER_BYTES = 16;
export const FOOTER_FIXED = 20;
const SEGMENT_MAGIC = 0x47455345; // 'ESEG'

/** The parts of a footer, in their order: postings, then the levels of the rollup, then those that older segments do not have. */
export const FooterPart = { PROCESSES: 0, FUNCTIONS: 1, ROLLUP: 2, LIFE: 5, CHANGES: 6 } as const;
/** Every segment has these. */
const FIRST_PARTS = FooterPart.ROLLUP + ROLLUP_LEVELS;
export const FOOTER_PARTS = 7;
/** What newer ones may have. */
const MAX_PARTS = 16;
/** Of each part: at most so many pages, none larger than so many bytes. */
const MAX_FOOTER_PAGES = 1 << 18;
const MAX_PAGE = SEGMENT_BLOCKS * BLOCK_EVENTS * 4;

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

/** What a footer says of a part: where its pages lie and which keys they begin with. */
export interface PartDirectory {
  /** Of a level of the rollup: its bins are 2^shift ns wide. 0 otherwise. */
  shift: number;
  firstKeys: Uint32Array;
  /** In the file, one more than there are pages. */
  at: Float64Array;
  unpacked: Uint32Array;
}

/** `headers`: those of all blocks of the segment. `at`: where the footer will stand in the file. Parts are packed one page after the other. */
export function writeFooter(
  headers: readonly Uint8Array[],
  parts: readonly { shift: number; pages: Iterable<Page> }[],
  at: number,
  packer: Packer,
): Uint8Array {
  const directory = new ByteWriter(1 << 14);
  const pages = new ByteWriter(1 << 14);
  for (const part of parts) {
    const list: [number, number, number][] = [];
    // Too much of it: a reader finds the same in the blocks.
    const fits = Array.isArray(part.pages) ? part.pages.every(({ bytes }: Page) => bytes.length <= MAX_PAGE) : true;
    for (const { firstKey, bytes } of fits ? part.pages : []) {
      const frame = packer.pack(bytes);
      list.push([firstKey, frame.length, bytes.length]);
      pages.raw(frame);
    }
    directory.u32(part.shift);
    directory.u32(list.length);
    for (let column = 0; column < 3; column++) for (const entry of list) directory.u32(entry[column]!);
  }
  const frame = packer.pack(directory.bytes());
  const out = new ByteWriter(
    FOOTER_FIXED + headers.length * BLOCK_HEADER_BYTES + frame.length + pages.size + TRAILER_BYTES,
  );
  out.u32(MAGIC.FOOTER);
  out.u32(0);
  out.u32(headers.length);
  out.u32(frame.length);
  out.u32(directory.size);
  for (const header of headers) out.raw(header);
  new DataView(out.buffer.buffer).setUint32(4, crc32(out.buffer, 8, out.size), true);
  out.raw(frame);
  out.raw(pages.bytes());
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
  /** Where the packed directory begins, counted from the footer's first byte. */
  directoryAt: number;
  directoryPacked: number;
  directoryUnpacked: number;
}

/** The first bytes of a footer that hold everything but directory and pages: at most so many. */
export const FOOTER_HEAD_BYTES = FOOTER_FIXED + SEGMENT_BLOCKS * BLOCK_HEADER_BYTES;

/** Reads the head of a footer of `size` bytes in all. Throws a RecordingError when it is damaged. */
export function readFooter(bytes: Uint8Array, size: number): Footer {
  const reader = new ByteReader(bytes);
  const magic = reader.u32();
  const sum = reader.u32();
  const blocks = reader.u32();
  const directoryPacked = reader.u32();
  const directoryUnpacked = reader.u32();
  const directoryAt = FOOTER_FIXED + blocks * BLOCK_HEADER_BYTES;
  const sound =
    magic === MAGIC.FOOTER &&
    blocks > 0 &&
    blocks <= SEGMENT_BLOCKS &&
    directoryUnpacked <= MAX_PARTS * (8 + MAX_FOOTER_PAGES * 12) &&
    directoryAt <= bytes.length &&
    directoryAt + directoryPacked + TRAILER_BYTES <= size &&
    crc32(bytes, 8, directoryAt) === sum;
  if (!sound) throw new RecordingError('the footer of a segment is damaged');
  return {
    headers: bytes.subarray(FOOTER_FIXED, directoryAt),
    blocks,
    directoryAt,
    directoryPacked,
    directoryUnpacked,
  };
}

/** Reads an unpacked directory; the pages lie between `from` and `to` in the file. Throws a RecordingError when it cannot be so. */
export function readFooterDirectory(bytes: Uint8Array, from: number, to: number): PartDirectory[] {
  const reader = new ByteReader(bytes);
  const parts: PartDirectory[] = [];
  let at = from;
  let sound = true;
  for (let part = 0; part < FIRST_PARTS || (reader.left > 0 && part < MAX_PARTS); part++) {
    const shift = reader.u32();
    const pages = reader.u32();
    if (pages > MAX_FOOTER_PAGES) throw new RecordingError('the footer of a segment is damaged');
    const firstKeys = Uint32Array.from({ length: pages }, () => reader.u32());
    const ats = new Float64Array(pages + 1);
    for (let i = 0; i < pages; i++) {
      ats[i] = at;
      at += reader.u32();
    }
    ats[pages] = at;
    const unpacked = Uint32Array.from({ length: pages }, () => reader.u32());
    for (let i = 0; i < pages; i++)
      sound &&= unpacked[i]! <= MAX_PAGE && (i === 0 || firstKeys[i - 1]! < firstKeys[i]!);
    sound &&= shift <= MAX_SHIFT;
    if (part < FOOTER_PARTS) parts.push({ shift, firstKeys, at: ats, unpacked });
  }
  if (!sound || at !== to || reader.left > 0) throw new RecordingError('the footer of a segment is damaged');
  return parts;
}
