/** The keyframe of a recording whose oldest segments were dropped: rows that still stood when they went, and which events they were. */
import { openToRead, readFully, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { KEYFRAME_HEAD_BYTES, readKeyframeHead, readOrigins } from '../format/keyframe-file.js';
import { BLOCK_HEADER_BYTES, files, readBlockHeader } from '../format/layout.js';
import type { Unpacker } from '../format/zstd.js';
import { upperBound } from './block.js';
import type { ColumnCache } from './column-cache.js';
import { SealedBlock, type BlockSource } from './sealed-block.js';

export class Keyframe implements BlockSource {
  readonly blocks: SealedBlock[] = [];
  readonly path: string;
  readonly #origins: Float64Array;
  /** Seq of its first row, and one more than its last. */
  readonly #first: number;
  readonly #end: number;
  readonly #fd: number;
  #closed = false;

  /** `last`: seq of its last row. Throws when the file is not there (ENOENT) or damaged (RecordingError). */
  constructor(
    private readonly disk: Disk,
    directory: string,
    segment: number,
    last: number,
    readonly cache: ColumnCache,
    readonly unpacker: Unpacker,
    number: () => number,
  ) {
    this.path = files.keyframe(directory, segment);
    this.#fd = openToRead(disk, this.path);
    try {
      const size = disk.size(this.#fd);
      const head = readKeyframeHead(this.read(0, KEYFRAME_HEAD_BYTES), segment);
      this.#origins = readOrigins(this.read(KEYFRAME_HEAD_BYTES, head.packed), head, unpacker);
      this.#first = last + 1 - head.rows;
      this.#end = last + 1;
      let next = this.#first;
      for (let at = KEYFRAME_HEAD_BYTES + head.packed; at < size;) {
        const header = readBlockHeader(this.read(at, BLOCK_HEADER_BYTES));
        if (header === undefined || header.firstSeq !== next)
          throw new RecordingError(`${this.path} is damaged: a block does not follow the one before`);
        this.blocks.push(new SealedBlock(number(), header, at, this));
        next += header.count;
        at += BLOCK_HEADER_BYTES + header.bodyBytes;
      }
      if (next !== this.#end || this.#first < 1 || (head.rows > 0 && this.#origins[head.rows - 1]! > last))
        throw new RecordingError(`${this.path} is damaged: it has not as many events as it says`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Seq that the row at `seq` had. */
  origin(seq: number): number {
    return this.#origins[seq - this.#first] ?? seq;
  }

  /** Where an event that was dropped stands now, 0 when it does not. */
  place(seq: number): number {
    const i = upperBound(this.#origins, seq) - 1;
    return i >= 0 && this.#origins[i] === seq ? this.#first + i : 0;
  }

  /** Rewrites causes of the window's events that lie before it, in place. The keyframe's own are right already. */
  translateLater(causes: Float64Array): void {
    for (let i = 0; i < causes.length; i++) {
      const cause = causes[i]!;
      if (cause > 0 && cause < this.#end) causes[i] = this.place(cause);
    }
  }

  read(at: number, bytes: number): Uint8Array {
    if (this.#closed) throw new RecordingError(`${this.path} is not open any more`);
    return readFully(this.disk, this.#fd, at, bytes, this.path);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.disk.close(this.#fd);
  }
}
