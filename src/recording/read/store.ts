/** The files of a recording as one list of blocks, growing with each `refresh`. */
import { join } from 'node:path';
import { codeOf, openToRead, readBytes, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { BlockBuilder } from '../format/block-builder.js';
import { DICTIONARY_FRAME_BYTES, DICTIONARY_FRAME_HEADER, Dictionary } from '../format/dictionary.js';
import { files } from '../format/layout.js';
import { FooterPart } from '../format/segment-file.js';
import { readManifest, type Manifest } from '../format/manifest.js';
import { TAIL_HEADER_BYTES, readTailFrame, readTailHeader } from '../format/tail.js';
import { Unpacker } from '../format/zstd.js';
import { decodeTerms, type Term } from '../../term/index.js';
import type { SourceInfo } from '../model.js';
import { upperBound, type Block } from './block.js';
import { ColumnCache } from './column-cache.js';
import { Keyframe } from './keyframe.js';
import { SealedBlock } from './sealed-block.js';
import { SourceReader } from './source-reader.js';
import { SegmentReader } from './segment-reader.js';
import { TailBlock } from './tail-block.js';

export interface Place {
  block: Block;
  row: number;
}

export class Store {
  manifest: Manifest;
  readonly dictionary = new Dictionary();
  /** All blocks, the unsealed one last. */
  readonly blocks: Block[] = [];
  /** What was found to be damaged, in words. */
  readonly damage = new Set<string>();
  readonly #firstSeqs: number[] = [];
  readonly #segments: SegmentReader[] = [];
  /** Of each sealed block. */
  /** Of each sealed block; none of those of a keyframe. */
  readonly #segmentOf: (SegmentReader | undefined)[] = [];
  /** The first segment that is there. */
  #first = 1;
  #keyframe: Keyframe | undefined;
  /** Counts how often the window was found to have moved: what was remembered of blocks is worth nothing then. */
  generation = 0;
  readonly #cache: ColumnCache;
  readonly #unpacker = new Unpacker();
  /** Sources of modules, read when asked for. */
  readonly sources: { list(): SourceInfo[] };
  #sealedEvents = 0;
  #sealedNs = 0;
  #dictionaryAt = 0;
  /** So many bytes of the dictionary the events need. */
  #namesNeeded = 0;
  #tail: { block: number; rows: BlockBuilder; at: number } | undefined;

  constructor(
    readonly disk: Disk,
    readonly path: string,
    cacheBytes: number,
  ) {
    this.#cache = new ColumnCache(cacheBytes);
    this.sources = new SourceReader(disk, files.sources(path), this.#unpacker, () => this.manifest.complete);
    this.manifest = readManifest(disk, path);
    try {
      this.refresh();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get events(): number {
    const last = this.blocks.at(-1);
    return last === undefined ? 0 : last.firstSeq + last.count - 1;
  }

  /** Events up to this one are a keyframe: what stood when the recording's window began. 0: there is none. */
  get keyframe(): number {
    return this.manifest.window?.keyframe ?? 0;
  }

  /** Of the blocks, so many at the beginning are the keyframe's. */
  get keyframeBlocks(): number {
    return this.keyframe === 0 ? 0 : upperBound(this.#firstSeqs, this.keyframe);
  }

  /** The moment at which the window begins. */
  get start(): { seq: number; ns: number } {
    return { seq: this.keyframe, ns: this.manifest.window?.fromNs ?? 0 };
  }

  get lastNs(): number {
    return this.blocks.at(-1)?.lastNs ?? 0;
  }

  /** How many of the blocks are sealed: these never change again. */
  get sealedBlocks(): number {
    return this.#segmentOf.length;
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
    this.#keyframe?.close();
    this.#keyframe = undefined;
    this.#segments.length = 0;
    this.#cache.clear();
  }

  /** Picks up what was written since; true when there was something. */
  refresh(): boolean {
    const events = this.events;
    const names = this.#dictionaryAt;
    const manifest = JSON.stringify(this.manifest);
    this.manifest = readManifest(this.disk, this.path);
    // A block moves from the tail into a segment, so a tail that is gone means: look at the segments again.
    for (let move = 0; ; move++) {
      this.#readBlocks();
      const now = readManifest(this.disk, this.path);
      if ((now.window?.segment ?? 1) === this.#first) break;
      // The window moved while it was read.
      if (move >= 8) throw new RecordingError(`${this.path} drops what is old faster than it can be read`);
      this.manifest = now;
    }
    // Names are written before the rows that use them, so they are read after.
    this.#readDictionary();
    return this.events !== events || this.#dictionaryAt !== names || JSON.stringify(this.manifest) !== manifest;
  }

  #readBlocks(): void {
    const first = this.manifest.window?.segment ?? 1;
    if (first !== this.#first) this.#restart(first);
    for (let attempt = 0; attempt < 4; attempt++) {
      this.#readSegments();
      if (this.#readTail()) break;
      if (!this.#segmentsGrew()) break;
    }
  }

  /** Lets go of the segments that were dropped and begins anew with the window as it is now. */
  #restart(first: number): void {
    this.close();
    this.generation++;
    this.#first = first;
    for (const list of [this.blocks, this.#firstSeqs, this.#segmentOf]) list.length = 0;
    this.damage.clear();
    this.#tail = undefined;
    this.#sealedEvents = this.keyframe;
    this.#sealedNs = 0;
    try {
      let number = 0;
      this.#keyframe = new Keyframe(
        this.disk,
        this.path,
        first,
        this.keyframe,
        this.#cache,
        this.#unpacker,
        () => number++,
      );
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.damage.add('the keyframe is missing: what stood when the window began is not known');
      return;
    }
    for (const block of this.#keyframe.blocks) {
      this.blocks.push(block);
      this.#firstSeqs.push(block.firstSeq);
      this.#segmentOf.push(undefined);
      this.#sealedNs = block.lastNs;
    }
  }

  /** Causes before the window, as the keyframe has them. */
  #translate(causes: Float64Array): void {
    if (this.#keyframe) this.#keyframe.translateLater(causes);
    else forget(causes, this.keyframe);
  }

  /** Bytes of all files. */
  diskBytes(): number {
    let bytes = 0;
    for (const name of this.disk.list(this.path)) bytes += this.disk.sizeOf(join(this.path, name)) ?? 0;
    return bytes;
  }

  /** Index of the block that holds an event, -1 for none. */
  blockOf(seq: number): number {
    if (seq < 1 || seq > this.events) return -1;
    return upperBound(this.#firstSeqs, seq) - 1;
  }

  place(seq: number): Place | undefined {
    const block = this.blocks[this.blockOf(seq)];
    return block && { block, row: seq - block.firstSeq };
  }

  /**
   * The nearest block from `from` on (step 1) or back (step -1) in which the process has an event of the kinds in `mask`; -1 when there
   * is none. Sealed segments answer from their summary.
   */
  nextBlock(process: number, mask: number, from: number, step: 1 | -1): number {
    for (let i = from; i >= 0 && i < this.blocks.length;) {
      const segment = this.#segmentOf[i];
      const found = segment?.entries(FooterPart.PROCESSES, process);
      if (segment === undefined || found === undefined) {
        const block = this.blocks[i]!;
        if ((block.kindMask & mask) !== 0 && (block.mask(process) & mask) !== 0) return i;
        i += step;
        continue;
      }
      const { values, blocks } = found.page;
      for (let s = step > 0 ? found.from : found.to - 1; s >= found.from && s < found.to; s += step) {
        const block = segment.firstBlock + blocks[s]!;
        if ((block - i) * step >= 0 && (values[s]! & mask) !== 0) return block;
      }
      i = step > 0 ? segment.firstBlock + segment.blocks : segment.firstBlock - 1;
    }
    return -1;
  }

  /** The same for blocks with an event of these kinds of any process. */
  nextBlockOfKind(mask: number, from: number, step: 1 | -1): number {
    for (let i = from; i >= 0 && i < this.blocks.length; i += step)
      if ((this.blocks[i]!.kindMask & mask) !== 0) return i;
    return -1;
  }

  /** The same for blocks that name one of these functions. */
  nextBlockOfFunction(functions: readonly number[], from: number, step: 1 | -1): number {
    for (let i = from; i >= 0 && i < this.blocks.length;) {
      const segment = this.#segmentOf[i];
      if (segment?.entries(FooterPart.FUNCTIONS, 0) === undefined) {
        const block = this.blocks[i]!;
        if (functions.some((fn) => block.functionCount(fn) > 0)) return i;
        i += step;
        continue;
      }
      let best = -1;
      let harmed = false;
      for (const fn of functions) {
        const found = segment.entries(FooterPart.FUNCTIONS, fn);
        harmed ||= found === undefined;
        if (found === undefined) break;
        for (let s = found.from; s < found.to; s++) {
          const block = segment.firstBlock + found.page.blocks[s]!;
          if ((block - i) * step >= 0 && (best < 0 || (best - block) * step > 0)) best = block;
        }
      }
      if (harmed) continue;
      if (best >= 0) return best;
      i = step > 0 ? segment.firstBlock + segment.blocks : segment.firstBlock - 1;
    }
    return -1;
  }

  /** Whether a process has events of a kind in `mask` anywhere; the blocks about `near` are asked first. */
  hasKind(process: number, mask: number, near: number): boolean {
    return this.nextBlock(process, mask, near, -1) >= 0 || this.nextBlock(process, mask, near + 1, 1) >= 0;
  }

  /** The segment that a block lies in, with its first block; undefined for the unsealed block. */
  segmentOf(block: number): SegmentReader | undefined {
    return this.#segmentOf[block];
  }

  /** The terms of a payload whose event belongs to `process` (0: to the node `peer`). Bytes that are no terms become one that says so. */
  terms(payload: Uint8Array, process: number, peer: number): Term[] {
    const node = process === 0 ? peer : this.dictionary.table.nodeOf(process);
    const atoms = this.dictionary.atoms(node);
    try {
      return decodeTerms(payload, { name: (index) => atoms.get(index) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [{ kind: 'opaque', text: `unreadable: ${why}` }];
    }
  }

  /** The terms of an event. */
  termsAt(block: Block, row: number): Term[] {
    const process = block.processAt(row);
    return this.terms(block.payload(row), process, process === 0 ? block.peerAt(row) : 0);
  }

  #segmentsGrew(): boolean {
    const before = this.#segmentOf.length;
    this.#readSegments();
    return this.#segmentOf.length > before;
  }

  #readSegments(): void {
    for (;;) {
      const last = this.#segments.at(-1);
      if (last && !last.sealed) {
        this.#takeBlocks(last);
        if (!last.sealed) {
          if (!this.#exists(files.segment(this.path, last.number + 1))) return;
          // The next one is made only after this one is sealed: look once more, then take it for damage.
          this.#takeBlocks(last);
          if (!last.sealed) {
            this.damage.add(`segment ${last.number} is cut off: what follows it is not shown`);
            return;
          }
        }
      }
      const number = this.#first + this.#segments.length;
      let next: SegmentReader;
      try {
        next = new SegmentReader(
          this.disk,
          files.segment(this.path, number),
          number,
          this.#segmentOf.length,
          this.#cache,
          this.#unpacker,
        );
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
        if (this.manifest.segments >= number)
          this.damage.add(`segment ${number} is missing: what follows it is not shown`);
        return;
      }
      if (this.#first > 1) next.translate = (causes) => this.#translate(causes);
      this.#segments.push(next);
      this.#takeBlocks(next);
      if (!next.sealed) {
        if (!this.#exists(files.segment(this.path, number + 1))) return;
      }
    }
  }

  #takeBlocks(segment: SegmentReader): void {
    for (const { header, at } of segment.walk()) {
      if (
        header.firstSeq !== this.#sealedEvents + 1 ||
        header.firstNs < this.#sealedNs ||
        header.count > this.manifest.blockEvents
      )
        throw new RecordingError(
          `${segment.path} does not follow what comes before it; it may be of another recording`,
        );
      // The unsealed block, if any, is the one that has just been sealed.
      this.blocks.length = this.#segmentOf.length;
      this.#firstSeqs.length = this.#segmentOf.length;
      const block = new SealedBlock(this.#segmentOf.length, header, at, segment);
      this.blocks.push(block);
      this.#firstSeqs.push(header.firstSeq);
      this.#segmentOf.push(segment);
      this.#namesNeeded = Math.max(this.#namesNeeded, header.names);
      this.#sealedEvents += header.count;
      this.#sealedNs = header.lastNs;
    }
  }

  /** Takes in what the tail has more; false when there is none where one might be. */
  #readTail(): boolean {
    const number = this.#segmentOf.length;
    if (this.#tail?.block !== number) {
      this.#tail = undefined;
    }
    let fd: number;
    let path: string;
    try {
      const dropped = (this.manifest.window?.blocks ?? 0) - (this.#keyframe?.blocks.length ?? 0);
      path = files.tail(this.path, number + dropped);
      fd = openToRead(this.disk, path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
    try {
      const tail = (this.#tail ??= {
        block: number,
        rows: new BlockBuilder(this.manifest.blockEvents, this.#sealedEvents + 1),
        at: 0,
      });
      const size = this.disk.size(fd);
      const before = tail.rows.count;
      while (size - tail.at >= TAIL_HEADER_BYTES) {
        const header = readTailHeader(readBytes(this.disk, fd, tail.at, TAIL_HEADER_BYTES, path));
        if (header === undefined || header.packed > size - tail.at - TAIL_HEADER_BYTES) break;
        if (before === 0 && tail.rows.count === 0 && header.firstSeq !== tail.rows.firstSeq) break;
        readTailFrame(
          readBytes(this.disk, fd, tail.at + TAIL_HEADER_BYTES, header.packed, path),
          header,
          tail.rows,
          this.#unpacker,
        );
        tail.at += TAIL_HEADER_BYTES + header.packed;
        this.#namesNeeded = Math.max(this.#namesNeeded, header.names);
      }
      if (this.#first > 1) this.#translate(tail.rows.cause.subarray(before, tail.rows.count));
      if (tail.rows.count > before || (tail.rows.count > 0 && this.blocks.length === number)) {
        if (tail.rows.ns[0]! < this.#sealedNs) throw new RecordingError('time runs backwards in the tail');
        this.blocks[number] = new TailBlock(number, tail.rows);
        this.#firstSeqs[number] = tail.rows.firstSeq;
      }
      return true;
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.damage.add(`the end is damaged (${error.message})`);
      return true;
    } finally {
      this.disk.close(fd);
    }
  }

  #exists(path: string): boolean {
    return this.disk.sizeOf(path) !== undefined;
  }

  #readDictionary(): void {
    const path = files.dictionary(this.path);
    let fd: number;
    try {
      fd = openToRead(this.disk, path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.damage.add('dictionary.log is missing: processes and functions have no names');
      return;
    }
    try {
      const size = this.disk.size(fd);
      const window = 2 * DICTIONARY_FRAME_BYTES + DICTIONARY_FRAME_HEADER;
      while (this.#dictionaryAt < size) {
        const used = this.dictionary.read(
          readBytes(this.disk, fd, this.#dictionaryAt, Math.min(window, size - this.#dictionaryAt), path),
        );
        if (used === 0) break;
        this.#dictionaryAt += used;
      }
      if ((this.manifest.complete && this.#dictionaryAt < size) || this.#dictionaryAt < this.#namesNeeded)
        this.damage.add('dictionary.log is damaged: some processes and functions have no names');
    } finally {
      this.disk.close(fd);
    }
  }
}

/** Causes that are not known any more. */
function forget(causes: Float64Array, before: number): void {
  for (let i = 0; i < causes.length; i++) if (causes[i]! <= before) causes[i] = 0;
}
