/** The dictionary log: atoms, functions and processes in the order in which they became known (docs/formats/recording.md). */
import { RecordingError } from '../errors.js';
import { DEPTHS, type Depth, type PointInfo, type ProcessInfo } from '../model.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';
import { readPoint, writePoint } from './points.js';
import { NUMBERS, ProcessTable, TEXTS, type ProcessChange } from './process-table.js';

export const DICTIONARY_FRAME_HEADER = 8;
/** A frame is written at the latest when it has grown to this; one longer than twice this is taken for damage. */
export const DICTIONARY_FRAME_BYTES = 4 << 20;

const Entry = { ATOM: 1, FUNCTION: 2, PROCESS: 3, UPDATE: 4, BASE: 5, PLACE: 6, POINT: 7, APPLICATION: 8 } as const;

export type { ProcessChange };

/** A function as the log holds it: names are atom indexes of its node. */
export interface FunctionEntry {
  node: number;
  module: number;
  name: number;
  arity: number;
  /** Where it begins in its source, 0 for unknown, and how much of it is recorded; undefined: not told. */
  line?: number;
  depth?: Depth;
  /** Set when this number stands for a point: the function that it lies in, and what is known of it (`readPoint`). */
  inside?: number;
  point?: Uint8Array;
}

/** Collects entries and hands them out as frames. */
export class DictionaryWriter {
  readonly #out = new ByteWriter(1 << 14);
  #functions = 0;
  #processes = 0;
  /** How many there were before this frame. */
  #base = { functions: 0, processes: 0 };

  get pending(): number {
    return this.#out.size;
  }

  atom(node: number, index: number, name: string): void {
    this.#out.u8(Entry.ATOM);
    this.#out.varint(node);
    this.#out.varint(index);
    this.#out.text(name);
  }

  function(entry: FunctionEntry): void {
    this.#functions++;
    this.#out.u8(Entry.FUNCTION);
    this.#out.varint(entry.node);
    this.#out.varint(entry.module);
    this.#out.varint(entry.name);
    this.#out.varint(entry.arity);
  }

  /** Where a function begins, and how much of it is recorded from here on. */
  place(fn: number, line: number, depth: Depth): void {
    this.#out.u8(Entry.PLACE);
    this.#out.varint(fn);
    this.#out.varint(line);
    this.#out.u8(DEPTHS.indexOf(depth));
  }

  /** A point inside of function `fn`; it takes the next number of the functions. */
  point(fn: number, point: PointInfo): void {
    this.#functions++;
    this.#out.u8(Entry.POINT);
    this.#out.varint(fn);
    const bytes = writePoint(point);
    this.#out.varint(bytes.length);
    this.#out.raw(bytes);
  }

  process(info: ProcessChange): void {
    this.#processes++;
    this.#out.u8(Entry.PROCESS);
    this.#fields(info);
    this.#application(this.#processes, info.application);
  }

  update(id: number, change: ProcessChange): void {
    const { application, ...fields } = change;
    if (Object.keys(fields).length > 0) {
      this.#out.u8(Entry.UPDATE);
      this.#out.varint(id);
      this.#fields(fields);
    }
    this.#application(id, application);
  }

  #application(id: number, name: string | undefined): void {
    if (name === undefined) return;
    this.#out.u8(Entry.APPLICATION);
    this.#out.varint(id);
    this.#out.text(name);
  }

  #fields(change: ProcessChange): void {
    let mask = 0;
    for (let i = 0; i < NUMBERS.length; i++) if (change[NUMBERS[i]!] !== undefined) mask |= 1 << i;
    for (let i = 0; i < TEXTS.length; i++) if (Object.hasOwn(change, TEXTS[i]!)) mask |= 1 << (NUMBERS.length + i);
    this.#out.varint(mask);
    for (const field of NUMBERS) if (change[field] !== undefined) this.#out.varint(change[field]);
    for (const field of TEXTS) {
      if (!(field in change)) continue;
      const text = change[field];
      this.#out.u8(text === undefined ? 0 : 1);
      if (text !== undefined) this.#out.text(text);
    }
  }

  /** The frame of everything since the last call; undefined when there is nothing. */
  take(): Uint8Array | undefined {
    if (this.#out.size === 0) return undefined;
    const body = new ByteWriter(this.#out.size + 24);
    const { functions, processes } = this.#base;
    if (functions > 0 || processes > 0) {
      body.u8(Entry.BASE);
      body.varint(functions);
      body.varint(processes);
    }
    body.raw(this.#out.bytes());
    const frame = new ByteWriter(DICTIONARY_FRAME_HEADER + body.size);
    frame.u32(body.size);
    frame.u32(crc32(body.bytes()));
    frame.raw(body.bytes());
    this.#out.reset();
    this.#base = { functions: this.#functions, processes: this.#processes };
    return frame.bytes();
  }
}

const MAX_READ_POINTS = 20_000;

/** Everything that the log says, for a reader. */
export class Dictionary {
  /** `lost` stands in for each process whose frame is gone, at most `most` of them; without it a gap in the numbers is an error. */
  constructor(private readonly lost?: { label: string; most: number }) {}

  readonly table = new ProcessTable();
  readonly functions: FunctionEntry[] = [];
  readonly #atoms: Map<number, string>[] = [];
  /** Functions and points by node and atom of their module; made when first asked for. */
  readonly #modules = new Map<string, { node: number; index: number; ids: number[] }>();
  #grouped = 0;
  /** Functions that have points. */
  readonly #withPoints = new Set<number>();
  /** Points read last: few places run again and again. */
  readonly #read = new Map<number, PointInfo>();

  /** What is known of a point; undefined: this number is none. */
  point(id: number): PointInfo | undefined {
    const known = this.#read.get(id);
    if (known !== undefined) return known;
    const bytes = this.functions[id - 1]?.point;
    if (bytes === undefined) return undefined;
    const point = readPoint(bytes);
    if (this.#read.size >= MAX_READ_POINTS) this.#read.clear();
    this.#read.set(id, point);
    return point;
  }

  /** Functions and points of each module. */
  modules(): Iterable<{ node: number; index: number; ids: readonly number[] }> {
    for (; this.#grouped < this.functions.length; this.#grouped++) {
      const { node, module } = this.functions[this.#grouped]!;
      const key = `${node} ${module}`;
      const group = this.#modules.get(key);
      if (group) group.ids.push(this.#grouped + 1);
      else this.#modules.set(key, { node, index: module, ids: [this.#grouped + 1] });
    }
    return this.#modules.values();
  }

  /** Whether lines inside of a function are known. */
  hasPoints(fn: number): boolean {
    return this.#withPoints.has(fn);
  }

  atoms(node: number): ReadonlyMap<number, string> {
    return this.#atoms[node] ?? new Map<number, string>();
  }

  /** Nodes that have names. */
  get nodes(): number {
    return this.#atoms.length;
  }

  /** All processes, by id - 1, as objects: they are made for whoever asks. Most questions only need the `table`. */
  get processes(): readonly ProcessInfo[] {
    return this.table.all();
  }

  /** Takes in the frames at the beginning of `bytes`; gives how many bytes they have. The rest is no whole frame (yet). */
  read(bytes: Uint8Array): number {
    let at = 0;
    while (bytes.length - at >= DICTIONARY_FRAME_HEADER) {
      const header = new ByteReader(bytes.subarray(at, at + DICTIONARY_FRAME_HEADER));
      const length = header.u32();
      const sum = header.u32();
      const from = at + DICTIONARY_FRAME_HEADER;
      if (length === 0 || length > 2 * DICTIONARY_FRAME_BYTES || length > bytes.length - from) break;
      if (crc32(bytes, from, from + length) !== sum) break;
      // A copy: the table keeps it, and `bytes` may be a large window.
      const frame = bytes.slice(from, from + length);
      this.table.beginFrame(frame);
      this.#entries(new ByteReader(frame));
      at = from + length;
    }
    return at;
  }

  #entries(reader: ByteReader): void {
    while (reader.left > 0) {
      const type = reader.u8();
      switch (type) {
        case Entry.ATOM: {
          const node = reader.varint();
          if (node > 0xffff) throw new RecordingError('the dictionary names a node that cannot be');
          const atoms = (this.#atoms[node] ??= new Map());
          const index = reader.varint();
          const name = reader.text();
          if (!atoms.has(index)) atoms.set(index, name);
          break;
        }
        case Entry.FUNCTION:
          this.functions.push({
            node: reader.varint(),
            module: reader.varint(),
            name: reader.varint(),
            arity: reader.varint(),
          });
          break;
        case Entry.PLACE: {
          const entry = this.functions[reader.varint() - 1];
          const line = reader.varint();
          const depth = DEPTHS[reader.u8()];
          if (entry === undefined || entry.point !== undefined || depth === undefined)
            throw new RecordingError('the dictionary tells of a function that it does not have');
          entry.line = line;
          entry.depth = depth;
          break;
        }
        case Entry.POINT: {
          const inside = reader.varint();
          const fn = this.functions[inside - 1];
          const point = reader.raw(reader.varint());
          if (fn === undefined || fn.point !== undefined)
            throw new RecordingError('the dictionary has a point of a function that it does not have');
          const { node, module, name, arity } = fn;
          this.functions.push({ node, module, name, arity, inside, point });
          this.#withPoints.add(inside);
          break;
        }
        case Entry.PROCESS:
          this.table.add(reader);
          break;
        case Entry.UPDATE:
          if (!this.table.update(reader.varint(), reader))
            throw new RecordingError('the dictionary changes a process that it does not have');
          break;
        case Entry.APPLICATION:
          if (!this.table.tellApplication(reader.varint(), reader.text()))
            throw new RecordingError('the dictionary tells of a process that it does not have');
          break;
        case Entry.BASE:
          this.#base(reader.varint(), reader.varint());
          break;
        default:
          throw new RecordingError(
            `the dictionary has an entry of an unknown type (${type}); a newer version may read it`,
          );
      }
    }
  }

  /** A frame says how many functions and processes came before it. */
  #base(functions: number, processes: number): void {
    const same = functions === this.functions.length && processes === this.table.count;
    if (same) return;
    const lostFunctions = functions - this.functions.length;
    const lostProcesses = processes - this.table.count;
    if (
      this.lost === undefined ||
      lostFunctions < 0 ||
      lostProcesses < 0 ||
      lostFunctions + lostProcesses > this.lost.most
    )
      throw new RecordingError('a part of the dictionary is missing');
    for (let i = 0; i < lostFunctions; i++)
      this.functions.push({ node: 0, module: 0xffff_ffff, name: 0xffff_ffff, arity: 0 });
    for (let i = 0; i < lostProcesses; i++) this.table.addLost(this.lost);
  }
}
