/**
 * A recording in ClickHouse as the questions need it (`BlockStore`): each looks for rows through the indexes of the server and fetches those
 * that it needs. The questions themselves are those of every recording, so their answers cannot differ from the file's.
 */
import { decodeTerms, type Term } from '../../term/index.js';
import {
  ColumnCache,
  Dictionary,
  EVENT_KINDS,
  SourceReader,
  Unpacker,
  parseManifest,
  recordingOver,
  type Block,
  type BlockStore,
  type BulkRecording,
  type Manifest,
} from '../../recording/index.js';
import { FleetError } from '../fleet-error.js';
import type { Address } from './address.js';
import {
  batchesSql,
  chained,
  logSql,
  missingRecording,
  namesSql,
  readBatches,
  readLog,
  recordingSql,
} from './catalogue.js';
import { Connection } from './connection.js';
import { LogFile } from './log-file.js';
import { RemoteBlock, type RemoteSource } from './remote-block.js';
import { ClickHouseError, quoted } from './requests.js';
import { SCHEMA, otherVersion } from './schema.js';

/** Opens the recording that an address names. Throws a FleetError where it cannot be reached, or there is none. */
export function openInClickHouse(address: Address, cacheBytes = 128 << 20): BulkRecording {
  return recordingOver(new RemoteStore(new Connection(address), cacheBytes));
}

class RemoteStore implements BlockStore, RemoteSource {
  readonly path: string;
  readonly name: string;
  readonly cache: ColumnCache;
  manifest: Manifest;
  readonly dictionary = new Dictionary();
  readonly blocks: Block[] = [];
  readonly damage = new Set<string>();
  readonly generation = 0;
  readonly sources: SourceReader;
  readonly #firstSeqs: number[] = [];
  #manifestText = '';
  #dictionaryAt = 0;
  /** Of the dictionary's log, a frame that has not come whole yet. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(
    readonly connection: Connection,
    cacheBytes: number,
  ) {
    const { address } = connection;
    this.path = address.shown;
    this.cache = new ColumnCache(cacheBytes);
    try {
      this.#checkSchema();
      if (address.recording === undefined) throw missingRecording(address.shown, '', connection.select(namesSql));
      this.name = address.recording;
      this.manifest = this.#readManifest();
      this.sources = new SourceReader(new LogFile(connection, this.name, 'sources.log'), 'sources.log', new Unpacker());
      this.refresh();
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get events(): number {
    const last = this.blocks.at(-1);
    return last === undefined ? 0 : last.firstSeq + last.count - 1;
  }

  get keyframe(): number {
    return this.manifest.window?.keyframe ?? 0;
  }

  get keyframeBlocks(): number {
    const { keyframe } = this;
    const after = this.#firstSeqs.findIndex((seq) => seq > keyframe);
    return keyframe === 0 ? 0 : after < 0 ? this.blocks.length : after;
  }

  get start(): { seq: number; ns: number } {
    return { seq: this.keyframe, ns: this.manifest.window?.fromNs ?? 0 };
  }

  get lastNs(): number {
    return this.blocks.at(-1)?.lastNs ?? 0;
  }

  /** A batch never changes. */
  get sealedBlocks(): number {
    return this.blocks.length;
  }

  close(): void {
    this.connection.close();
    this.cache.clear();
  }

  refresh(): boolean {
    const before = [this.blocks.length, this.#dictionaryAt, this.#manifestText].join();
    this.manifest = this.#readManifest();
    const next = this.events + 1;
    const rows = this.connection.select(batchesSql(this.name, this.blocks.length === 0 ? 0 : next));
    for (const batch of chained(readBatches(rows), this.blocks.length === 0 ? undefined : next)) {
      this.blocks.push(new RemoteBlock(this.blocks.length, batch, this));
      this.#firstSeqs.push(batch.firstSeq);
    }
    // Names are shipped before the rows that use them, so they are read after.
    const news = readLog(
      this.connection.select(logSql(this.name, 'dictionary.log', this.#dictionaryAt)),
      this.#dictionaryAt,
    );
    this.#dictionaryAt += news.length;
    const bytes = Buffer.concat([this.#rest, news]);
    this.#rest = bytes.subarray(this.dictionary.read(bytes));
    return before !== [this.blocks.length, this.#dictionaryAt, this.#manifestText].join();
  }

  /** Its share of what the table of events takes there. */
  diskBytes(): number {
    const { connection } = this;
    const rows = connection.select(`select sum(bytes) from es_batches final where recording = ${quoted(this.name)}`);
    const shipped = rows.u64();
    const sizes = connection.select(
      `select sum(data_compressed_bytes), sum(data_uncompressed_bytes) from system.columns where database = currentDatabase() and table in ('es_events', 'es_process_events')`,
    );
    const [packed, whole] = [sizes.u64(), sizes.u64()];
    return whole === 0 ? shipped : Math.round((shipped * packed) / whole);
  }

  blockOf(seq: number): number {
    if (seq < 1 || seq > this.events) return -1;
    let low = 0;
    let high = this.#firstSeqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firstSeqs[middle]! <= seq) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  place(seq: number): { block: Block; row: number } | undefined {
    const block = this.blocks[this.blockOf(seq)];
    return block && { block, row: seq - block.firstSeq };
  }

  nextBlock(process: number, mask: number, from: number, step: 1 | -1): number {
    const kinds = mask >>> 0 === 0xffff_ffff ? '' : ` and code in (${codes(mask)})`;
    return this.#nextBlock('es_process_events', `process = ${process}${kinds}`, from, step);
  }

  nextBlockOfKind(mask: number, from: number, step: 1 | -1): number {
    for (let i = from; i >= 0 && i < this.blocks.length; i += step)
      if ((this.blocks[i]!.kindMask & mask) !== 0) return i;
    return -1;
  }

  nextBlockOfFunction(functions: readonly number[], from: number, step: 1 | -1): number {
    return functions.length === 0 ? -1 : this.#nextBlock('es_events', `function in (${functions.join(', ')})`, from, step); // prettier-ignore
  }

  hasKind(process: number, mask: number, near: number): boolean {
    return this.nextBlock(process, mask, near, -1) >= 0 || this.nextBlock(process, mask, near + 1, 1) >= 0;
  }

  /** There are no rollups: a timeline counts events. */
  segmentOf(): undefined {
    return undefined;
  }

  terms(payload: Uint8Array, process: number, peer: number): Term[] {
    const node = process === 0 ? peer : this.dictionary.table.nodeOf(process);
    const atoms = this.dictionary.atoms(node);
    try {
      return decodeTerms(payload, { name: (index) => atoms.get(index) });
    } catch (error) {
      return [{ kind: 'opaque', text: `unreadable: ${error instanceof Error ? error.message : String(error)}` }];
    }
  }

  termsAt(block: Block, row: number): Term[] {
    const process = block.processAt(row);
    return this.terms(block.payload(row), process, process === 0 ? block.peerAt(row) : 0);
  }

  #nextBlock(table: string, which: string, from: number, step: 1 | -1): number {
    const block = this.blocks[from];
    if (block === undefined) return -1;
    const [edge, order] = step > 0 ? [`>= ${block.firstSeq}`, ''] : [`<= ${block.firstSeq + block.count - 1}`, 'desc'];
    const rows = this.connection.select(
      `select seq from ${table} where recording = ${quoted(this.name)} and ${which} and seq ${edge} order by seq ${order} limit 1`,
    );
    // What is not marked as shipped yet is for the next question.
    return rows.more ? this.blockOf(rows.u64()) : -1;
  }

  #readManifest(): Manifest {
    const rows = this.connection.select(recordingSql(this.name));
    if (!rows.more) throw missingRecording(this.connection.address.shown, this.name, this.connection.select(namesSql));
    rows.raw();
    this.#manifestText = rows.text();
    return parseManifest(this.#manifestText, this.path);
  }

  #checkSchema(): void {
    const { address } = this.connection;
    let found = 0;
    try {
      found = this.connection.select(`select max(version) from es_schema`).u32();
    } catch (error) {
      if (!(error instanceof ClickHouseError && error.code === 60)) throw error;
    }
    if (found === 0)
      throw new FleetError(`nothing was shipped to ${address.base}/${address.database} yet: "elixirscope ship RECORDING --to URL" does`); // prettier-ignore
    if (found !== SCHEMA) throw otherVersion(address.shown, found);
  }
}

/** Codes of a mask, as a list in SQL. */
const codes = (mask: number): string =>
  EVENT_KINDS.flatMap((_, code) => ((mask & (1 << code)) === 0 ? [] : [code])).join(', ') || '255';
