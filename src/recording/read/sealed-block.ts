/** A block in a segment file. Every part is read and unpacked when it is first asked for, checked, and kept in the cache. */
import { RecordingError } from '../errors.js';
import { kindCode } from '../model.js';
import { ByteReader } from '../format/bytes.js';
import {
  BLOCK_HEADER_BYTES,
  CHUNK_BYTES,
  Column,
  COLUMNS,
  FIRST_PAGED,
  KIND_SLOTS,
  MAX_PAGES,
  MAX_PAYLOAD,
  PAGE_ROWS,
  STREAMS,
  STREAM_OF,
  Stream,
  type BlockHeader,
} from '../format/layout.js';
import { groupRows } from '../format/localizer.js';
import { search } from '../format/segment-summary.js';
import type { Unpacker } from '../format/zstd.js';
import { noRows, upperBound, type Block } from './block.js';
import type { ColumnCache } from './column-cache.js';

/** Where a sealed block reads from. */
export interface BlockSource {
  readonly cache: ColumnCache;
  readonly unpacker: Unpacker;
  /** Exactly `bytes` bytes of the block's segment from `at` on. Throws a RecordingError when they are not there. */
  read(at: number, bytes: number): Uint8Array;
  /** Rewrites causes that lie before a recording's window, in place. */
  translate?: ((causes: Float64Array) => void) | undefined;
}

/** What the cache keeps of a block: decoded lists, whole columns, then pages (16 of each paged column), then payload chunks. */
const Part = { DIRECTORY: 0, PROCESSES: 1, PEERS: 2, FUNCTIONS: 3, STATES: 4, ROWS: 5, LOCAL: 6, LOCAL_FN: 7, WHOLE: 8, PAGES: 32, CHUNKS: 32 + (COLUMNS - FIRST_PAGED) * MAX_PAGES } as const; // prettier-ignore
/** Keys of the cache: block × parts. */
const PARTS = 4096;
const PAGE_BITS = Math.log2(PAGE_ROWS);
const IN_PAGE = PAGE_ROWS - 1;
/** After so many looks through a page for one process, the rows of the block are grouped once for all. */
const SCANS = 160;

/** Where the pages and chunks lie. */
interface Directory {
  /** Of each page of each paged column: position in the file and unpacked bytes; one more position at the end of each column. */
  at: Float64Array;
  unpacked: Uint32Array;
  /** Of each stream: its chunks. */
  chunks: { unpacked: Uint32Array; packed: Uint32Array; at: Float64Array; start: Float64Array }[];
  /** Where each stream's chunks begin, in chunks of the whole block. */
  firstChunk: number[];
}

interface Processes {
  ids: Uint32Array;
  masks: Uint32Array;
}

interface Functions {
  ids: Uint32Array;
  counts: Uint32Array;
}

interface States {
  local: Uint16Array;
  rows: Uint16Array;
  bytes: Uint32Array;
  offsets: Uint32Array;
}

interface Places {
  bytes: Uint32Array;
  /** Offset in the row's stream; not filled for states, whose directory knows it. */
  offsets: Uint32Array;
}

const STATE = kindCode('state');

export class SealedBlock implements Block {
  readonly firstSeq: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly kindCounts: Uint32Array;
  readonly kindMask: number;
  /** Looks through pages since the rows were grouped. */
  #scans = 0;

  constructor(
    readonly number: number,
    readonly header: BlockHeader,
    /** Of the header, in the segment file. */
    readonly at: number,
    private readonly source: BlockSource,
  ) {
    this.firstSeq = header.firstSeq;
    this.count = header.count;
    this.firstNs = header.firstNs;
    this.lastNs = header.lastNs;
    this.kindCounts = header.kinds;
    let mask = 0;
    header.kinds.forEach((events, kind) => {
      if (events > 0) mask |= 1 << kind;
    });
    this.kindMask = mask >>> 0;
  }

  get end(): number {
    return this.at + BLOCK_HEADER_BYTES + this.header.bodyBytes;
  }

  mask(process: number): number {
    const { ids, masks } = this.who();
    const local = search(ids, process);
    return local < 0 ? 0 : masks[local]!;
  }

  functionCount(fn: number): number {
    const { ids, counts } = this.#functions();
    const local = search(ids, fn);
    return local < 0 ? 0 : counts[local]!;
  }

  functionRows(fn: number): Uint16Array {
    const local = search(this.#functions().ids, fn);
    if (local < 0) return noRows;
    const locals = this.#part(Part.LOCAL_FN, () => {
      const value = this.#narrow(this.#whole(Column.FN), this.count);
      return { value, bytes: value.byteLength };
    });
    return found(locals, local, 0);
  }

  localOf(process: number): number {
    return search(this.who().ids, process);
  }

  get localCount(): number {
    return this.who().ids.length;
  }

  locals(): Uint8Array | Uint16Array {
    return this.#part(Part.LOCAL, () => {
      const value = this.#narrow(this.#whole(Column.PROCESS), this.count);
      return { value, bytes: value.byteLength };
    });
  }

  rows(process: number): Uint16Array {
    const local = this.localOf(process);
    if (local < 0) return noRows;
    if (!this.#grouped(MAX_PAGES)) return found(this.locals(), local, 0);
    const { starts, rows } = this.#rows();
    return rows.subarray(starts[local], starts[local + 1]);
  }

  pageOf(row: number): number {
    return row >>> PAGE_BITS;
  }

  pageRows(process: number, page: number): Uint16Array {
    const local = this.localOf(process);
    if (local < 0) return noRows;
    if (!this.#grouped(1)) return found(this.#localPage(page), local, page * PAGE_ROWS);
    const { starts, rows } = this.#rows();
    const own = rows.subarray(starts[local], starts[local + 1]);
    return own.subarray(upperBound(own, page * PAGE_ROWS - 1), upperBound(own, (page + 1) * PAGE_ROWS - 1));
  }

  stateRows(process: number): ArrayLike<number> {
    if (this.header.kinds[STATE] === 0) return noRows;
    const range = this.#stateRange(process);
    return this.#states().rows.subarray(range.from, range.to);
  }

  kindAt(row: number): number {
    return this.#bytePage(Column.KIND, row >>> PAGE_BITS)[row & IN_PAGE]!;
  }

  flagsAt(row: number): number {
    return this.#bytePage(Column.FLAGS, row >>> PAGE_BITS)[row & IN_PAGE]!;
  }

  nsAt(row: number): number {
    const page = row >>> PAGE_BITS;
    const values = this.#page(Column.NS, page, () => {
      const value = new Float64Array(this.#rowsIn(page));
      this.#decodeTimes(this.#unpackPage(Column.NS, page), value);
      return { value, bytes: value.byteLength };
    });
    return values[row & IN_PAGE]!;
  }

  causeAt(row: number): number {
    const page = row >>> PAGE_BITS;
    const values = this.#page(Column.CAUSE, page, () => {
      const value = new Float64Array(this.#rowsIn(page));
      this.#decodeCauses(this.#unpackPage(Column.CAUSE, page), value, page * PAGE_ROWS);
      return { value, bytes: value.byteLength };
    });
    return values[row & IN_PAGE]!;
  }

  processAt(row: number): number {
    return this.#id(this.who().ids, this.#localPage(row >>> PAGE_BITS)[row & IN_PAGE]!);
  }

  peerAt(row: number): number {
    return this.#id(this.#peers(), this.#narrowPage(Column.PEER, row >>> PAGE_BITS)[row & IN_PAGE]!);
  }

  functionAt(row: number): number {
    return this.#id(this.#functions().ids, this.#narrowPage(Column.FN, row >>> PAGE_BITS)[row & IN_PAGE]!);
  }

  kinds(): Uint8Array {
    return this.#column(Column.KIND, () => {
      const value = this.#whole(Column.KIND);
      const counts = new Uint32Array(KIND_SLOTS);
      if (value.length !== this.count) this.#damaged('kinds');
      for (let i = 0; i < value.length; i++) counts[value[i]! & 31]!++;
      for (let k = 0; k < KIND_SLOTS; k++) if (counts[k] !== this.kindCounts[k]) this.#damaged('kinds');
      return { value, bytes: value.length };
    });
  }

  flags(): Uint8Array {
    return this.#column(Column.FLAGS, () => {
      const value = this.#whole(Column.FLAGS);
      if (value.length !== this.count) this.#damaged('flags');
      return { value, bytes: value.length };
    });
  }

  ns(): Float64Array {
    return this.#column(Column.NS, () => {
      const value = new Float64Array(this.count);
      this.#eachPage(Column.NS, (bytes, from, to) => this.#decodeTimes(bytes, value.subarray(from, to)));
      for (let i = PAGE_ROWS; i < value.length; i += PAGE_ROWS) if (value[i]! < value[i - 1]!) this.#damaged('times');
      if (value[this.count - 1] !== this.lastNs) this.#damaged('times');
      return { value, bytes: value.byteLength };
    });
  }

  processes(): Uint32Array {
    return this.#column(Column.PROCESS, () => this.#global(this.locals(), this.who().ids));
  }

  peers(): Uint32Array {
    return this.#column(Column.PEER, () =>
      this.#global(this.#narrow(this.#whole(Column.PEER), this.count), this.#peers()),
    );
  }

  functions(): Uint32Array {
    return this.#column(Column.FN, () =>
      this.#global(this.#narrow(this.#whole(Column.FN), this.count), this.#functions().ids),
    );
  }

  causes(): Float64Array {
    return this.#column(Column.CAUSE, () => {
      const value = new Float64Array(this.count);
      this.#eachPage(Column.CAUSE, (bytes, from, to) => this.#decodeCauses(bytes, value.subarray(from, to), from));
      return { value, bytes: value.byteLength };
    });
  }

  payloadBytes(row: number): number {
    return this.#places(row >>> PAGE_BITS).bytes[row & IN_PAGE]!;
  }

  payload(row: number): Uint8Array {
    const stream = STREAM_OF[this.kindAt(row) & 31]!;
    if (stream === Stream.STATE) return this.statePayload(this.processAt(row), row);
    const places = this.#places(row >>> PAGE_BITS);
    return this.#bytes(stream, places.offsets[row & IN_PAGE]!, places.bytes[row & IN_PAGE]!);
  }

  statePayload(process: number, row: number): Uint8Array {
    const states = this.#states();
    const at = this.#state(process, row);
    return this.#bytes(Stream.STATE, states.offsets[at]!, states.bytes[at]!);
  }

  stateBytes(process: number, row: number): number {
    return this.#states().bytes[this.#state(process, row)]!;
  }

  #part<T>(part: number, make: () => { value: T; bytes: number }): T {
    return this.source.cache.get(this.number * PARTS + part, make);
  }

  /** A list that walks ask for at every row. */
  #often<T>(part: number, make: () => { value: T; bytes: number }): T {
    return this.source.cache.recent(part, this.number * PARTS + part, make);
  }

  #column<T>(column: number, make: () => { value: T; bytes: number }): T {
    return this.#part(Part.WHOLE + column, make);
  }

  #page<T>(column: number, page: number, make: () => { value: T; bytes: number }): T {
    const part = Part.PAGES + (column - FIRST_PAGED) * MAX_PAGES + page;
    return this.source.cache.recent(column, this.number * PARTS + part, make);
  }

  #damaged(what: string): never {
    throw new RecordingError(`the ${what} of the block at event ${this.firstSeq} are damaged`);
  }

  /** Rows of a page. Asking for rows that a damaged part makes up ends here. */
  #rowsIn(page: number): number {
    const rows = Math.min(PAGE_ROWS, this.count - page * PAGE_ROWS);
    if (!(rows > 0)) throw new RecordingError(`the block at event ${this.firstSeq} has no such row`);
    return rows;
  }

  #at(column: number): number {
    const { packed } = this.header;
    let at = this.at + BLOCK_HEADER_BYTES;
    for (let c = 0; c < column; c++) at += packed[c]!;
    return at;
  }

  /** A part from end to end; of a paged one all frames at once. */
  #whole(column: number): Uint8Array {
    const { packed, unpacked } = this.header;
    return this.source.unpacker.unpack(this.source.read(this.#at(column), packed[column]!), unpacked[column]!);
  }

  #unpackPage(column: number, page: number): Uint8Array {
    const { at, unpacked } = this.directory();
    const pages = this.#pages;
    if (page >= pages) this.#rowsIn(page);
    const i = (column - FIRST_PAGED) * (pages + 1) + page;
    return this.source.unpacker.unpack(this.source.read(at[i]!, at[i + 1]! - at[i]!), unpacked[i]!);
  }

  /** All pages of a column, unpacked at once. */
  #eachPage(column: number, visit: (bytes: Uint8Array, from: number, to: number) => void): void {
    const { unpacked } = this.directory();
    const all = this.#whole(column);
    const pages = this.#pages;
    let at = 0;
    for (let page = 0; page < pages; page++) {
      const bytes = unpacked[(column - FIRST_PAGED) * (pages + 1) + page]!;
      visit(all.subarray(at, at + bytes), page * PAGE_ROWS, Math.min(this.count, (page + 1) * PAGE_ROWS));
      at += bytes;
    }
  }

  get #pages(): number {
    return Math.ceil(this.count / PAGE_ROWS);
  }

  #bytePage(column: number, page: number): Uint8Array {
    return this.#page(column, page, () => {
      const value = this.#unpackPage(column, page);
      if (value.length !== this.#rowsIn(page)) this.#damaged('kinds');
      return { value, bytes: value.length };
    });
  }

  #narrowPage(column: number, page: number): Uint8Array | Uint16Array {
    return this.#page(column, page, () => {
      const value = this.#narrow(this.#unpackPage(column, page), this.#rowsIn(page));
      return { value, bytes: value.byteLength };
    });
  }

  #localPage(page: number): Uint8Array | Uint16Array {
    return this.#narrowPage(Column.PROCESS, page);
  }

  /** Local numbers: a byte or two each. */
  #narrow(bytes: Uint8Array, rows: number): Uint8Array | Uint16Array {
    if (bytes.length === rows) return bytes;
    if (bytes.length !== rows * 2) this.#damaged('ids');
    return new Uint16Array(bytes.buffer, bytes.byteOffset, rows);
  }

  #id(ids: Uint32Array, local: number): number {
    if (local >= ids.length) this.#damaged('ids');
    return ids[local]!;
  }

  #global(local: ArrayLike<number>, ids: Uint32Array): { value: Uint32Array; bytes: number } {
    const value = new Uint32Array(this.count);
    for (let i = 0; i < value.length; i++) {
      if (local[i]! >= ids.length) this.#damaged('ids');
      value[i] = ids[local[i]!]!;
    }
    return { value, bytes: value.byteLength };
  }

  #decodeTimes(bytes: Uint8Array, out: Float64Array): void {
    const reader = new ByteReader(bytes);
    reader.varints(out);
    let ns = this.firstNs;
    for (let i = 0; i < out.length; i++) {
      ns += out[i]!;
      out[i] = ns;
    }
    if (!(ns <= this.lastNs) || reader.left > 0) this.#damaged('times');
  }

  #decodeCauses(bytes: Uint8Array, out: Float64Array, from: number): void {
    const reader = new ByteReader(bytes);
    reader.varints(out);
    const first = this.firstSeq + from;
    for (let i = 0; i < out.length; i++) {
      const back = out[i]!;
      if (back === 0) continue;
      if (back >= first + i) this.#damaged('causes');
      out[i] = first + i - back;
    }
    if (reader.left > 0) this.#damaged('causes');
    this.source.translate?.(out);
  }

  /** Whether the rows are grouped by process. They are once enough was asked for one by one. */
  #grouped(scans: number): boolean {
    if (this.source.cache.has(this.number * PARTS + Part.ROWS)) return true;
    this.#scans += scans;
    if (this.#scans < SCANS) return false;
    this.#scans = 0;
    return true;
  }

  #rows(): { starts: Uint32Array; rows: Uint16Array } {
    return this.#part(Part.ROWS, () => {
      const local = this.locals();
      const counts = new Uint32Array(this.localCount);
      for (let i = 0; i < this.count; i++) {
        if (local[i]! >= counts.length) this.#damaged('ids');
        counts[local[i]!]!++;
      }
      const starts = new Uint32Array(counts.length + 1);
      for (let p = 0; p < counts.length; p++) starts[p + 1] = starts[p]! + counts[p]!;
      const rows = groupRows(local, this.count, counts);
      return { value: { starts, rows }, bytes: rows.byteLength + starts.byteLength };
    });
  }

  /** Where its pages and payload chunks lie. */
  directory(): Directory {
    return this.#often(Part.DIRECTORY, () => {
      const reader = new ByteReader(this.#whole(Column.DIRECTORY));
      const pages = this.#pages;
      const paged = COLUMNS - FIRST_PAGED;
      const ats = new Float64Array(paged * (pages + 1));
      const unpacked = new Uint32Array(paged * (pages + 1));
      for (let c = 0; c < paged; c++) {
        let at = this.#at(FIRST_PAGED + c);
        let bytes = 0;
        for (let page = 0; page < pages; page++) {
          const i = c * (pages + 1) + page;
          ats[i] = at;
          at += reader.varint();
          bytes += unpacked[i] = reader.varint();
        }
        ats[c * (pages + 1) + pages] = at;
        if (at !== this.#at(FIRST_PAGED + c + 1) || bytes !== this.header.unpacked[FIRST_PAGED + c])
          this.#damaged('columns');
      }
      const chunks: Directory['chunks'] = [];
      const firstChunk: number[] = [];
      let at = this.#at(COLUMNS);
      let all = 0;
      for (let s = 0; s < STREAMS; s++) {
        const n = reader.varint();
        firstChunk.push(all);
        all += n;
        if (all > PARTS - Part.CHUNKS) this.#damaged('payloads');
        const stream = { unpacked: new Uint32Array(n), packed: new Uint32Array(n), at: new Float64Array(n), start: new Float64Array(n) }; // prettier-ignore
        let start = 0;
        for (let i = 0; i < n; i++) {
          const bytes = reader.varint();
          const packed = reader.varint();
          // A chunk ends with the row that makes it long enough.
          if (bytes > CHUNK_BYTES + MAX_PAYLOAD || at + packed > this.end) this.#damaged('payloads');
          stream.unpacked[i] = bytes;
          stream.packed[i] = packed;
          stream.at[i] = at;
          stream.start[i] = start;
          at += packed;
          start += bytes;
        }
        chunks.push(stream);
      }
      if (at !== this.end || reader.left > 0) this.#damaged('payloads');
      return { value: { at: ats, unpacked, chunks, firstChunk }, bytes: ats.length * 12 + all * 24 + 512 };
    });
  }

  /** Who occurs here, ascending, with masks of kinds. */
  who(): Processes {
    return this.#often(Part.PROCESSES, () => {
      const reader = new ByteReader(this.#whole(Column.PROCESSES));
      const ids = this.#ids(reader);
      const masks = new Uint32Array(ids.length);
      reader.varints(masks);
      return { value: { ids, masks }, bytes: ids.length * 8 };
    });
  }

  #peers(): Uint32Array {
    return this.#often(Part.PEERS, () => {
      const value = this.#ids(new ByteReader(this.#whole(Column.PEERS)));
      return { value, bytes: value.byteLength };
    });
  }

  #functions(): Functions {
    return this.#often(Part.FUNCTIONS, () => {
      const reader = new ByteReader(this.#whole(Column.FUNCTIONS));
      const ids = this.#ids(reader);
      const counts = new Uint32Array(ids.length);
      reader.varints(counts);
      return { value: { ids, counts }, bytes: ids.length * 8 };
    });
  }

  #ids(reader: ByteReader): Uint32Array {
    const n = reader.varint();
    if (n > this.count) this.#damaged('ids');
    const ids = new Uint32Array(n);
    reader.varints(ids);
    for (let i = 1; i < n; i++) {
      const id = ids[i]! + ids[i - 1]!;
      if (ids[i] === 0 || id > 0xffffffff) this.#damaged('ids');
      ids[i] = id;
    }
    return ids;
  }

  #states(): States {
    return this.#often(Part.STATES, () => {
      const reader = new ByteReader(this.#whole(Column.STATES));
      const n = reader.varint();
      if (n !== this.kindCounts[STATE]) this.#damaged('states');
      const local = new Uint16Array(n);
      const rows = new Uint16Array(n);
      const bytes = new Uint32Array(n);
      const offsets = new Uint32Array(n);
      const all = new Float64Array(n * 3);
      reader.varints(all);
      const processes = this.localCount;
      let process = 0;
      let row = 0;
      let offset = 0;
      for (let i = 0; i < n; i++) {
        const step = all[i * 3]!;
        const rowStep = all[i * 3 + 1]!;
        row = step === 0 && i > 0 ? row + rowStep : rowStep;
        process += step;
        const length = all[i * 3 + 2]!;
        if (process >= processes || row >= this.count || length > MAX_PAYLOAD) this.#damaged('states');
        if (step === 0 && i > 0 && rowStep === 0) this.#damaged('states');
        local[i] = process;
        rows[i] = row;
        bytes[i] = length;
        offsets[i] = offset;
        offset += length;
      }
      return { value: { local, rows, bytes, offsets }, bytes: n * 12 };
    });
  }

  #stateRange(process: number): { from: number; to: number } {
    const local = this.localOf(process);
    if (local < 0) return { from: 0, to: 0 };
    const states = this.#states();
    return { from: local === 0 ? 0 : upperBound(states.local, local - 1), to: upperBound(states.local, local) };
  }

  #state(process: number, row: number): number {
    const { from, to } = this.#stateRange(process);
    const { rows } = this.#states();
    const at = from + upperBound(rows.subarray(from, to), row) - 1;
    if (at < from || rows[at] !== row) this.#damaged('states');
    return at;
  }

  #places(page: number): Places {
    return this.#page(Column.LENGTH, page, () => {
      const reader = new ByteReader(this.#unpackPage(Column.LENGTH, page));
      const kinds = this.#bytePage(Column.KIND, page);
      const rows = this.#rowsIn(page);
      const next = new Float64Array(STREAMS);
      const bytes = new Uint32Array(rows);
      const offsets = new Uint32Array(rows);
      reader.varints(next);
      const lengths = new Float64Array(rows);
      reader.varints(lengths);
      for (let i = 0; i < rows; i++) {
        const length = lengths[i]!;
        if (length > MAX_PAYLOAD) this.#damaged('payloads');
        const stream = STREAM_OF[kinds[i]! & 31]!;
        bytes[i] = length;
        offsets[i] = next[stream]!;
        next[stream]! += length;
      }
      return { value: { bytes, offsets }, bytes: rows * 8 };
    });
  }

  #bytes(stream: number, offset: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const directory = this.directory();
    const chunks = directory.chunks[stream]!;
    const i = upperBound(chunks.start, offset) - 1;
    if (i < 0 || offset + length > chunks.start[i]! + chunks.unpacked[i]!) this.#damaged('payloads');
    const bytes = this.#part(Part.CHUNKS + directory.firstChunk[stream]! + i, () => ({
      value: this.source.unpacker.unpack(this.source.read(chunks.at[i]!, chunks.packed[i]!), chunks.unpacked[i]!),
      bytes: chunks.unpacked[i]!,
    }));
    return bytes.subarray(offset - chunks.start[i]!, offset - chunks.start[i]! + length);
  }
}

/** The places of a local number, counted from `first`. */
function found(locals: Uint8Array | Uint16Array, local: number, first: number): Uint16Array {
  let n = 0;
  for (let i = 0; i < locals.length; i++) if (locals[i] === local) n++;
  const rows = new Uint16Array(n);
  n = 0;
  for (let i = 0; n < rows.length; i++) if (locals[i] === local) rows[n++] = first + i;
  return rows;
}
