/**
 * Keeps a recording to a window: when its oldest segments go, what still stood in them is written to a keyframe first
 * (docs/formats/recording.md, "Windows").
 */
import { writeFully, type Disk } from '../disk.js';
import { Standing } from './standing.js';
import { BlockBuilder } from '../format/block-builder.js';
import { BlockEncoder } from '../format/block-encoder.js';
import { writeKeyframeHead } from '../format/keyframe-file.js';
import { BLOCK_EVENTS, STREAM_OF, files } from '../format/layout.js';
import type { Manifest } from '../format/manifest.js';
import { Packer, Unpacker } from '../format/zstd.js';
import { Flags, type ProcessId } from '../model.js';
import { upperBound, type Block } from '../read/block.js';
import { ColumnCache } from '../read/column-cache.js';
import { Keyframe } from '../read/keyframe.js';
import { SealedBlock } from '../read/sealed-block.js';
import { SegmentReader } from '../read/segment-reader.js';
import type { Keep } from '../writer-api.js';

interface SealedSegment {
  number: number;
  blocks: number;
  lastSeq: number;
  lastNs: number;
  bytes: number;
}

export class WindowKeeper {
  readonly #segments: SealedSegment[] = [];
  /** Processes that run a behaviour, until the window no longer holds their end. */
  readonly #behaving = new Set<ProcessId>();
  #exits: { process: ProcessId; seq: number }[] = [];

  constructor(
    private readonly disk: Disk,
    private readonly path: string,
    private readonly keep: Keep,
  ) {}

  behaves(process: ProcessId): void {
    this.#behaving.add(process);
  }

  exited(process: ProcessId, seq: number): void {
    if (this.#behaving.has(process)) this.#exits.push({ process, seq });
  }

  sealed(segment: SealedSegment): void {
    this.#segments.push(segment);
  }

  /**
   * Drops what the window does not need: whole segments, never the newest sealed one. `other`: bytes of the files that are not segments and of
   * the open segment. Gives the new window, after whose writing the files can go (`remove`).
   */
  advance(
    manifest: Manifest,
    nowNs: number,
    other: number,
  ): { window: NonNullable<Manifest['window']>; remove: () => void } | undefined {
    // prettier-ignore
    const segments = this.#segments;
    let bytes = segments.reduce((sum, segment) => sum + segment.bytes, other);
    let dropped = 0;
    while (dropped < segments.length - 1) {
      const { lastNs, bytes: size } = segments[dropped]!;
      const old = this.keep.ns !== undefined && lastNs < nowNs - this.keep.ns;
      const large = this.keep.bytes !== undefined && bytes > this.keep.bytes;
      if (!old && !large) break;
      bytes -= size;
      dropped++;
    }
    if (dropped === 0) return undefined;
    const gone = segments.splice(0, dropped);
    const last = gone.at(-1)!;
    const before = manifest.window;
    this.#writeKeyframe(before, gone, last.number + 1, last.lastSeq);
    for (const { process, seq } of this.#exits) if (seq <= last.lastSeq) this.#behaving.delete(process);
    this.#exits = this.#exits.filter(({ seq }) => seq > last.lastSeq);
    const window = {
      keyframe: last.lastSeq,
      fromNs: last.lastNs,
      segment: last.number + 1,
      blocks: (before?.blocks ?? 0) + gone.reduce((sum, { blocks }) => sum + blocks, 0),
    };
    const remove = (): void => {
      for (const { number } of gone) this.disk.remove(files.segment(this.path, number));
      if (before) this.disk.remove(files.keyframe(this.path, before.segment));
    };
    return { window, remove };
  }

  #writeKeyframe(before: Manifest['window'], gone: readonly SealedSegment[], segment: number, lastSeq: number): void {
    const cache = new ColumnCache(64 << 20);
    const unpacker = new Unpacker();
    const blocks: Block[] = [];
    const open: { close(): void }[] = [];
    try {
      const old =
        before &&
        new Keyframe(this.disk, this.path, before.segment, before.keyframe, cache, unpacker, () => blocks.length);
      if (old) {
        open.push(old);
        old.blocks.forEach((block, number) => blocks.push(new SealedBlock(number, block.header, block.at, old)));
      }
      for (const { number } of gone) {
        const reader = new SegmentReader(
          this.disk,
          files.segment(this.path, number),
          number,
          blocks.length,
          cache,
          unpacker,
        );
        reader.translate = old && ((causes) => old.translateLater(causes));
        open.push(reader);
        for (const { header, at } of reader.walk()) blocks.push(new SealedBlock(blocks.length, header, at, reader));
      }
      const standing = new Standing((process) => this.#behaving.has(process));
      for (const block of blocks) standing.take(block);
      const firsts = blocks.map((block) => block.firstSeq);
      const place = (seq: number): { block: Block; row: number } | undefined => {
        const block = blocks[upperBound(firsts, seq) - 1];
        return block && seq < block.firstSeq + block.count ? { block, row: seq - block.firstSeq } : undefined;
      };
      const causeOf = (seq: number): number => {
        const found = place(seq);
        return found ? found.block.causes()[found.row]! : 0;
      };
      const kept = standing.close(standing.roots(), causeOf).filter((seq) => place(seq) !== undefined);
      const origins = Float64Array.from(kept, (seq) => (old && seq <= before!.keyframe ? old.origin(seq) : seq));
      const first = lastSeq + 1 - kept.length;
      const parts = [Uint8Array.from(writeKeyframeHead(segment, origins, new Packer()))];
      const encoder = new BlockEncoder();
      const rows = new BlockBuilder(BLOCK_EVENTS, first);
      const seal = (): void => {
        if (rows.count > 0) parts.push(Uint8Array.from(encoder.encode(rows).bytes));
        rows.reset(rows.firstSeq + rows.count);
      };
      for (const seq of kept) {
        const { block, row } = place(seq)!;
        const i = rows.count;
        const kind = block.kinds()[row]!;
        const cause = upperBound(kept, block.causes()[row]!) - 1;
        rows.kind[i] = kind;
        rows.flags[i] = block.flags()[row]! | Flags.KEYFRAME;
        rows.ns[i] = block.ns()[row]!;
        rows.process[i] = block.processes()[row]!;
        rows.peer[i] = block.peers()[row]!;
        rows.fn[i] = block.functions()[row]!;
        rows.cause[i] = cause >= 0 && kept[cause] === block.causes()[row] ? first + cause : 0;
        rows.addPayload(i, STREAM_OF[kind]!, block.payload(row));
        rows.count++;
        if (rows.full) seal();
      }
      seal();
      this.#write(files.keyframe(this.path, segment), parts);
    } finally {
      for (const file of open) file.close();
    }
  }

  /** Whole or not at all. */
  #write(path: string, parts: readonly Uint8Array[]): void {
    const next = `${path}.next`;
    const fd = this.disk.open(next, 'w');
    try {
      let at = 0;
      for (const part of parts) {
        writeFully(this.disk, fd, part, at);
        at += part.length;
      }
      this.disk.sync(fd);
    } finally {
      this.disk.close(fd);
    }
    this.disk.rename(next, path);
  }
}
