/** A batch of events in ClickHouse as a block: rows are fetched when they are asked for, and kept in a bounded cache. */
import { KIND_SLOTS, PAGE_ROWS, kindCode, type Block, type ColumnCache } from '../../recording/index.js';
import { FleetError } from '../fleet-error.js';
import type { BatchInfo } from './catalogue.js';
import type { Connection } from './connection.js';
import { quoted } from './requests.js';

const STATE = kindCode('state');
/** Terms are fetched so many rows at a time; once so many pieces of a block were asked for, more at a time: the server reads some 8,192 rows for any of them. */
const TERM_ROWS = 256;
const FEW_PIECES = 4;
const MANY_TERM_ROWS = 8192;
/** States may be large. */
const MANY_STATE_ROWS = 2048;
/** States of a process that are fetched together, on each side. */
const STATE_ROWS = 16;

/** Fixed columns of consecutive rows. */
interface Columns {
  kinds: Uint8Array;
  flags: Uint8Array;
  ns: Float64Array;
  processes: Uint32Array;
  peers: Uint32Array;
  functions: Uint32Array;
  causes: Float64Array;
  bytes: Uint32Array;
}

/** Rows of each process of a block. */
interface Grouped {
  ids: Uint32Array;
  masks: Uint32Array;
  locals: Uint16Array;
  rows: Uint16Array[];
}

/** Where blocks are read from. */
export interface RemoteSource {
  readonly name: string;
  readonly connection: Connection;
  readonly cache: ColumnCache;
}

const Part = {
  WHOLE: 0,
  GROUPED: 1,
  FUNCTIONS: 2,
  PAGES: 16,
  MANY_TERMS: 32,
  MANY_STATES: 64,
  TERMS: 256,
  STATES: 512,
} as const;
/** Keys of the cache: block × parts. Below them: rows of a process, and states. */
const PARTS = 1024;

const noRows = new Uint16Array(0);

export class RemoteBlock implements Block {
  readonly firstSeq: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly kindCounts = new Uint32Array(KIND_SLOTS);
  readonly kindMask: number;
  /** Of the process that was asked for last. */
  #own: { process: number; rows: Uint16Array; states: Uint16Array } | undefined;
  /** Small pieces of terms that were fetched. */
  #pieces = 0;
  /** States that were fetched together. */
  #states: { process: number; payloads: Map<number, Uint8Array> } | undefined;

  constructor(
    readonly number: number,
    batch: BatchInfo,
    private readonly source: RemoteSource,
  ) {
    this.firstSeq = batch.firstSeq;
    this.count = batch.count;
    this.firstNs = batch.firstNs;
    this.lastNs = batch.lastNs;
    let mask = 0;
    batch.kinds.forEach((events, kind) => {
      this.kindCounts[kind] = events;
      if (events > 0) mask |= 1 << kind;
    });
    this.kindMask = mask >>> 0;
  }

  mask(process: number): number {
    const { ids, masks } = this.#grouped();
    const local = ids.indexOf(process);
    return local < 0 ? 0 : masks[local]!;
  }

  functionCount(fn: number): number {
    const counts = this.#part(Part.FUNCTIONS, () => {
      const value = new Map<number, number>();
      for (const one of this.functions()) value.set(one, (value.get(one) ?? 0) + 1);
      return { value, bytes: value.size * 16 };
    });
    return counts.get(fn) ?? 0;
  }

  rows(process: number): Uint16Array {
    if (this.source.cache.has(this.#key(Part.WHOLE))) {
      const { ids, rows } = this.#grouped();
      return rows[ids.indexOf(process)] ?? noRows;
    }
    return this.#ofProcess(process).rows;
  }

  stateRows(process: number): ArrayLike<number> {
    return this.kindCounts[STATE] === 0 ? noRows : this.#ofProcess(process).states;
  }

  /** A block is one page: what is asked by process is asked of the server by process. */
  pageOf(): number {
    return 0;
  }
  pageRows(process: number): Uint16Array {
    return this.rows(process);
  }
  localOf(process: number): number {
    return this.#grouped().ids.indexOf(process);
  }
  locals(): ArrayLike<number> {
    return this.#grouped().locals;
  }
  get localCount(): number {
    return this.#grouped().ids.length;
  }

  kindAt(row: number): number {
    return this.#page(row).kinds[row % PAGE_ROWS]!;
  }
  flagsAt(row: number): number {
    return this.#page(row).flags[row % PAGE_ROWS]!;
  }
  nsAt(row: number): number {
    return this.#page(row).ns[row % PAGE_ROWS]!;
  }
  processAt(row: number): number {
    return this.#page(row).processes[row % PAGE_ROWS]!;
  }
  peerAt(row: number): number {
    return this.#page(row).peers[row % PAGE_ROWS]!;
  }
  functionAt(row: number): number {
    return this.#page(row).functions[row % PAGE_ROWS]!;
  }
  causeAt(row: number): number {
    return this.#page(row).causes[row % PAGE_ROWS]!;
  }
  payloadBytes(row: number): number {
    return this.#page(row).bytes[row % PAGE_ROWS]!;
  }

  kinds(): Uint8Array {
    return this.#whole().kinds;
  }
  flags(): Uint8Array {
    return this.#whole().flags;
  }
  ns(): Float64Array {
    return this.#whole().ns;
  }
  processes(): Uint32Array {
    return this.#whole().processes;
  }
  peers(): Uint32Array {
    return this.#whole().peers;
  }
  functions(): Uint32Array {
    return this.#whole().functions;
  }
  causes(): Float64Array {
    return this.#whole().causes;
  }

  payload(row: number): Uint8Array {
    const state = this.kindAt(row) === STATE;
    const large = this.#pieces > FEW_PIECES;
    const size = large ? (state ? MANY_STATE_ROWS : MANY_TERM_ROWS) : TERM_ROWS;
    const part = state ? (large ? Part.MANY_STATES : Part.STATES) : large ? Part.MANY_TERMS : Part.TERMS;
    const first = row - (row % size);
    const payloads = this.#part(part + first / size, () => {
      if (!large) this.#pieces++;
      const to = Math.min(this.count, first + size);
      const value = new Map<number, Uint8Array>();
      const rows = this.#select('seq, payload', 'es_events', first, to - 1, state ? ` and code = ${STATE}` : ` and code != ${STATE}`); // prettier-ignore
      let bytes = 0;
      while (rows.more) {
        const seq = rows.u64();
        const payload = rows.raw();
        value.set(seq - this.firstSeq, payload);
        bytes += payload.length + 64;
      }
      return { value, bytes };
    });
    return payloads.get(row) ?? this.#missing();
  }

  statePayload(process: number, row: number): Uint8Array {
    const known = this.#states?.process === process ? this.#states.payloads.get(row) : undefined;
    if (known) return known;
    // A history goes from one state to the next, either way: some of both sides come along.
    const { states } = this.#ofProcess(process);
    const at = states.indexOf(row);
    const wanted = [...states.subarray(Math.max(0, at - STATE_ROWS), at + STATE_ROWS)].map(
      (one) => this.firstSeq + one,
    );
    const rows = this.source.connection.select(
      `select seq, payload from es_process_events where recording = ${quoted(this.source.name)} and process = ${process} and seq in (${[...wanted, this.firstSeq + row].join(', ')})`,
    );
    const payloads = new Map<number, Uint8Array>();
    while (rows.more) payloads.set(rows.u64() - this.firstSeq, rows.raw());
    this.#states = { process, payloads };
    return payloads.get(row) ?? this.#missing();
  }

  stateBytes(process: number, row: number): number {
    return this.statePayload(process, row).length;
  }

  #key(part: number): number {
    return this.number * PARTS + part;
  }

  #part<T>(part: number, make: () => { value: T; bytes: number }): T {
    return this.source.cache.get(this.#key(part), make);
  }

  /** Fixed columns of the page that holds a row. */
  #page(row: number): Columns {
    const page = Math.floor(row / PAGE_ROWS);
    const first = page * PAGE_ROWS;
    return this.#part(Part.PAGES + page, () => {
      const to = Math.min(this.count, first + PAGE_ROWS);
      if (this.source.cache.has(this.#key(Part.WHOLE))) return { value: slice(this.#whole(), first, to), bytes: 256 };
      return { value: this.#fetch(first, to), bytes: (to - first) * 34 };
    });
  }

  #whole(): Columns {
    return this.#part(Part.WHOLE, () => ({ value: this.#fetch(0, this.count), bytes: this.count * 34 }));
  }

  #grouped(): Grouped {
    const whole = this.#whole();
    return this.#part(Part.GROUPED, () => {
      const of = new Map<number, number[]>();
      whole.processes.forEach((process, row) => {
        const rows = of.get(process);
        if (rows) rows.push(row);
        else of.set(process, [row]);
      });
      const ids = Uint32Array.from([...of.keys()].sort((a, b) => a - b));
      const rows = Array.from(ids, (id) => Uint16Array.from(of.get(id)!));
      const masks = new Uint32Array(ids.length);
      const locals = new Uint16Array(this.count);
      rows.forEach((own, local) => {
        for (const row of own) {
          masks[local]! |= 1 << whole.kinds[row]!;
          locals[row] = local;
        }
      });
      return { value: { ids, masks, locals, rows }, bytes: this.count * 4 + ids.length * 72 };
    });
  }

  /** By the index of the server, without the rest of the block. */
  #ofProcess(process: number): { rows: Uint16Array; states: Uint16Array } {
    if (this.#own?.process === process) return this.#own;
    const found = this.source.connection.select(
      `select seq, code from es_process_events where recording = ${quoted(this.source.name)} and process = ${process} and seq between ${this.firstSeq} and ${this.firstSeq + this.count - 1} order by seq`,
    );
    const rows: number[] = [];
    const states: number[] = [];
    while (found.more) {
      const row = found.u64() - this.firstSeq;
      const code = found.u8();
      // What was shipped twice may still stand there twice.
      if (rows.at(-1) === row) continue;
      rows.push(row);
      if (code === STATE) states.push(row);
    }
    this.#own = { process, rows: Uint16Array.from(rows), states: Uint16Array.from(states) };
    return this.#own;
  }

  #fetch(first: number, to: number): Columns {
    const n = to - first;
    const columns: Columns = {
      kinds: new Uint8Array(n),
      flags: new Uint8Array(n),
      ns: new Float64Array(n),
      processes: new Uint32Array(n),
      peers: new Uint32Array(n),
      functions: new Uint32Array(n),
      causes: new Float64Array(n),
      bytes: new Uint32Array(n),
    };
    const rows = this.#select(
      'seq, code, flags, ns, process, peer, function, cause, toUInt32(length(payload))',
      'es_events',
      first,
      to - 1,
    );
    let got = 0;
    let last = -1;
    while (rows.more) {
      const at = rows.u64() - this.firstSeq - first;
      if (at < 0 || at >= n) this.#missing();
      columns.kinds[at] = rows.u8();
      columns.flags[at] = rows.u8();
      columns.ns[at] = rows.u64();
      columns.processes[at] = rows.u32();
      columns.peers[at] = rows.u32();
      columns.functions[at] = rows.u32();
      columns.causes[at] = rows.u64();
      columns.bytes[at] = rows.u32();
      if (at !== last) got++;
      last = at;
    }
    if (got !== n) this.#missing();
    return columns;
  }

  #select(columns: string, table: string, first: number, last: number, which = ''): ReturnType<Connection['select']> {
    return this.source.connection.select(
      `select ${columns} from ${table} where recording = ${quoted(this.source.name)} and seq between ${this.firstSeq + first} and ${this.firstSeq + last}${which} order by seq`,
    );
  }

  #missing(): never {
    throw new FleetError(
      `events of "${this.source.name}" from #${this.firstSeq} on are missing in ClickHouse though they had been shipped: somebody deleted rows. Delete the recording there and ship it again.`,
    );
  }
}

function slice(columns: Columns, from: number, to: number): Columns {
  const { kinds, flags, ns, processes, peers, functions, causes, bytes } = columns;
  return {
    kinds: kinds.subarray(from, to),
    flags: flags.subarray(from, to),
    ns: ns.subarray(from, to),
    processes: processes.subarray(from, to),
    peers: peers.subarray(from, to),
    functions: functions.subarray(from, to),
    causes: causes.subarray(from, to),
    bytes: bytes.subarray(from, to),
  };
}
