/** One segment file: its blocks as far as they are whole, and its summary once it is sealed. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { RecordingError } from '../errors.js';
import { BLOCK_HEADER_BYTES, SEGMENT_BLOCKS, readBlockHeader, type BlockHeader } from '../format/layout.js';
import { SEGMENT_HEAD_BYTES, TRAILER_BYTES, isSegmentHead, readFooter, readTrailer } from '../format/segment-file.js';
import { readSummary, type SegmentSummary } from '../format/segment-summary.js';
import type { Unpacker } from '../format/zstd.js';
import type { ColumnCache } from './column-cache.js';
import type { BlockSource } from './sealed-block.js';

/** A footer is 64 block headers and a summary. */
const MAX_FOOTER = 64 << 20;

export class SegmentReader implements BlockSource {
  readonly #fd: number;
  #size = 0;
  #position = SEGMENT_HEAD_BYTES;
  sealed = false;
  /** Number of its first block in the recording, and how many it has. */
  blocks = 0;
  #summaryAt: { at: number; packed: number; unpacked: number } | undefined;
  #summary: SegmentSummary | undefined;

  constructor(
    readonly path: string,
    readonly number: number,
    readonly firstBlock: number,
    readonly cache: ColumnCache,
    readonly unpacker: Unpacker,
  ) {
    this.#fd = openSync(path, 'r');
  }

  read(at: number, bytes: number): Uint8Array {
    if (at + bytes > this.#size) this.#size = fstatSync(this.#fd).size;
    if (at + bytes > this.#size) throw new RecordingError(`${this.path} is shorter than it says`);
    const out = new Uint8Array(bytes);
    let done = 0;
    while (done < bytes) {
      const got = readSync(this.#fd, out, done, bytes - done, at + done);
      if (got === 0) throw new RecordingError(`${this.path} is shorter than it says`);
      done += got;
    }
    return out;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The blocks that have become whole since the last call, with where they begin. */
  walk(): { header: BlockHeader; at: number }[] {
    if (this.sealed) return [];
    this.#size = fstatSync(this.#fd).size;
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

  /** Undefined while the segment grows, and when its footer is damaged: then each block must be asked. */
  summary(): SegmentSummary | undefined {
    if (this.#summary === undefined && this.#summaryAt !== undefined) {
      const { at, packed, unpacked } = this.#summaryAt;
      try {
        this.#summary = readSummary(this.unpacker.unpack(this.read(at, packed), unpacked), this.blocks);
      } catch (error) {
        if (!(error instanceof RecordingError)) throw error;
        this.#summaryAt = undefined;
      }
    }
    return this.#summary;
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
    if (at === undefined || at < this.#position || at > this.#size || this.#size - at > MAX_FOOTER) return undefined;
    try {
      const footer = readFooter(this.read(at, this.#size - at));
      this.#summaryAt = { at: at + footer.summaryAt, packed: footer.summaryPacked, unpacked: footer.summaryUnpacked };
      return { at, blocks: footer.blocks, headers: footer.headers };
    } catch (error) {
      if (error instanceof RecordingError) return undefined;
      throw error;
    }
  }
}
