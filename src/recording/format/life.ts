/**
 * Links and names of a segment apart from everything else, so that who was linked to whom, and who had which name, is known at any moment from one
 * segment alone: what stood when it began, then, block by block, what changed it (docs/formats/recording.md, "Segments", part 5).
 */
import { RecordingError } from '../errors.js';
import { kindCode } from '../model.js';
import { ByteReader, ByteWriter } from './bytes.js';
import type { Page } from './segment-summary.js';

const LINK = kindCode('link');
const UNLINK = kindCode('unlink');
const EXIT = kindCode('exit');
const REGISTER = kindCode('register');
const UNREGISTER = kindCode('unregister');

/** Bit k: rows of kind k belong to the part. */
export const LIFE_KINDS = (1 << LINK) | (1 << UNLINK) | (1 << EXIT) | (1 << REGISTER) | (1 << UNREGISTER);

/** Rows of one block that change links and names, in order. */
export interface LifeRows {
  rows: Uint16Array;
  kinds: Uint8Array;
  processes: Uint32Array;
  /** Of links; 0 otherwise. */
  peers: Uint32Array;
  /** Payload of a name that was taken or given up. */
  names: (Uint8Array | undefined)[];
}

/** What stands between two events. */
export interface StandingLife {
  /** Linked pairs, one after the other, the smaller first. */
  pairs: Uint32Array;
  /** Of the living whose name ever changed: the payload of the name, undefined where it was given up. */
  names: Map<number, Uint8Array | undefined>;
}

/** The rows of a block that belong here. */
export interface LifeSource {
  readonly count: number;
  kind: ArrayLike<number>;
  process(row: number): number;
  peer(row: number): number;
  payload(row: number): Uint8Array;
}

export function lifeRows(block: LifeSource): LifeRows {
  const found: number[] = [];
  const { kind, count } = block;
  for (let i = 0; i < count; i++) {
    const k = kind[i]!;
    // Nearly all rows are something else.
    if (k < 7 && ((1 << k) & LIFE_KINDS) !== 0) found.push(i);
  }
  const n = found.length;
  const rows = Uint16Array.from(found);
  const kinds = new Uint8Array(n);
  const processes = new Uint32Array(n);
  const peers = new Uint32Array(n);
  const names = new Array<Uint8Array | undefined>(n).fill(undefined);
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    const k = (kinds[i] = kind[row]!);
    processes[i] = block.process(row);
    if (k === LINK || k === UNLINK) peers[i] = block.peer(row);
    else if (k === REGISTER || k === UNREGISTER) names[i] = block.payload(row).slice();
  }
  return { rows, kinds, processes, peers, names };
}

/** Links and names of the living, kept up to date event by event. */
export class LifeKeeper {
  /** To whom a process is linked: most to one. */
  readonly #links = new Map<number, number | Set<number>>();
  readonly #names = new Map<number, Uint8Array | undefined>();

  /** Takes in rows; those from `end` on are left out. */
  take({ rows, kinds, processes, peers, names }: LifeRows, end = Infinity): void {
    for (let i = 0; i < rows.length && rows[i]! < end; i++) {
      const process = processes[i]!;
      switch (kinds[i]) {
        case LINK:
          this.link(process, peers[i]!);
          break;
        case UNLINK:
          this.#remove(process, peers[i]!);
          this.#remove(peers[i]!, process);
          break;
        case EXIT:
          for (const other of this.linked(process)) this.#remove(other, process);
          this.#links.delete(process);
          this.#names.delete(process);
          break;
        case REGISTER:
          this.#names.set(process, names[i]);
          break;
        default:
          this.#names.set(process, undefined);
      }
    }
  }

  begin({ pairs, names }: StandingLife): void {
    for (let i = 0; i < pairs.length; i += 2) this.link(pairs[i]!, pairs[i + 1]!);
    for (const [process, name] of names) this.#names.set(process, name);
  }

  /** Process 0 is one that the recording does not know: nothing to draw a line to. */
  link(a: number, b: number): void {
    if (a === 0 || b === 0 || a === b) return;
    this.#add(a, b);
    this.#add(b, a);
  }

  /** In no order. */
  linked(process: number): number[] {
    const others = this.#links.get(process);
    return others === undefined ? [] : typeof others === 'number' ? [others] : [...others];
  }

  /** Of those living whose name changed so far. */
  get names(): ReadonlyMap<number, Uint8Array | undefined> {
    return this.#names;
  }

  standing(): StandingLife {
    const pairs: number[] = [];
    for (const process of [...this.#links.keys()].sort((a, b) => a - b))
      for (const other of this.linked(process).sort((a, b) => a - b)) if (process < other) pairs.push(process, other);
    return { pairs: Uint32Array.from(pairs), names: new Map([...this.#names].sort(([a], [b]) => a - b)) };
  }

  #add(from: number, to: number): void {
    const others = this.#links.get(from);
    if (others === undefined) this.#links.set(from, to);
    else if (typeof others !== 'number') others.add(to);
    else if (others !== to) this.#links.set(from, new Set([others, to]));
  }

  #remove(from: number, to: number): void {
    const others = this.#links.get(from);
    if (others === to) this.#links.delete(from);
    else if (others instanceof Set && others.delete(to) && others.size === 0) this.#links.delete(from);
  }
}

/** Gathers the part of a segment. */
export class LifeBuilder {
  readonly #keeper = new LifeKeeper();
  #pages: Page[] = [];

  add(block: LifeSource): void {
    if (this.#pages.length === 0) this.#pages.push({ firstKey: 0, bytes: writeStanding(this.#keeper.standing()) });
    const rows = lifeRows(block);
    this.#pages.push({ firstKey: this.#pages.length, bytes: writeRows(rows) });
    this.#keeper.take(rows);
  }

  /** Page 0: what stood; page n: the rows of block n - 1. */
  finish(): Page[] {
    const pages = this.#pages;
    this.#pages = [];
    return pages;
  }
}

function writeStanding({ pairs, names }: StandingLife): Uint8Array {
  const out = new ByteWriter(pairs.length * 3 + 64);
  out.varint(pairs.length / 2);
  for (let i = 0, last = 0; i < pairs.length; i += 2) {
    out.varint(pairs[i]! - last);
    out.varint(pairs[i + 1]! - pairs[i]!);
    last = pairs[i]!;
  }
  out.varint(names.size);
  let last = 0;
  for (const [process, name] of names) {
    out.varint(process - last);
    out.varint(name?.length ?? 0);
    if (name) out.raw(name);
    last = process;
  }
  return out.bytes().slice();
}

/** Throws a RecordingError when the page contradicts itself. */
export function readStanding(bytes: Uint8Array): StandingLife {
  const reader = new ByteReader(bytes);
  const count = reader.varint();
  if (count > bytes.length) throw new RecordingError('what a segment says of links cannot be');
  const pairs = new Uint32Array(count * 2);
  for (let i = 0, last = 0; i < pairs.length; i += 2) {
    last += reader.varint();
    pairs[i] = last;
    pairs[i + 1] = last + reader.varint();
  }
  const names = new Map<number, Uint8Array | undefined>();
  let process = 0;
  for (let n = reader.varint(); n > 0; n--) {
    process += reader.varint();
    const length = reader.varint();
    names.set(process, length === 0 ? undefined : reader.raw(length));
  }
  if (reader.left > 0) throw new RecordingError('what a segment says of names cannot be');
  return { pairs, names };
}

function writeRows({ rows, kinds, processes, peers, names }: LifeRows): Uint8Array {
  const out = new ByteWriter(rows.length * 6 + 16);
  out.varint(rows.length);
  for (let i = 0, last = 0; i < rows.length; i++) {
    out.varint(rows[i]! - last);
    last = rows[i]!;
    out.u8(kinds[i]!);
    out.varint(processes[i]!);
    const name = names[i];
    if (name) {
      out.varint(name.length);
      out.raw(name);
    } else if (kinds[i] !== EXIT) out.varint(peers[i]!);
  }
  return out.bytes().slice();
}

/** Throws a RecordingError when the page contradicts itself. */
export function readLifeRows(bytes: Uint8Array): LifeRows {
  const reader = new ByteReader(bytes);
  const n = reader.varint();
  if (n > bytes.length) throw new RecordingError('what a segment says of links and names cannot be');
  const found: LifeRows = {
    rows: new Uint16Array(n),
    kinds: new Uint8Array(n),
    processes: new Uint32Array(n),
    peers: new Uint32Array(n),
    names: new Array<Uint8Array | undefined>(n).fill(undefined),
  };
  let row = 0;
  for (let i = 0; i < n; i++) {
    row += reader.varint();
    const kind = reader.u8();
    if (row > 0xffff || kind > 6 || ((1 << kind) & LIFE_KINDS) === 0)
      throw new RecordingError('what a segment says of links and names cannot be');
    found.rows[i] = row;
    found.kinds[i] = kind;
    found.processes[i] = reader.varint();
    if (kind === REGISTER || kind === UNREGISTER) found.names[i] = reader.raw(reader.varint());
    else if (kind !== EXIT) found.peers[i] = reader.varint();
  }
  if (reader.left > 0) throw new RecordingError('what a segment says of links and names cannot be');
  return found;
}
