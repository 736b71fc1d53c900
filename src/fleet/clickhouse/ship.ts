/**
 * Ships a recording into ClickHouse. What the server has decides where it goes on: batches of events that are marked as there (`es_batches`),
 * bytes of the dictionary, digests of processes. Each batch is one INSERT, all or nothing, and marked after it; a batch that was not marked is
 * shipped again, and the tables keep one row of each key. So shipping twice changes nothing, and one that was killed goes on.
 *
 * It reads the recording's files, also while they grow, and sends one batch at a time: a slow server holds up nobody but this reader.
 */
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import {
  CallStacks,
  DICTIONARY_FRAME_BYTES,
  DICTIONARY_FRAME_HEADER,
  crc32,
  kindCode,
  codeOf,
  manifestText,
  openBlocks,
  openToRead,
  readBytes,
  readMarks,
  RecordingError,
  realDisk,
  recordingOver,
  writerLives,
  type Block,
  type BlockStore,
  type BulkRecording,
  type CallSpan,
  type Disk,
  type Mark,
} from '../../recording/index.js';
import { Names } from '../../sql/index.js';
import { FleetError } from '../fleet-error.js';
import { pause } from '../pause.js';
import { checkName, type Address } from './address.js';
import { LOGS, batchesSql, chained, logSql, readBatches, readLog, recordingSql, type LogName } from './catalogue.js';
import { Client } from './client.js';
import { newRows, RowMaker } from './event-rows.js';
import { quoted } from './requests.js';
import { prepareSchema } from './schema.js';

/** A batch has as many rows as a block at most, and about so many bytes. */
const BATCH_BYTES = 16 << 20;
const LINE = kindCode('line');
const EXPRESSION = kindCode('expression');
/** How often a recording that grows is looked at. */
const ROUND_MS = 500;
/** How long a server that is away is waited for. */
const PATIENCE_MS = 30_000;

export interface ShipOptions {
  path: string;
  to: Address;
  /** Under which name; otherwise that of the folder. */
  name?: string;
  /** Goes on with a recording that grows until it ends. */
  follow?: boolean;
  /** Ends it after the batch under way, in `follow` after all that is recorded. */
  signal?: AbortSignal;
  onProgress?: (events: number, of: number) => void;
  /** Told when the server does not answer and is waited for. */
  onTrouble?: (message: string) => void;
  patienceMs?: number;
  roundMs?: number;
  disk?: Disk;
}

export interface ShipResult {
  name: string;
  /** All that are there now. */
  events: number;
  /** Of these, those that this call brought. */
  shipped: number;
  /** The recording is complete, and all of it is there. */
  complete: boolean;
}

export const shipName = (path: string): string => basename(path).replace(/\.escope$/, '');

/** Makes the tables where they are missing. Throws a FleetError where shipping there cannot work. */
export async function prepareShipping(to: Address): Promise<void> {
  await prepareSchema(new Client(to, { patienceMs: 0 }));
}

export async function ship(options: ShipOptions): Promise<ShipResult> {
  const name = checkName(options.name ?? options.to.recording ?? shipName(options.path));
  const client = new Client(options.to, {
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    ...(options.onTrouble ? { onTrouble: options.onTrouble } : {}),
  });
  await prepareSchema(client);
  const store = openBlocks(options.path, options.disk);
  try {
    const shipper = new Shipper(client, name, store, options);
    await shipper.begin();
    for (;;) {
      // Asked before the files are looked at: what was written until then is part of the round.
      const gone = options.follow !== true || !writerLives(store.manifest.writer);
      const stopped = options.signal?.aborted === true;
      await shipper.round();
      if (gone || stopped || store.manifest.complete) break;
      await pause(options.roundMs ?? ROUND_MS, options.signal);
    }
    return shipper.result();
  } finally {
    store.close();
  }
}

class Shipper {
  readonly #recording: BulkRecording;
  readonly #names: Names;
  readonly #rows: RowMaker;
  readonly #stacks = new CallStacks();
  /** Spans whose begin was shipped, but not their end. */
  readonly #openShipped = new Set<number>();
  #next = 1;
  #before = 0;
  /** Bytes of each log that are there. */
  readonly #logs = new Map<LogName, number>();
  /** Of each process, what was shipped of it last. */
  readonly #digests = new Map<number, number>();
  /** Those that have ended, and that is there. */
  readonly #settled = new Set<number>();
  #rounds = 0;
  #functions = 0;
  #manifest = '';
  #gaps = 0;
  #marks = '[]';

  constructor(
    private readonly client: Client,
    private readonly name: string,
    private readonly store: BlockStore,
    private readonly options: ShipOptions,
  ) {
    this.#recording = recordingOver(store);
    this.#names = new Names(this.#recording);
    this.#rows = new RowMaker(name, store, this.#names);
  }

  /** Finds out what the server has. Throws a FleetError where it has another recording under that name. */
  async begin(): Promise<void> {
    const { client, name, store } = this;
    const known = await client.select(recordingSql(name));
    if (known.more) {
      if (known.text() !== origin(store)) throw this.#other();
      this.#manifest = known.text();
    } else await this.#writeManifest();
    const first = store.blocks[0]?.firstSeq ?? 1;
    const chain = chained(readBatches(await client.select(batchesSql(name, 0))));
    if (chain.length > 0 && chain[0]!.firstSeq !== first) throw this.#other();
    this.#next = first;
    for (const batch of chain) {
      this.#check(batch);
      this.#next = batch.firstSeq + batch.count;
    }
    this.#before = this.#next;
    for (const log of LOGS) this.#logs.set(log, readLog(await client.select(logSql(name, log, 0)), 0).length);
    const digests = await client.select(`select process, digest from es_processes final where recording = ${quoted(name)}`); // prettier-ignore
    while (digests.more) this.#digests.set(digests.u32(), digests.u32());
    const functions = await client.select(`select count() from es_functions final where recording = ${quoted(name)}`);
    this.#functions = functions.u64();
    const gaps = await client.select(`select count() from es_gaps final where recording = ${quoted(name)}`);
    this.#gaps = gaps.u64();
    const marks = await client.select(`select marks from es_marks final where recording = ${quoted(name)}`);
    if (marks.more) this.#marks = marks.text();
    const open = await client.select(
      `select seq from es_calls final where recording = ${quoted(name)} and end_seq = 0`,
    );
    while (open.more) this.#openShipped.add(open.u64());
    // Calls under way where it goes on: what ended before is there.
    if (this.#next > first) for (const span of this.#calls(first, this.#next - 1)) this.#openShipped.delete(span.seq);
  }

  /** Ships all that there is. */
  async round(): Promise<void> {
    const { store, options } = this;
    const news = this.#recording.refresh();
    if (news || this.#rounds++ === 0) {
      this.#names.refresh();
      await this.#shipNames();
    }
    for (;;) {
      const place = store.place(this.#next);
      if (place === undefined) break;
      await this.#batch(place.block, place.row);
      options.onProgress?.(this.#next - 1, store.events);
      if (options.signal?.aborted && options.follow !== true) return;
    }
    await this.#shipOpenCalls();
    await this.#shipGaps();
    await this.#shipMarks();
    await this.#writeManifest();
  }

  result(): ShipResult {
    const { store, name } = this;
    const keyframe = store.keyframe;
    return {
      name,
      events: Math.max(0, this.#next - 1 - keyframe),
      shipped: this.#next - this.#before,
      complete: store.manifest.complete && this.#next > store.events,
    };
  }

  async #batch(block: Block, from: number): Promise<void> {
    const { client, name } = this;
    const events = newRows('es_events');
    const end = this.#rows.events(events, block, from, block.count, BATCH_BYTES);
    await client.insertRows('es_events', events);
    const first = block.firstSeq + from;
    const calls = newRows('es_calls');
    const empty = calls.size;
    const last = block.firstSeq + end - 1;
    for (const span of this.#calls(first, last)) {
      this.#rows.call(calls, span);
      this.#openShipped.delete(span.seq);
    }
    if (calls.size > empty) await client.insertRows('es_calls', calls);
    await this.#lines(block, from, end);
    const kinds = block.kinds();
    const counts = new Uint32Array(block.kindCounts.length);
    for (let row = from; row < end; row++) counts[kinds[row]!]!++;
    await client.insert('es_batches', (row) => {
      row.text(name);
      row.u64(first);
      row.u32(end - from);
      row.u64(block.nsAt(from));
      row.u64(block.nsAt(end - 1));
      row.u32s(counts);
      row.u64(events.size);
    });
    this.#next = last + 1;
  }

  async #lines(block: Block, from: number, end: number): Promise<void> {
    if ((block.kindCounts[LINE] ?? 0) + (block.kindCounts[EXPRESSION] ?? 0) === 0) return;
    const rows = newRows('es_lines');
    const empty = rows.size;
    const kinds = block.kinds();
    const functions = block.functions();
    for (let row = from; row < end; row++) {
      if (kinds[row] !== LINE && kinds[row] !== EXPRESSION) continue;
      this.#rows.line(rows, block, row, this.#recording.function(functions[row]!)?.point);
    }
    if (rows.size > empty) await this.client.insertRows('es_lines', rows);
  }

  /** Calls that end between two events; each event is looked at once. */
  *#calls(from: number, to: number): IterableIterator<CallSpan> {
    for (const block of this.#recording.blocks({ from, to })) yield* this.#stacks.take(block, from, to);
  }

  /** Those under way are shown too; when they end, their row is replaced. */
  async #shipOpenCalls(): Promise<void> {
    const rows = newRows('es_calls');
    const empty = rows.size;
    const told: number[] = [];
    for (const span of this.#stacks.open()) {
      if (this.#openShipped.has(span.seq)) continue;
      this.#rows.call(rows, span);
      told.push(span.seq);
    }
    if (rows.size > empty) await this.client.insertRows('es_calls', rows);
    for (const seq of told) this.#openShipped.add(seq);
  }

  /** The dictionary's log, and from it processes and functions: before the events that name them. */
  async #shipNames(): Promise<void> {
    const { client, name, store } = this;
    for (const log of LOGS) {
      for (let bytes = this.#news(log); bytes.length > 0; bytes = this.#news(log)) {
        const at = this.#logs.get(log)!;
        await client.insert('es_logs', (row) => {
          row.text(name);
          row.text(log);
          row.u64(at);
          row.raw(bytes);
        });
        this.#logs.set(log, at + bytes.length);
      }
    }
    const functions = newRows('es_functions');
    const none = functions.size;
    let id = this.#functions;
    for (let fn = this.#recording.function(id + 1); fn !== undefined; fn = this.#recording.function(++id + 1))
      this.#rows.function(functions, fn);
    if (functions.size > none) await client.insertRows('es_functions', functions);
    this.#functions = id;
    const processes = newRows('es_processes');
    const empty = processes.size;
    const changed: [number, number][] = [];
    const ended: number[] = [];
    for (const info of store.dictionary.processes) {
      if (this.#settled.has(info.id)) continue;
      const { digest, settled, write } = this.#rows.process(info);
      if (settled) ended.push(info.id);
      if (this.#digests.get(info.id) === digest) continue;
      write(processes, Date.now());
      changed.push([info.id, digest]);
    }
    if (processes.size > empty) await client.insertRows('es_processes', processes);
    for (const [process, digest] of changed) this.#digests.set(process, digest);
    for (const process of ended) this.#settled.add(process);
  }

  /** What comes next in a log; of the dictionary whole frames only. */
  #news(log: LogName): Uint8Array {
    const { store, options } = this;
    const disk = options.disk ?? realDisk;
    const file = join(store.path, log);
    let fd: number;
    try {
      fd = openToRead(disk, file);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return new Uint8Array(0);
    }
    try {
      const at = this.#logs.get(log)!;
      const window = 2 * DICTIONARY_FRAME_BYTES + DICTIONARY_FRAME_HEADER;
      const bytes = readBytes(disk, fd, at, Math.max(0, Math.min(window, disk.size(fd) - at)), file);
      return log === 'dictionary.log' ? bytes.subarray(0, wholeFrames(bytes)) : bytes;
    } finally {
      disk.close(fd);
    }
  }

  async #shipGaps(): Promise<void> {
    const { gaps } = this.#recording.info();
    if (gaps.length <= this.#gaps) return;
    const rows = newRows('es_gaps');
    gaps.forEach((gap, number) => this.#rows.gap(rows, number, gap));
    await this.client.insertRows('es_gaps', rows);
    this.#gaps = gaps.length;
  }

  /** As a whole, whenever they changed: they are few. What cannot be read here is no reason not to ship the rest. */
  async #shipMarks(): Promise<void> {
    let marks: Mark[];
    try {
      marks = readMarks(this.options.path, this.options.disk);
    } catch (error) {
      if (error instanceof RecordingError) return;
      throw error;
    }
    const text = JSON.stringify(marks);
    if (text === this.#marks) return;
    await this.client.insert('es_marks', (row) => {
      row.text(this.name);
      row.text(text);
      row.u64(Date.now());
    });
    this.#marks = text;
  }

  async #writeManifest(): Promise<void> {
    const manifest = manifestText(this.store.manifest);
    if (manifest === this.#manifest) return;
    await this.client.insert('es_recordings', (row) => {
      row.text(this.name);
      row.text(origin(this.store));
      row.text(manifest);
      row.u64(Date.now());
    });
    this.#manifest = manifest;
  }

  /** Whether what the server has of a span is what the file has there. */
  #check(batch: { firstSeq: number; count: number; firstNs: number; lastNs: number }): void {
    const { store } = this;
    const first = store.place(batch.firstSeq);
    const last = store.place(batch.firstSeq + batch.count - 1);
    if (first === undefined || last === undefined) {
      throw new FleetError(
        `${this.client.address.shown} has more of "${this.name}" than ${store.path}, up to event #${batch.firstSeq + batch.count - 1}: it was cut or repaired since. Ship it under another name (--name).`,
      );
    }
    if (first.block.nsAt(first.row) !== batch.firstNs || last.block.nsAt(last.row) !== batch.lastNs) throw this.#other(); // prettier-ignore
  }

  #other(): FleetError {
    return new FleetError(`${this.client.address.shown} has another recording of the name "${this.name}": ship this one under another (--name)`); // prettier-ignore
  }
}

/** Bytes of the whole frames at the beginning (docs/formats/recording.md, "The dictionary"). */
function wholeFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (bytes.length - at >= DICTIONARY_FRAME_HEADER) {
    const from = at + DICTIONARY_FRAME_HEADER;
    const length = view.getUint32(at, true);
    if (length === 0 || length > bytes.length - from) break;
    if (crc32(bytes, from, from + length) !== view.getUint32(at + 4, true)) break;
    at = from + length;
  }
  return at;
}

/** What makes a recording itself, from its first event to its last. */
function origin(store: BlockStore): string {
  const { startedAtMs, writer, window, blockEvents } = store.manifest;
  return createHash('sha256')
    .update(JSON.stringify([startedAtMs, writer.host, writer.pid, writer.started, window, blockEvents]))
    .digest('hex');
}
