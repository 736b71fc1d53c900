/**
 * The processes of a recording as columns: a recording of a hundred million events has hundreds of thousands of them, and whoever opens it
 * asks for a few. Objects are made when asked for; texts stay in the bytes they were read from.
 */
import type { ProcessInfo } from '../model.js';
import { ByteReader } from './bytes.js';

export const NUMBERS = ['node', 'number', 'serial', 'spawnSeq', 'exitSeq', 'parent', 'fn'] as const;
export const TEXTS = ['behaviour', 'name', 'label'] as const;
const NODE = 0;
const NUMBER = 1;
const SERIAL = 2;
const SPAWN = 3;
const EXIT = 4;
const PARENT = 5;
const NAME = 1;

/** A frame of the dictionary has fewer bytes than this. */
const FRAME = 2 ** 24;

export type ProcessChange = Partial<Omit<ProcessInfo, 'id'>>;

export class ProcessTable {
  #count = 0;
  /** NUMBERS of each process, one after the other. */
  #numbers = new Float64Array(NUMBERS.length * 256);
  /** TEXTS of each process: 0 for none, else one more than frame × 2^24 + position. */
  #texts = new Float64Array(TEXTS.length * 256);
  readonly #frames: Uint8Array[] = [];
  /** Of the frame that is being read. */
  #frame = 0;
  /** Made when all were asked for, kept up to date from then on. */
  #objects: ProcessInfo[] | undefined;
  /** What was told of some: the others belong where their parents belong. */
  readonly #toldApplications = new Map<number, string>();
  /** By id - 1, as far as they were asked for. */
  #applications: (string | undefined)[] = [];
  /** The objects' applications are older than what was told. */
  #stale = false;

  get count(): number {
    return this.#count;
  }

  /** All of them, by id - 1. */
  all(): readonly ProcessInfo[] {
    this.#objects ??= Array.from({ length: this.#count }, (_, i) => this.#make(i));
    if (this.#stale) for (const info of this.#objects) info.application = this.applicationOf(info.id);
    this.#stale = false;
    return this.#objects;
  }

  get(id: number): ProcessInfo | undefined {
    if (!(id >= 1 && id <= this.#count)) return undefined;
    return this.#objects === undefined ? this.#make(id - 1) : this.all()[id - 1];
  }

  /** What was told of a process, or else of the nearest process it descends from. */
  applicationOf(id: number): string | undefined {
    if (!(id >= 1 && id <= this.#count)) return undefined;
    const known = this.#applications;
    while (known.length < id) {
      const next = known.length + 1;
      const parent = this.parentOf(next);
      known.push(
        this.#toldApplications.get(next) ?? (parent < next ? known[parent - 1] : this.#applicationAbove(parent)),
      );
    }
    return known[id - 1];
  }

  /** For those that were met before their parents. */
  #applicationAbove(id: number): string | undefined {
    for (let hops = 0, at = id; at !== 0 && hops < 64; hops++, at = this.parentOf(at)) {
      const told = this.#toldApplications.get(at);
      if (told !== undefined) return told;
    }
    return undefined;
  }

  /** False when there is no such process. */
  tellApplication(id: number, name: string): boolean {
    if (!(id >= 1 && id <= this.#count)) return false;
    this.#toldApplications.set(id, name);
    this.#forgetApplications(id);
    return true;
  }

  #forgetApplications(from: number): void {
    if (this.#applications.length >= from) this.#applications = [];
    this.#stale ||= this.#objects !== undefined;
  }

  /** 0 for a process that is not there. */
  nodeOf(id: number): number {
    return id >= 1 && id <= this.#count ? this.#numbers[(id - 1) * NUMBERS.length + NODE]! : 0;
  }

  /** 0 for none. */
  parentOf(id: number): number {
    return id >= 1 && id <= this.#count ? this.#numbers[(id - 1) * NUMBERS.length + PARENT]! : 0;
  }

  /** Whether a process of the table lives after event `seq`. */
  livesAt(id: number, seq: number): boolean {
    if (!(id >= 1 && id <= this.#count)) return false;
    const at = (id - 1) * NUMBERS.length;
    const exit = this.#numbers[at + EXIT]!;
    return this.#numbers[at + SPAWN]! <= seq && (exit === 0 || exit > seq);
  }

  /** Ids of all incarnations of a pid, on any node. */
  byPid(number: number, serial: number): number[] {
    const found: number[] = [];
    for (let i = 0, at = 0; i < this.#count; i++, at += NUMBERS.length)
      if (this.#numbers[at + NUMBER] === number && this.#numbers[at + SERIAL] === serial) found.push(i + 1);
    return found;
  }

  /** Ids of those whose last registered name this is. */
  named(name: string): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.#count; i++) if (this.#text(i, NAME) === name) found.push(i + 1);
    return found;
  }

  /** Whether it ever had a registered name. */
  hasName(id: number): boolean {
    return id >= 1 && id <= this.#count && this.#texts[(id - 1) * TEXTS.length + NAME]! > 0;
  }

  /** Takes the bytes of a frame; the fields read next lie in it. */
  beginFrame(bytes: Uint8Array): void {
    this.#frame = this.#frames.push(bytes) - 1;
  }

  /** A new process, whose fields `reader` (over the current frame) has next. */
  add(reader: ByteReader): void {
    this.#room();
    this.#read(reader, this.#count++);
    this.#objects?.push(this.#make(this.#count - 1));
  }

  /** A process whose frame is gone. */
  addLost({ label }: { label: string }): void {
    this.#room();
    const bytes = new TextEncoder().encode(label);
    // A frame of its own, with that text and nothing else.
    this.#frames.push(Uint8Array.of(bytes.length, ...bytes));
    this.#texts[this.#count * TEXTS.length + 2] = (this.#frames.length - 1) * FRAME + 1;
    this.#count++;
    this.#objects?.push(this.#make(this.#count - 1));
  }

  /** Changes a process by the fields that come next. False when it is not there. */
  update(id: number, reader: ByteReader): boolean {
    if (!(id >= 1 && id <= this.#count)) return false;
    const parent = this.parentOf(id);
    this.#read(reader, id - 1);
    if (this.parentOf(id) !== parent) this.#forgetApplications(id);
    if (this.#objects) Object.assign(this.#objects[id - 1]!, this.#make(id - 1));
    return true;
  }

  #room(): void {
    if ((this.#count + 1) * NUMBERS.length <= this.#numbers.length) return;
    const numbers = new Float64Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const texts = new Float64Array(this.#texts.length * 2);
    texts.set(this.#texts);
    this.#texts = texts;
  }

  #read(reader: ByteReader, index: number): void {
    const mask = reader.varint();
    for (let field = 0, at = index * NUMBERS.length; field < NUMBERS.length; field++)
      if (mask & (1 << field)) this.#numbers[at + field] = reader.varint();
    for (let field = 0, at = index * TEXTS.length; field < TEXTS.length; field++) {
      if ((mask & (1 << (NUMBERS.length + field))) === 0) continue;
      if (reader.u8() === 0) this.#texts[at + field] = 0;
      else {
        this.#texts[at + field] = this.#frame * FRAME + reader.at + 1;
        reader.raw(reader.varint());
      }
    }
  }

  #text(index: number, field: number): string | undefined {
    const place = this.#texts[index * TEXTS.length + field]! - 1;
    if (place < 0) return undefined;
    const reader = new ByteReader(this.#frames[Math.floor(place / FRAME)]!);
    reader.at = place % FRAME;
    return reader.text();
  }

  #make(index: number): ProcessInfo {
    const n = this.#numbers;
    const at = index * NUMBERS.length;
    return {
      id: index + 1,
      node: n[at]!,
      number: n[at + 1]!,
      serial: n[at + 2]!,
      spawnSeq: n[at + 3]!,
      exitSeq: n[at + 4]!,
      parent: n[at + 5]!,
      fn: n[at + 6]!,
      behaviour: this.#text(index, 0),
      name: this.#text(index, 1),
      label: this.#text(index, 2),
      application: this.applicationOf(index + 1),
    };
  }
}
