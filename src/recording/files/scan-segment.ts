/** One segment file, block by block and column by column. */
import { basename } from 'node:path';
import { openToRead, readBytes } from '../disk.js';
import { RecordingError } from '../errors.js';
import {
  BLOCK_HEADER_BYTES,
  COLUMNS,
  MAGIC,
  PAGE_ROWS,
  SEGMENT_BLOCKS,
  STREAMS,
  readBlockHeader,
  type BlockHeader,
} from '../format/layout.js';
import {
  FOOTER_HEAD_BYTES,
  FooterPart,
  SEGMENT_HEAD_BYTES,
  TRAILER_BYTES,
  isSegmentHead,
  readFooter,
  readFooterDirectory,
  readTrailer,
  type Footer,
} from '../format/segment-file.js';
import { lifeRows, readLifeRows, readStanding } from '../format/life.js';
import { readRollupPage, visitRuns } from '../format/rollup.js';
import { readPostings } from '../format/segment-summary.js';
import { lifeOfBlock, type Block } from '../read/block.js';
import { SealedBlock, type BlockSource } from '../read/sealed-block.js';
import type { ScanContext, ScannedBlock } from './scan.js';

const COLUMN_NAMES = ['directory', 'processes', 'peers', 'functions', 'states', 'kind', 'flags', 'ns', 'process', 'peer', 'function', 'cause', 'length']; // prettier-ignore
/** What a frame begins with; a block's first one is never empty. */
const ZSTD_MAGIC = 0xfd2fb528;
const STREAM_NAMES = ['life', 'messages', 'calls', 'states', 'other'];

/** `mayGrow`: it is the last one and the recording was not closed, so that an end that is not whole is no damage. */
export function scanSegment(path: string, number: number, mayGrow: boolean, context: ScanContext): ScannedBlock[] {
  const fd = openToRead(context.disk, path);
  context.onClose(() => context.disk.close(fd));
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
    this.#size = context.disk.size(fd);
    this.#source = {
      cache: context.cache,
      unpacker: context.unpacker,
      translate: context.translate,
      read: (at, bytes) => {
        const got = readBytes(context.disk, fd, at, Math.min(bytes, Math.max(0, this.#size - at)), path);
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
      if (copy && !(header && sameHeader(copy, header))) {
        context.problem({ file, block: index, column: 'header', what: 'the header is damaged; the footer has a copy' });
        header = copy;
      }
      // A footer that was not written to its end: it begins with copies of the headers.
      if (header === undefined && mayGrow && this.#magic(at) === MAGIC.FOOTER) {
        context.problem({ file, column: 'footer', what: 'the footer was not written to its end', unfinished: true });
        return this.#found;
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
    else this.#checkFooter(footer);
    return this.#found;
  }

  #take(block: SealedBlock, index: number): void {
    const broken = checkBlock(block, this.#source, (column, what) =>
      this.context.problem({ file: this.#file, block: index, column, what }),
    );
    this.#found.push({ file: this.#file, index, block, usable: !broken, names: block.header.names });
  }

  #header(at: number): BlockHeader | undefined {
    if (this.#size - at < BLOCK_HEADER_BYTES) return undefined;
    return tryHeader(this.#source.read(at, BLOCK_HEADER_BYTES));
  }

  #copy(footer: Footer, index: number): BlockHeader | undefined {
    return tryHeader(footer.headers.subarray(index * BLOCK_HEADER_BYTES, (index + 1) * BLOCK_HEADER_BYTES));
  }

  #magic(at: number): number | undefined {
    if (this.#size - at < 4) return undefined;
    return new DataView(this.#source.read(at, 4).buffer).getUint32(0, true);
  }

  /** Where the next header that is whole begins: with a frame behind it, and not a copy of one before. */
  #nextHeader(from: number, end: number): number | undefined {
    const window = 1 << 20;
    for (let at = from; at < end; at += window) {
      const bytes = this.#source.read(at, Math.min(window + BLOCK_HEADER_BYTES, this.#size - at));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let i = 0; i < window && i + BLOCK_HEADER_BYTES <= bytes.length; i++)
        if (view.getUint32(i, true) === MAGIC.BLOCK) {
          const header = tryHeader(bytes.subarray(i, i + BLOCK_HEADER_BYTES));
          const later = (header?.firstSeq ?? 0) > (this.#found.at(-1)?.block.firstSeq ?? 0);
          if (later && this.#magic(at + i + BLOCK_HEADER_BYTES) === ZSTD_MAGIC) return at + i;
        }
    }
    return undefined;
  }

  #footer(): (Footer & { at: number }) | undefined {
    if (this.#size < SEGMENT_HEAD_BYTES + TRAILER_BYTES) return undefined;
    const at = readTrailer(this.#source.read(this.#size - TRAILER_BYTES, TRAILER_BYTES));
    if (at === undefined || at < SEGMENT_HEAD_BYTES || at > this.#size) return undefined;
    try {
      const size = this.#size - at;
      return { ...readFooter(this.#source.read(at, Math.min(FOOTER_HEAD_BYTES, size)), size), at };
    } catch (error) {
      if (error instanceof RecordingError) return undefined;
      throw error;
    }
  }

  /** What it says of links and names must be what the block says. */
  #checkLife(page: number, bytes: Uint8Array): void {
    if (page === 0) return void readStanding(bytes);
    const { block, usable } = this.#found[page - 1] ?? {};
    const told = readLifeRows(bytes);
    if (block && usable && JSON.stringify(told) !== JSON.stringify(lifeRows(lifeOfBlock(block))))
      throw new RecordingError(`it is wrong about links or names in block ${page - 1}`);
  }

  /** Every page of the footer must unpack, and the postings must say what the blocks say. */
  #checkFooter(footer: Footer & { at: number }): void {
    const unpack = (at: number, packed: number, unpacked: number): Uint8Array =>
      this.#source.unpacker.unpack(this.#source.read(at, packed), unpacked);
    try {
      const at = footer.at + footer.directoryAt;
      const directory = readFooterDirectory(
        unpack(at, footer.directoryPacked, footer.directoryUnpacked),
        at + footer.directoryPacked,
        this.#size - TRAILER_BYTES,
      );
      const said = this.#found.map(() => new Map<number, number>());
      directory.forEach((part, number) => {
        for (let i = 0; i < part.firstKeys.length; i++) {
          const bytes = unpack(part.at[i]!, part.at[i + 1]! - part.at[i]!, part.unpacked[i]!);
          if (number === FooterPart.LIFE) {
            this.#checkLife(i, bytes);
            continue;
          }
          if (number >= FooterPart.ROLLUP) {
            const page = readRollupPage(bytes);
            for (let k = 0; k < page.keys.length; k++) visitRuns(page, k, 0, () => undefined);
            continue;
          }
          const { keys, starts, values, blocks } = readPostings(bytes, footer.blocks);
          if (number === FooterPart.PROCESSES)
            for (let k = 0; k < keys.length; k++)
              for (let s = starts[k]!; s < starts[k + 1]!; s++) said[blocks[s]!]?.set(keys[k]!, values[s]!);
        }
      });
      for (const [i, { block, usable }] of this.#found.entries()) {
        if (!usable) continue;
        const { ids, masks } = (block as SealedBlock).who();
        ids.forEach((id, p) => {
          if (said[i]!.get(id) !== masks[p]) throw new RecordingError(`it is wrong about process ${id} in block ${i}`);
        });
        if (said[i]!.size !== ids.length) throw new RecordingError(`it names processes that block ${i} does not have`);
      }
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      this.context.problem({ file: this.#file, column: 'footer', what: `the footer is damaged: ${error.message}` });
    }
  }
}

/** Their checksums fit, so that what tells blocks apart is enough. */
function sameHeader(a: BlockHeader, b: BlockHeader): boolean {
  const { firstSeq, count, firstNs, lastNs, bodyBytes, packed } = a;
  const same = firstSeq === b.firstSeq && count === b.count && firstNs === b.firstNs && lastNs === b.lastNs;
  return same && bodyBytes === b.bodyBytes && packed.every((bytes, column) => bytes === b.packed[column]);
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
  attempt('directory', () => block.directory());
  attempt('processes', () => block.who());
  if (broken.has('directory') || broken.has('processes')) return true;
  attempt('kind', () => block.kinds());
  attempt('flags', () => block.flags());
  attempt('ns', () => block.ns());
  attempt('process', () => {
    block.processes();
    const counts = new Uint32Array(block.localCount);
    const locals = block.locals();
    for (let row = 0; row < block.count; row++) counts[locals[row]!]!++;
    if (counts.includes(0)) throw new RecordingError('a process of the list does not occur');
  });
  attempt('peer', () => block.peers());
  attempt('function', () => block.functions());
  attempt('cause', () => block.causes());
  // Each page as the questions read it.
  for (let row = 0; row < block.count; row += PAGE_ROWS) {
    attempt('kind', () => block.kindAt(row));
    attempt('ns', () => block.nsAt(row));
    attempt('cause', () => block.causeAt(row));
    if (!broken.has('kind')) attempt('length', () => block.payloadBytes(row));
  }
  attempt('states', () => block.who().ids.forEach((process) => block.stateRows(process)));
  const bad = broken.size > 0;
  if (bad) return true;
  checkPayloads(block, source, problem);
  return false;
}

function checkPayloads(block: SealedBlock, source: BlockSource, problem: (column: string, what: string) => void): void {
  const { chunks } = block.directory();
  for (let s = 0; s < STREAMS; s++)
    chunks[s]!.unpacked.forEach((bytes, i) => {
      try {
        source.unpacker.unpack(source.read(chunks[s]!.at[i]!, chunks[s]!.packed[i]!), bytes);
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

function checkLengths(block: Block, chunks: readonly { unpacked: Uint32Array }[]): void {
  let rows = 0;
  for (let row = 0; row < block.count; row++) rows += block.payloadBytes(row);
  const held = chunks.reduce((sum, { unpacked }) => unpacked.reduce((all, bytes) => all + bytes, sum), 0);
  if (rows !== held) throw new RecordingError(`the payloads have ${held} bytes, the rows say ${rows}`);
}
