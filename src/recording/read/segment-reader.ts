/** One segment file: its blocks as far as they are whole, and its summary once it is sealed. */
import { openToRead, readFully, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { BLOCK_HEADER_BYTES, SEGMENT_BLOCKS, readBlockHeader, type BlockHeader } from '../format/layout.js';
import { binAt, readRollupPage, visitRuns } from '../format/rollup.js';
import {
  FOOTER_HEAD_BYTES,
  FOOTER_PARTS,
  FooterPart,
  SEGMENT_HEAD_BYTES,
  TRAILER_BYTES,
  isSegmentHead,
  readFooter,
  readFooterDirectory,
  readTrailer,
  type PartDirectory,
} from '../format/segment-file.js';
import { readPostings, search, type Postings } from '../format/segment-summary.js';
import type { Unpacker } from '../format/zstd.js';
import { upperBound } from './block.js';
import type { ColumnCache } from './column-cache.js';
import type { BlockSource } from './sealed-block.js';

/** Most pages of a part of a footer. */
const PAGES = 1 << 18;
/** A page of nothing, of postings and rollups alike. */
const NO_KEYS = new Uint8Array(8);

export class SegmentReader implements BlockSource {
  readonly #fd: number;
  #size = 0;
  #position = SEGMENT_HEAD_BYTES;
  sealed = false;
  /** Number of its first block in the recording, and how many it has. */
  blocks = 0;
  #directoryAt: { at: number; packed: number; unpacked: number; end: number } | undefined;
  #parts: PartDirectory[] | undefined;
  /** As a block's source has it. */
  translate: BlockSource['translate'];
  #closed = false;

  constructor(
    private readonly disk: Disk,
    readonly path: string,
    readonly number: number,
    readonly firstBlock: number,
    readonly cache: ColumnCache,
    readonly unpacker: Unpacker,
  ) {
    this.#fd = openToRead(disk, path);
  }

  read(at: number, bytes: number): Uint8Array {
    // Its descriptor may be another file's by now.
    if (this.#closed) throw new RecordingError(`${this.path} is not open any more: the recording has moved on`);
    if (at + bytes > this.#size) this.#size = this.disk.size(this.#fd);
    if (at + bytes > this.#size) throw new RecordingError(`${this.path} is shorter than it says`);
    return readFully(this.disk, this.#fd, at, bytes, this.path);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.disk.close(this.#fd);
  }

  /** The blocks that have become whole since the last call, with where they begin. */
  walk(): { header: BlockHeader; at: number }[] {
    if (this.sealed) return [];
    this.#size = this.disk.size(this.#fd);
    const found: { header: BlockHeader; at: number }[] = [];
    if (this.#size < SEGMENT_HEAD_BYTES) return found;
    if (this.#position === SEGMENT_HEAD_BYTES && !isSegmentHead(this.read(0, SEGMENT_HEAD_BYTES), this.number))
      throw new RecordingError(`${this.path} is not segment ${this.number} of a recording`);
    const footer = this.#footer();
    if (footer) {
      for (let i = this.blocks; i < footer.blocks; i++) {
        const bytes = footer.headers.subarray(i * BLOCK_HEADER_BYTES, (i + 1) * BLOCK_HEADER_BYTES);
        const header = readBlockHeader(bytes);
        if (header === undefined || !this.#take(header, footer.at, found)) return found;
      }
      this.sealed = this.#position === footer.at;
      return found;
    }
    while (this.#size - this.#position >= BLOCK_HEADER_BYTES && this.blocks < SEGMENT_BLOCKS) {
      const header = readBlockHeader(this.read(this.#position, BLOCK_HEADER_BYTES));
      if (header === undefined || !this.#take(header, this.#size, found)) break;
    }
    return found;
  }

  /**
   * In which blocks an id occurs, as entries `from` to `to` of a page (none: equal). Undefined while the segment grows, and when its footer
   * is damaged: then each block must be asked.
   */
  entries(part: number, id: number): { page: Postings; from: number; to: number } | undefined {
    const page = this.page(part, id, (bytes) => readPostings(bytes, this.blocks));
    if (page === undefined) return undefined;
    const k = page.find(id);
    return k < 0 ? { page, from: 0, to: 0 } : { page, from: page.starts[k]!, to: page.starts[k + 1]! };
  }

  /** Widths of the rollup's levels as powers of two, finest first; none while the segment grows or when its footer is damaged. */
  levels(): readonly number[] {
    return (
      this.#directory()
        ?.slice(FooterPart.ROLLUP, FooterPart.LIFE)
        .map(({ shift }) => shift) ?? []
    );
  }

  /** Whether the runs of a process at a level can be read. When not, the blocks must be asked. */
  hasRollup(level: number, process: number): boolean {
    return this.page(FooterPart.ROLLUP + level, process, readRollupPage) !== undefined;
  }

  /** Runs of a process at a level, of a segment that begins at `firstNs`. */
  rollup(
    level: number,
    firstNs: number,
    process: number,
    visit: (bin: number, count: number, mask: number) => void,
  ): void {
    const page = this.page(FooterPart.ROLLUP + level, process, readRollupPage);
    if (page === undefined) throw new RecordingError(`the rollup of ${this.path} is damaged`);
    const k = search(page.keys, process);
    if (k >= 0) visitRuns(page, k, binAt(firstNs, this.levels()[level]!), visit);
  }

  /**
   * The page of a part of the footer that would hold a key. Undefined while the segment grows, when it has no such part (older ones have fewer) and
   * when the footer is damaged.
   */
  page<T>(part: number, id: number, read: (bytes: Uint8Array) => T): T | undefined {
    const directory = this.#directory()?.[part];
    if (directory === undefined) return undefined;
    const i = Math.max(0, upperBound(directory.firstKeys, id) - 1);
    if (directory.firstKeys.length === 0) return part >= FooterPart.LIFE ? undefined : read(NO_KEYS);
    try {
      return this.cache.get(-1 - ((this.number * FOOTER_PARTS + part) * PAGES + i), () => {
        const at = directory.at[i]!;
        const bytes = this.unpacker.unpack(this.read(at, directory.at[i + 1]! - at), directory.unpacked[i]!);
        return { value: read(bytes), bytes: bytes.length };
      });
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.#parts = undefined;
      this.#directoryAt = undefined;
      return undefined;
    }
  }

  #directory(): PartDirectory[] | undefined {
    if (this.#parts === undefined && this.#directoryAt !== undefined) {
      const { at, packed, unpacked, end } = this.#directoryAt;
      try {
        const bytes = this.unpacker.unpack(this.read(at, packed), unpacked);
        this.#parts = readFooterDirectory(bytes, at + packed, end);
      } catch (error) {
        if (!(error instanceof RecordingError)) throw error;
        this.#directoryAt = undefined;
      }
    }
    return this.#parts;
  }

  #take(header: BlockHeader, end: number, found: { header: BlockHeader; at: number }[]): boolean {
    const next = this.#position + BLOCK_HEADER_BYTES + header.bodyBytes;
    if (next > end) return false;
    found.push({ header, at: this.#position });
    this.#position = next;
    this.blocks++;
    return true;
  }

  #footer(): { at: number; blocks: number; headers: Uint8Array } | undefined {
    if (this.#size < SEGMENT_HEAD_BYTES + TRAILER_BYTES) return undefined;
    const at = readTrailer(this.read(this.#size - TRAILER_BYTES, TRAILER_BYTES));
    if (at === undefined || at < this.#position || at > this.#size) return undefined;
    try {
      const footer = readFooter(this.read(at, Math.min(FOOTER_HEAD_BYTES, this.#size - at)), this.#size - at);
      this.#directoryAt = {
        at: at + footer.directoryAt,
        packed: footer.directoryPacked,
        unpacked: footer.directoryUnpacked,
        end: this.#size - TRAILER_BYTES,
      };
      return { at, blocks: footer.blocks, headers: footer.headers };
    } catch (error) {
      if (error instanceof RecordingError) return undefined;
      throw error;
    }
  }
}
