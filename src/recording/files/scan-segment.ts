/** One segment file, block by block and column by column. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { RecordingError } from '../errors.js';
import {
  BLOCK_HEADER_BYTES,
  COLUMNS,
  MAGIC,
  SEGMENT_BLOCKS,
  STREAMS,
  readBlockHeader,
  type BlockHeader,
} from '../format/layout.js';
import {
  SEGMENT_HEAD_BYTES,
  TRAILER_BYTES,
  isSegmentHead,
  readFooter,
  readTrailer,
  type Footer,
} from '../format/segment-file.js';
import { readSummary } from '../format/segment-summary.js';
import { Unpacker } from '../format/zstd.js';
import type { Block } from '../read/block.js';
import { SealedBlock, type BlockSource } from '../read/sealed-block.js';
import { readBytes } from './read-bytes.js';
import type { ScanContext, ScannedBlock } from './scan.js';

const COLUMN_NAMES = ['index', 'states', 'rollup', 'kind', 'flags', 'ns', 'process', 'peer', 'function', 'cause', 'length']; // prettier-ignore
const STREAM_NAMES = ['life', 'messages', 'calls', 'states', 'other'];
const MAX_FOOTER = 64 << 20;

/** `mayGrow`: it is the last one and the recording was not closed, so that an end that is not whole is no damage. */
export function scanSegment(path: string, number: number, mayGrow: boolean, context: ScanContext): ScannedBlock[] {
  const fd = openSync(path, 'r');
  context.onClose(() => closeSync(fd));
  return new SegmentScan(path, fd, number, mayGrow, context).run();
}

class SegmentScan {
  readonly #file: string;
  readonly #size: number;
  readonly #source: BlockSource;
  readonly #found: ScannedBlock[] = [];

  constructor(
    readonly path: string,
    fd: number,
    private readonly number: number,
    private readonly mayGrow: boolean,
    private readonly context: ScanContext,
  ) {
    this.#file = basename(path);
    this.#size = fstatSync(fd).size;
    this.#source = {
      cache: context.cache,
      unpacker: new Unpacker(),
      translate: context.translate,
      read: (at, bytes) => {
        const got = readBytes(fd, at, Math.min(bytes, Math.max(0, this.#size - at)));
        if (got.length < bytes) throw new RecordingError('it is shorter than it says');
        return got;
      },
    };
  }

  run(): ScannedBlock[] {
    const { context, mayGrow } = this;
    const file = this.#file;
    const footer = this.#footer();
    const end = footer?.at ?? this.#size;
    if (this.#size >= SEGMENT_HEAD_BYTES && !isSegmentHead(this.#source.read(0, SEGMENT_HEAD_BYTES), this.number))
      context.problem({ file, column: 'header', what: `it does not begin as segment ${this.number} does` });
    let at = SEGMENT_HEAD_BYTES;
    let index = 0;
    while (at < end && index < SEGMENT_BLOCKS) {
      let header = this.#header(at);
      const copy = footer && index < footer.blocks ? this.#copy(footer, index) : undefined;
      if (copy && JSON.stringify(copy) !== JSON.stringify(header)) {
        context.problem({ file, block: index, column: 'header', what: 'the header is damaged; the footer has a copy' });
        header = copy;
      }
      if (header === undefined) {
        const next = this.#nextHeader(at + 1, end);
        const unfinished = next === undefined && mayGrow;
        context.problem({
          file,
          block: index,
          column: 'header',
          what: unfinished ? 'the last block was not written to its end' : 'the header is damaged: the block is lost',
          unfinished,
        });
        if (next === undefined) return this.#found;
        at = next;
        index++;
        continue;
      }
      const next = at + BLOCK_HEADER_BYTES + header.bodyBytes;
      if (next > end) {
        context.problem({
          file,
          block: index,
          what: mayGrow ? 'the last block was not written to its end' : 'the block is cut off',
          unfinished: mayGrow,
        });
        return this.#found;
      }
      this.#take(new SealedBlock(context.nextBlock(), header, at, this.#source), index);
      at = next;
      index++;
    }
    if (footer === undefined) {
      if (!mayGrow) context.problem({ file, column: 'footer', what: 'the footer is damaged or missing' });
    } else if (at !== end || index !== footer.blocks)
      context.problem({ file, column: 'footer', what: 'the footer does not fit the blocks' });
    else this.#checkSummary(footer);
    return this.#found;
  }

  #take(block: SealedBlock, index: number): void {
    const broken = checkBlock(block, this.#source, (column, what) =>
      this.context.problem({ file: this.#file, block: index, column, what }),
    );
    this.#found.push({ file: this.#file, index, block, usable: !broken });
  }

  #header(at: number): BlockHeader | undefined {
    if (this.#size - at < BLOCK_HEADER_BYTES) return undefined;
    return tryHeader(this.#source.read(at, BLOCK_HEADER_BYTES));
  }

  #copy(footer: Footer, index: number): BlockHeader | undefined {
    return tryHeader(footer.headers.subarray(index * BLOCK_HEADER_BYTES, (index + 1) * BLOCK_HEADER_BYTES));
  }

  /** Where the next header that is whole begins. */
  #nextHeader(from: number, end: number): number | undefined {
    const window = 1 << 20;
    for (let at = from; at < end; at += window) {
      const bytes = this.#source.read(at, Math.min(window + BLOCK_HEADER_BYTES, this.#size - at));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let i = 0; i < window && i + BLOCK_HEADER_BYTES <= bytes.length; i++)
        if (view.getUint32(i, true) === MAGIC.BLOCK && tryHeader(bytes.subarray(i, i + BLOCK_HEADER_BYTES)))
          return at + i;
    }
    return undefined;
  }

  #footer(): (Footer & { at: number }) | undefined {
    if (this.#size < SEGMENT_HEAD_BYTES + TRAILER_BYTES) return undefined;
    const at = readTrailer(this.#source.read(this.#size - TRAILER_BYTES, TRAILER_BYTES));
    if (at === undefined || at < SEGMENT_HEAD_BYTES || at > this.#size || this.#size - at > MAX_FOOTER)
      return undefined;
    try {
      return { ...readFooter(this.#source.read(at, this.#size - at)), at };
    } catch (error) {
      if (error instanceof RecordingError) return undefined;
      throw error;
    }
  }

  #checkSummary(footer: Footer & { at: number }): void {
    const file = this.#file;
    try {
      const packed = this.#source.read(footer.at + footer.summaryAt, footer.summaryPacked);
      const summary = readSummary(this.#source.unpacker.unpack(packed, footer.summaryUnpacked), footer.blocks);
      const { processes } = summary;
      for (const [i, { block, usable }] of this.#found.entries()) {
        if (!usable) continue;
        const { processes: ids, masks } = (block as SealedBlock).index();
        ids.forEach((id, p) => {
          const key = processes.find(id);
          let said = 0;
          if (key >= 0)
            for (let s = processes.starts[key]!; s < processes.starts[key + 1]!; s++)
              if (processes.blocks[s] === i) said = processes.values[s]!;
          if (said !== masks[p]) throw new RecordingError(`it is wrong about process ${id} in block ${i}`);
        });
      }
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.context.problem({ file, column: 'summary', what: `the summary is damaged: ${error.message}` });
    }
  }
}

function tryHeader(bytes: Uint8Array): BlockHeader | undefined {
  try {
    return readBlockHeader(bytes);
  } catch (error) {
    if (error instanceof RecordingError) return undefined;
    throw error;
  }
}

/** Reads every column and every payload of a block. True when columns are broken: then its rows cannot be told. */
export function checkBlock(
  block: SealedBlock,
  source: BlockSource,
  problem: (column: string, what: string) => void,
): boolean {
  const broken = new Set<string>();
  const attempt = (column: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      if (broken.has(column)) return;
      broken.add(column);
      problem(column, error.message);
    }
  };
  const { packed, unpacked } = block.header;
  for (let c = 0, at = block.at + BLOCK_HEADER_BYTES; c < COLUMNS; at += packed[c]!, c++)
    attempt(COLUMN_NAMES[c]!, () => source.unpacker.unpack(source.read(at, packed[c]!), unpacked[c]!));
  attempt('index', () => block.index());
  if (broken.has('index')) return true;
  attempt('kind', () => block.kinds());
  attempt('flags', () => block.flags());
  attempt('ns', () => block.ns());
  attempt('process', () => {
    block.processes();
    for (const process of block.index().processes) block.rows(process);
  });
  attempt('peer', () => block.peers());
  attempt('function', () => block.functions());
  attempt('cause', () => block.causes());
  if (!broken.has('kind')) attempt('length', () => block.payloadBytes(0));
  attempt('states', () => block.index().processes.forEach((process) => block.stateRows(process)));
  const bad = broken.size - (broken.has('rollup') ? 1 : 0) > 0;
  if (!broken.has('process'))
    attempt('rollup', () => block.index().processes.forEach((process) => block.rollup(process, () => undefined)));
  if (bad) return true;
  checkPayloads(block, source, problem);
  return false;
}

function checkPayloads(block: SealedBlock, source: BlockSource, problem: (column: string, what: string) => void): void {
  const { chunks } = block.index();
  for (let s = 0; s < STREAMS; s++)
    chunks[s]!.forEach((chunk, i) => {
      try {
        source.unpacker.unpack(source.read(chunk.at, chunk.packed), chunk.unpacked);
      } catch (error) {
        if (!(error instanceof RecordingError)) throw error;
        problem('payload', `payloads of ${STREAM_NAMES[s]}, piece ${i}: ${error.message}`);
      }
    });
  // Lengths must add up to what the pieces hold.
  try {
    checkLengths(block, chunks);
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    problem('length', error.message);
  }
}

function checkLengths(block: Block, chunks: readonly (readonly { unpacked: number }[])[]): void {
  let rows = 0;
  for (let row = 0; row < block.count; row++) rows += block.payloadBytes(row);
  const held = chunks.flat().reduce((sum, chunk) => sum + chunk.unpacked, 0);
  if (rows !== held) throw new RecordingError(`the payloads have ${held} bytes, the rows say ${rows}`);
}
