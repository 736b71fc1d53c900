/** Sizes, names and fixed structures of docs/formats/recording.md. */
import { join } from 'node:path';
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';

export const FORMAT = 1;
/** A block ends at so many events… */
export const BLOCK_EVENTS = 65_536;
/** …or as soon as its payloads reach so many bytes. */
export const BLOCK_PAYLOAD_BYTES = 16 << 20;
export const MAX_PAYLOAD = 16 << 20;
/** A segment is sealed at so many blocks or bytes. */
export const SEGMENT_BLOCKS = 64;
export const SEGMENT_BYTES = 64 << 20;
/** Payload streams are packed in chunks of about so many bytes, so that one state does not cost a whole block's states. */
export const CHUNK_BYTES = 64 << 10;
/** The columns of a block lie in pages of so many rows, a frame each: following one cause unpacks a page, not the block. */
export const PAGE_ROWS = 1 << 12;
export const MAX_PAGES = BLOCK_EVENTS / PAGE_ROWS;
/** Kinds have 32 slots in headers and masks. */
export const KIND_SLOTS = 32;

/** The parts of a block, in their order in the file. Payload chunks follow them. From KIND on they lie in pages. */
export const Column = {
  DIRECTORY: 0,
  PROCESSES: 1,
  PEERS: 2,
  FUNCTIONS: 3,
  STATES: 4,
  KIND: 5,
  FLAGS: 6,
  NS: 7,
  PROCESS: 8,
  PEER: 9,
  FN: 10,
  CAUSE: 11,
  LENGTH: 12,
} as const;
export const COLUMNS = 13;
export const FIRST_PAGED: number = Column.KIND;

/** Payload streams. Messages lie together because a handled message repeats the arrived one, which repeats the sent one. */
export const Stream = { LIFE: 0, MESSAGE: 1, CALL: 2, STATE: 3, OTHER: 4 } as const;
export const STREAMS = 5;

const L = Stream.LIFE;
const M = Stream.MESSAGE;
const C = Stream.CALL;
const O = Stream.OTHER;
/** Stream of each kind code; codes not known yet go to OTHER. */
export const STREAM_OF = Uint8Array.from([
  ...[O, L, L, L, L, L, L, M, M, C, C, C, M, C, Stream.STATE, O, O, O, O, O, O],
  ...new Array<number>(KIND_SLOTS - 21).fill(O),
]);

export const MAGIC = {
  /** 'ESBK' */ BLOCK: 0x4b425345,
  /** 'ESFT' */ FOOTER: 0x54465345,
  /** 'ESTL' */ TAIL: 0x4c545345,
} as const;

export const files = {
  manifest: (path: string): string => join(path, 'recording.json'),
  /** While it is written. */
  spare: (path: string): string => join(path, 'recording.json.spare'),
  dictionary: (path: string): string => join(path, 'dictionary.log'),
  /** Sources of modules; there only once there is one. */
  sources: (path: string): string => join(path, 'sources.log'),
  /** What was to be recorded, and why: made by the plan, not read here. */
  plan: (path: string): string => join(path, 'plan.json'),
  /** Bookmarks and notes, and the same while it is written. */
  marks: (path: string): string => join(path, 'marks.json'),
  nextMarks: (path: string): string => join(path, 'marks.json.next'),
  segment: (path: string, number: number): string => join(path, `segment-${String(number).padStart(6, '0')}.seg`),
  /** What stood when the segments before this one were dropped. */
  keyframe: (path: string, segment: number): string => join(path, `keyframe-${String(segment).padStart(6, '0')}.seg`),
  tail: (path: string, block: number): string => join(path, `tail-${String(block).padStart(9, '0')}.log`),
};

/** What the header of a block says. */
export interface BlockHeader {
  firstSeq: number;
  count: number;
  /** The dictionary had so many bytes when the block was written: all names that the block uses lie in these. 0: not known. */
  names: number;
  firstNs: number;
  lastNs: number;
  /** All bytes of the block after the header. */
  bodyBytes: number;
  /** Packed and unpacked size of each column, in their order in the file. */
  packed: Uint32Array;
  unpacked: Uint32Array;
  /** Events by kind code. */
  kinds: Uint32Array;
}

export const BLOCK_HEADER_BYTES = 8 + 40 + COLUMNS * 8 + KIND_SLOTS * 4;

export function writeBlockHeader(header: BlockHeader): Uint8Array {
  const writer = new ByteWriter(BLOCK_HEADER_BYTES);
  writer.u32(MAGIC.BLOCK);
  writer.u32(0);
  writer.u64(header.firstSeq);
  writer.u64(header.firstNs);
  writer.u64(header.lastNs);
  writer.u64(header.bodyBytes);
  writer.u32(header.count);
  writer.u32(Math.min(header.names, 0xffff_ffff));
  for (let c = 0; c < COLUMNS; c++) {
    writer.u32(header.packed[c]!);
    writer.u32(header.unpacked[c]!);
  }
  for (let k = 0; k < KIND_SLOTS; k++) writer.u32(header.kinds[k]!);
  const bytes = writer.bytes();
  new DataView(bytes.buffer).setUint32(4, crc32(bytes, 8), true);
  return bytes;
}

/** Undefined when these bytes are no whole, unharmed header of a block. Sizes that make no sense throw a RecordingError. */
export function readBlockHeader(bytes: Uint8Array): BlockHeader | undefined {
  if (bytes.length < BLOCK_HEADER_BYTES) return undefined;
  const reader = new ByteReader(bytes.subarray(0, BLOCK_HEADER_BYTES));
  if (reader.u32() !== MAGIC.BLOCK) return undefined;
  if (reader.u32() !== crc32(bytes, 8, BLOCK_HEADER_BYTES)) return undefined;
  const firstSeq = reader.u64();
  const firstNs = reader.u64();
  const lastNs = reader.u64();
  const bodyBytes = reader.u64();
  const count = reader.u32();
  const names = reader.u32();
  const packed = new Uint32Array(COLUMNS);
  const unpacked = new Uint32Array(COLUMNS);
  let sum = 0;
  for (let c = 0; c < COLUMNS; c++) {
    packed[c] = reader.u32();
    unpacked[c] = reader.u32();
    sum += packed[c]!;
    if (unpacked[c]! > maxUnpacked(c, count))
      throw new RecordingError(`a block says that its column ${c} is too large`);
  }
  const kinds = new Uint32Array(KIND_SLOTS);
  let events = 0;
  for (let k = 0; k < KIND_SLOTS; k++) {
    kinds[k] = reader.u32();
    events += kinds[k]!;
  }
  const sound =
    count > 0 && count <= BLOCK_EVENTS && firstSeq > 0 && lastNs >= firstNs && sum <= bodyBytes && events === count;
  if (!sound) throw new RecordingError(`the header of the block at event ${firstSeq} contradicts itself`);
  return { firstSeq, count, names, firstNs, lastNs, bodyBytes, packed, unpacked, kinds };
}

/** What a column of so many events can need at most: nothing larger is ever allocated. */
function maxUnpacked(column: number, count: number): number {
  switch (column) {
    case Column.KIND:
    case Column.FLAGS:
      return count;
    case Column.PROCESS:
    case Column.PEER:
    case Column.FN:
      return count * 2;
    case Column.DIRECTORY:
      return 1 << 16;
    case Column.PROCESSES:
    case Column.PEERS:
    case Column.FUNCTIONS:
      return count * 16 + 64;
    case Column.STATES:
      return count * 24 + 64;
    default:
      return count * 8 + MAX_PAGES * STREAMS * 8;
  }
}
