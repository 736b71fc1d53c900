/**
 * Writes a recording (docs/formats/recording.md). Memory holds one block, the names of who occurs in the open segment and the interned
 * functions: it does not grow with the recording.
 */
import { dirname } from 'node:path';
import { codeOf, diskErrorText, realDisk, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { BlockBuilder } from '../format/block-builder.js';
import { BlockEncoder } from '../format/block-encoder.js';
import { DICTIONARY_FRAME_BYTES, DictionaryWriter } from '../format/dictionary.js';
import {
  BLOCK_EVENTS,
  FORMAT,
  KIND_SLOTS,
  MAX_PAYLOAD,
  SEGMENT_BLOCKS,
  SEGMENT_BYTES,
  STREAMS,
  STREAM_OF,
  files,
} from '../format/layout.js';
import { manifestText, thisWriter, writeManifest, type Manifest } from '../format/manifest.js';
import { writeFooter, writeSegmentHead } from '../format/segment-file.js';
import { LifeBuilder } from '../format/life.js';
import { RollupBuilder } from '../format/rollup.js';
import { summarize, writePostings, type BlockPostings } from '../format/segment-summary.js';
import { writeTailFrame } from '../format/tail.js';
import { Packer } from '../format/zstd.js';
import {
  Flags,
  type Depth,
  type EventRow,
  type FunctionId,
  type NodeInfo,
  type PointInfo,
  type ProcessId,
  type ProcessInfo,
  type Seq,
  type SourceInfo,
} from '../model.js';
import type { CreateOptions, WindowWriter } from '../writer-api.js';
import { FunctionInterner } from './function-interner.js';
import { LogFile } from './log-file.js';
import { SourceWriter } from './source-writer.js';
import { WindowKeeper } from './window.js';

/** Starts a recording in `options.path`, a directory that does not exist yet or is empty. Throws a RecordingError otherwise. */
export function createRecording(options: CreateOptions): WindowWriter {
  return new SegmentWriter(options);
}

/** More than most manifests have. */
const SPARE_BYTES = 8 << 10;

class SegmentWriter implements WindowWriter {
  readonly path: string;
  readonly #blockEvents: number;
  readonly #segmentBlocks: number;
  readonly #block: BlockBuilder;
  readonly #encoder = new BlockEncoder();
  readonly #packer = new Packer();
  readonly #dictionary = new DictionaryWriter();
  readonly #dictionaryFile: LogFile;
  readonly #functions = new FunctionInterner();
  readonly #sources: SourceWriter;
  readonly #atoms: Set<number>[] = [];
  #manifest: Manifest;
  #manifestChanged = true;
  #segment: LogFile | undefined;
  #headers: Uint8Array[] = [];
  #postings: BlockPostings[] = [];
  readonly #rollup = new RollupBuilder();
  readonly #life = new LifeBuilder();
  #tail: LogFile | undefined;
  #tailRows = 0;
  readonly #tailStreams = new Float64Array(STREAMS);
  #blocks = 0;
  #processes = 0;
  #events = 0;
  #lastNs = 0;
  #closed = false;
  #failed: RecordingError | undefined;
  /** Events that are safe from a kill. */
  #safe = 0;
  readonly #disk: Disk;
  /** Room on the disk for a last manifest, should the disk be full then. */
  readonly #spare: LogFile;
  readonly #window: WindowKeeper | undefined;
  /** A segment ends when it has so many bytes or spans so much time. */
  readonly #segmentBytes: number;
  readonly #segmentSpan: number;
  #segmentNs = 0;
  #sealedNs = 0;

  constructor(options: CreateOptions) {
    this.path = options.path;
    const disk = (this.#disk = options.disk ?? realDisk);
    this.#blockEvents = Math.min(Math.max(options.blockEvents ?? BLOCK_EVENTS, 1), BLOCK_EVENTS);
    this.#segmentBlocks = Math.min(Math.max(options.segmentBlocks ?? SEGMENT_BLOCKS, 1), SEGMENT_BLOCKS);
    const { keep } = options;
    // Only whole segments go: small ones keep the window close to what was asked for.
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.max(1 << 20, (keep?.bytes ?? Infinity) / 16));
    this.#segmentSpan = (keep?.ns ?? Infinity) / 8;
    this.#sources = new SourceWriter(disk, files.sources(this.path), this.#packer);
    this.#window = keep && new WindowKeeper(disk, this.path, keep);
    this.#block = new BlockBuilder(this.#blockEvents, 1);
    this.#manifest = {
      format: FORMAT,
      startedAtMs: options.startedAtMs,
      blockEvents: this.#blockEvents,
      segments: 0,
      complete: false,
      writer: thisWriter(),
      nodes: [],
    };
    try {
      disk.makeFolder(this.path);
      if (disk.list(this.path).length > 0)
        throw new RecordingError(`${this.path} is not empty. Give another path, or remove what is there.`);
      this.#dictionaryFile = new LogFile(disk, files.dictionary(this.path));
      this.#spare = new LogFile(disk, files.spare(this.path));
      this.#spare.append(new Uint8Array(SPARE_BYTES));
      this.#writeManifest();
    } catch (error) {
      throw error instanceof RecordingError ? error : this.#named(error);
    }
  }

  get events(): number {
    return this.#events;
  }

  addNode(info: NodeInfo): number {
    this.#manifest.nodes.push({ ...info });
    this.#manifestChanged = true;
    return this.#manifest.nodes.length - 1;
  }

  updateNode(index: number, change: Partial<NodeInfo>): void {
    const info = this.#manifest.nodes[index];
    if (info === undefined) throw new RangeError(`there is no node ${index}`);
    Object.assign(info, change);
    this.#manifestChanged = true;
  }

  defineAtom(node: number, index: number, name: string): void {
    const known = (this.#atoms[node] ??= new Set());
    if (known.has(index)) return;
    known.add(index);
    this.#dictionary.atom(node, index, name);
    this.#boundDictionary();
  }

  functionId(node: number, module: number, name: number, arity: number): FunctionId {
    const before = this.#functions.size;
    const id = this.#functions.id(node, module, name, arity);
    if (id > before) {
      this.#dictionary.function({ node, module, name, arity });
      this.#boundDictionary();
    }
    return id;
  }

  describeFunction(fn: FunctionId, line: number, depth: Depth): void {
    this.#dictionary.place(fn, line, depth);
    this.#boundDictionary();
  }

  pointId(fn: FunctionId, point: PointInfo): FunctionId {
    this.#dictionary.point(fn, point);
    this.#boundDictionary();
    return this.#functions.next();
  }

  addSource(source: SourceInfo): void {
    this.#attempt(() => this.#sources.add(source));
  }

  addProcess(info: Omit<ProcessInfo, 'id'>): ProcessId {
    this.#dictionary.process(info);
    this.#boundDictionary();
    if (info.behaviour !== undefined) this.#window?.behaves(this.#processes + 1);
    return ++this.#processes;
  }

  updateProcess(id: ProcessId, change: Partial<Omit<ProcessInfo, 'id'>>): void {
    if (id < 1 || id > this.#processes) throw new RangeError(`there is no process ${id}`);
    if (change.exitSeq) this.#window?.exited(id, change.exitSeq);
    else if (change.behaviour !== undefined) this.#window?.behaves(id);
    this.#dictionary.update(id, change);
    this.#boundDictionary();
  }

  append(row: EventRow): Seq {
    if (this.#failed) throw this.#failed;
    const seq = this.#events + 1;
    if (row.cause >= seq) throw new RangeError(`event ${seq} cannot follow from event ${row.cause}`);
    if (row.kind >= KIND_SLOTS) throw new RangeError(`there is no kind ${row.kind}`);
    if (row.payload.length > MAX_PAYLOAD) throw new RangeError(`a payload of ${row.payload.length} bytes is too large`);
    const block = this.#block;
    const i = block.count;
    let { ns, flags } = row;
    if (!(ns >= this.#lastNs)) {
      ns = this.#lastNs;
      flags |= Flags.CLAMPED;
    } else if (!Number.isSafeInteger(ns)) {
      throw new RangeError(`${ns} is not a time`);
    }
    this.#lastNs = ns;
    block.kind[i] = row.kind;
    block.flags[i] = flags;
    block.ns[i] = ns;
    block.process[i] = row.process;
    // A row of no process says by its peer of which node it is: whose atoms its payload speaks of.
    block.peer[i] = row.process === 0 ? (row.node ?? 0) : row.peer;
    block.fn[i] = row.fn;
    block.cause[i] = row.cause;
    block.addPayload(i, STREAM_OF[row.kind]!, row.payload);
    block.count = i + 1;
    this.#events = seq;
    if (block.full) this.#attempt(() => this.#sealBlock());
    return seq;
  }

  setCommand(command: string | undefined, exitStatus?: string): void {
    this.#manifest.command = command;
    if (exitStatus !== undefined) this.#manifest.exitStatus = exitStatus;
    this.#manifestChanged = true;
  }

  endKeyframe(fromNs: number): void {
    this.#attempt(() => {
      if (this.#block.count > 0) this.#sealBlock();
      // A segment of its own, so that what sums up a segment does not sum up both.
      this.#sealSegment();
    });
    this.#manifest.window = { keyframe: this.#events, fromNs, segment: 1 };
    // What comes now is not earlier than the window, whatever stood in it is older.
    this.#lastNs = Math.max(this.#lastNs, fromNs);
    this.#manifestChanged = true;
  }

  flush(): void {
    if (this.#failed || !this.#closed) this.#attempt(() => this.#flush());
  }

  #flush(): void {
    this.#flushNames();
    // Where little happens a block would otherwise outlast the window.
    if (this.#block.count > 0 && this.#lastNs - this.#block.ns[0]! >= this.#segmentSpan) return this.#sealBlock();
    if (this.#block.count === this.#tailRows) return;
    const frame = writeTailFrame(
      this.#block,
      this.#tailRows,
      this.#tailStreams,
      this.#packer,
      this.#dictionaryFile.size,
    );
    this.#tail ??= new LogFile(this.#disk, files.tail(this.path, this.#blocks));
    this.#tail.append(frame);
    this.#tailRows = this.#block.count;
    this.#tailStreams.set(this.#block.streamBytes);
    this.#safe = this.#events;
  }

  close(): void {
    if (this.#closed && !this.#failed) return;
    this.#attempt(() => {
      if (this.#block.count > 0) this.#sealBlock();
      this.#flushNames();
      this.#sealSegment();
      this.#sources.sync();
      this.#dictionaryFile.sync();
      this.#manifest.complete = true;
      this.#writeManifest(true);
      this.#dictionaryFile.close();
      this.#sources.close();
      this.#spare.close();
      this.#disk.remove(this.#spare.path);
    });
    this.#closed = true;
  }

  /** Anything that writes. When it fails, so does all that comes after. */
  #attempt(work: () => void): void {
    if (this.#failed) throw this.#failed;
    try {
      work();
    } catch (error) {
      this.#failed = error instanceof RecordingError ? error : this.#named(error);
      this.#breakOff(codeOf(error) === undefined ? this.#failed.message : diskErrorText(error));
      throw this.#failed;
    }
  }

  #named(error: unknown): RecordingError {
    return new RecordingError(`${this.path} cannot be written: ${diskErrorText(error)}`);
  }

  /** The recording ends here: as good as it still can be done, it says so itself. */
  #breakOff(why: string): void {
    const quietly = (work: () => void): void => {
      try {
        work();
      } catch {
        // The disk is what failed; the error that began it is what is told.
      }
    };
    const manifest = { ...this.#manifest, complete: false, brokeOff: { why, lost: this.#events - this.#safe } };
    quietly(() => {
      this.#spare.replace(new TextEncoder().encode(manifestText(manifest)));
      this.#disk.rename(this.#spare.path, files.manifest(this.path));
    });
    for (const file of [this.#tail, this.#segment, this.#dictionaryFile, this.#sources, this.#spare])
      quietly(() => {
        file?.close();
      });
    this.#closed = true;
  }

  /** Names go to disk before the rows that use them. */
  #flushNames(): void {
    const frame = this.#dictionary.take();
    if (frame) this.#dictionaryFile.append(frame);
    if (this.#manifestChanged) this.#writeManifest();
  }

  #boundDictionary(): void {
    if (this.#dictionary.pending < DICTIONARY_FRAME_BYTES) return;
    this.#attempt(() => {
      const frame = this.#dictionary.take();
      if (frame) this.#dictionaryFile.append(frame);
    });
  }

  /** Once a segment is sealed it must not be lost with the power, so neither may the manifest. */
  #writeManifest(durable = this.#manifest.segments > 0): void {
    writeManifest(this.#disk, this.path, this.#manifest, durable);
    this.#manifestChanged = false;
  }

  #sealBlock(): void {
    this.#flushNames();
    if (this.#segment === undefined) {
      this.#segment = new LogFile(this.#disk, files.segment(this.path, this.#manifest.segments + 1));
      this.#segment.append(writeSegmentHead(this.#manifest.segments + 1));
    }
    const packed = this.#encoder.encode(this.#block, this.#dictionaryFile.size);
    this.#segment.append(packed.bytes);
    this.#headers.push(packed.header);
    this.#safe = this.#events;
    this.#postings.push(packed.postings);
    this.#rollup.add(this.#block.ns, this.#block.kind, this.#block.count, packed.rows, packed.counts);
    this.#life.add(this.#block.life);
    // Only now that the block is in the segment may its tail go.
    if (this.#tail) {
      this.#tail.close();
      this.#disk.remove(this.#tail.path);
      this.#tail = undefined;
    }
    this.#tailRows = 0;
    this.#tailStreams.fill(0);
    this.#blocks++;
    if (this.#headers.length === 1) this.#segmentNs = this.#block.ns[0]!;
    this.#sealedNs = this.#block.lastNs;
    this.#block.reset(this.#events + 1);
    const full = this.#headers.length >= this.#segmentBlocks || this.#segment.size >= this.#segmentBytes;
    if (full || this.#sealedNs - this.#segmentNs >= this.#segmentSpan) this.#sealSegment();
  }

  #sealSegment(): void {
    if (this.#segment === undefined) return;
    const { processes, functions } = summarize(this.#postings);
    const parts = [
      { shift: 0, pages: writePostings(processes) },
      { shift: 0, pages: writePostings(functions) },
      ...this.#rollup.finish(processes),
      { shift: 0, pages: this.#life.finish() },
    ];
    this.#segment.append(writeFooter(this.#headers, parts, this.#segment.size, this.#packer));
    this.#dictionaryFile.sync();
    this.#segment.sync();
    if (this.#manifest.segments === 0) this.#disk.syncFolder(dirname(this.path));
    const bytes = this.#segment.size;
    const blocks = this.#headers.length;
    this.#segment.close();
    this.#segment = undefined;
    this.#headers = [];
    this.#postings = [];
    this.#manifest.segments++;
    const number = this.#manifest.segments;
    this.#window?.sealed({ number, blocks, lastSeq: this.#events - this.#block.count, lastNs: this.#sealedNs, bytes });
    const moved = this.#window?.advance(this.#manifest, this.#lastNs, this.#dictionaryFile.size + this.#sources.size);
    if (moved) this.#manifest.window = moved.window;
    this.#writeManifest();
    // Readers find the new window in the manifest, so only now.
    moved?.remove();
  }
}
