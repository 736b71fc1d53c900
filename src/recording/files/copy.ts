/**
 * Copies events from one recording to another, with what they need: causes are followed to their new places, and only the processes,
 * functions and atoms that occur are taken along.
 */
import { atomsIn, TermError, type AtomInterner } from '../../term/index.js';
import type { Dictionary, FunctionEntry } from '../format/dictionary.js';
import type { Manifest } from '../format/manifest.js';
import type { EventRow, PointInfo, ProcessId, ProcessInfo, Seq } from '../model.js';
import type { Block } from '../read/block.js';
import type { RecordingWriter } from '../writer-api.js';
import { SeqMap } from './seq-map.js';

/** What a copy reads beside its rows. */
export interface CopySource {
  readonly manifest: Manifest;
  readonly dictionary: Dictionary;
}

export interface CopyOptions {
  /** Give every process, function and atom the number it had. Otherwise only those that occur are taken, in order of occurrence. */
  keepNumbers?: boolean;
  command?: (command: string | undefined) => string | undefined;
  /** What to tell of a point instead. */
  point?: (point: PointInfo) => PointInfo;
  /** What to tell of a process instead. */
  processInfo?: (info: ProcessInfo) => Partial<Omit<ProcessInfo, 'id'>>;
}

/** Names that nothing in a stream uses: the probe's are below 2^26, the ingest's from 2^30 on. */
const OWN_ATOMS = 0x6000_0000;

export class RecordingCopy {
  readonly seqs = new SeqMap();
  readonly #processes = new Map<ProcessId, ProcessId>();
  readonly #functions = new Map<number, number>();
  readonly #atoms: CopiedAtoms[] = [];
  readonly #row: EventRow & { node: number } = {
    kind: 0,
    flags: 0,
    ns: 0,
    process: 0,
    peer: 0,
    fn: 0,
    cause: 0,
    payload: new Uint8Array(0),
    node: 0,
  };

  constructor(
    private readonly source: CopySource,
    private readonly writer: RecordingWriter,
    private readonly options: CopyOptions = {},
  ) {
    const { manifest, dictionary } = source;
    for (const node of manifest.nodes)
      writer.addNode({
        name: node.name,
        otp: node.otp,
        elixir: node.elixir,
        engine: node.engine,
        engineWhy: node.engineWhy,
        osPid: node.osPid,
        end: node.end,
      });
    const command = options.command ? options.command(manifest.command) : manifest.command;
    if (command !== undefined || manifest.exitStatus !== undefined) writer.setCommand(command, manifest.exitStatus);
    if (options.keepNumbers) {
      for (let fn = 1; fn <= dictionary.functions.length; fn++) this.fn(fn);
      for (let id = 1; id <= dictionary.processes.length; id++) this.process(id);
    }
  }

  /** Atoms of a node in the copy. */
  atoms(node: number): CopiedAtoms {
    return (this.#atoms[node] ??= new CopiedAtoms(this.source.dictionary.atoms(node), (index, name) =>
      this.writer.defineAtom(node, index, name),
    ));
  }

  /** Number of a process in the copy. */
  process(id: ProcessId): ProcessId {
    if (id === 0) return 0;
    const known = this.#processes.get(id);
    if (known !== undefined) return known;
    const info = this.source.dictionary.processes[id - 1];
    // A row may name a process that the table lost: it stays nobody.
    if (info === undefined) return 0;
    // Parents are older, so that this ends; in a damaged table they may not be.
    const parent = info.parent < id ? this.process(info.parent) : 0;
    const fn = this.fn(info.fn);
    const { id: _, ...told } = { ...info, ...this.options.processInfo?.(info) };
    const number = this.writer.addProcess({ ...told, parent, fn, spawnSeq: 0, exitSeq: 0 });
    this.#processes.set(id, number);
    return number;
  }

  /** Its number in the copy; 0: it is not there. */
  knownProcess(id: ProcessId): ProcessId {
    return this.#processes.get(id) ?? 0;
  }

  fn(id: number): number {
    if (id === 0) return 0;
    const known = this.#functions.get(id);
    if (known !== undefined) return known;
    const entry = this.source.dictionary.functions[id - 1];
    if (entry === undefined) return 0;
    const number = entry.inside === undefined ? this.#named(entry) : this.#point(id, entry.inside);
    this.#functions.set(id, number);
    return number;
  }

  #named({ node, module, name, arity, line, depth }: FunctionEntry): number {
    const atoms = this.atoms(node);
    atoms.use(module);
    atoms.use(name);
    const number = this.writer.functionId(node, module, name, arity);
    if (depth !== undefined) this.writer.describeFunction(number, line ?? 0, depth);
    return number;
  }

  #point(id: number, inside: number): number {
    const { point: clean = (point: PointInfo): PointInfo => point } = this.options;
    const point = this.source.dictionary.point(id);
    // A point lies in a function that is older, so that this ends; a damaged file may say anything.
    return point === undefined || inside >= id ? 0 : this.writer.pointId(this.fn(inside), clean(point));
  }

  /** Whether a module has a function in the copy. */
  hasModule(node: number, module: string): boolean {
    this.#modules ??= new Set(
      [...this.#functions.keys()].map((id) => {
        const entry = this.source.dictionary.functions[id - 1];
        return entry ? `${entry.node} ${this.source.dictionary.atoms(entry.node).get(entry.module) ?? ''}` : '';
      }),
    );
    return this.#modules.has(`${node} ${module}`);
  }
  #modules: Set<string> | undefined;

  /** Appends a row of a block. */
  append(block: Block, row: number, change: { flags?: number; payload?: Uint8Array; cause?: Seq } = {}): Seq {
    const to = this.#row;
    const from = block.processes()[row]!;
    const peer = block.peers()[row]!;
    to.kind = block.kinds()[row]!;
    to.flags = change.flags ?? block.flags()[row]!;
    to.ns = block.ns()[row]!;
    to.process = this.process(from);
    to.node = from === 0 ? peer : 0;
    to.peer = from === 0 ? 0 : this.process(peer);
    to.fn = this.fn(block.functions()[row]!);
    to.cause = change.cause ?? this.seqs.get(block.causes()[row]!);
    if (change.payload === undefined) {
      to.payload = block.payload(row);
      this.atoms(this.nodeOf(from, peer)).useAll(to.payload);
    } else to.payload = change.payload;
    const seq = this.writer.append(to);
    this.seqs.add(block.firstSeq + row, seq);
    return seq;
  }

  /** Appends a row of no process that stood nowhere, a gap. */
  appendOwn(kind: number, ns: number, flags: number, payload: Uint8Array): Seq {
    return this.writer.append({ kind, flags, ns, process: 0, peer: 0, fn: 0, cause: 0, payload, node: 0 });
  }

  /** The node whose atoms a row speaks of. */
  nodeOf(process: ProcessId, peer: number): number {
    return process === 0 ? peer : (this.source.dictionary.processes[process - 1]?.node ?? 0);
  }

  /**
   * Tells the life spans of all processes, once all rows are there. `before`: what was spawned before this event of the source lived before
   * the copy begins. `dropped`: up to this event the source itself only has a keyframe.
   */
  finish({ before = 1, dropped = 0 }: { before?: Seq; dropped?: Seq } = {}): void {
    for (const [id, number] of this.#processes) {
      const { spawnSeq, exitSeq } = this.source.dictionary.processes[id - 1]!;
      const place = (seq: Seq): Seq => (seq <= dropped ? 0 : this.seqs.get(seq));
      this.writer.updateProcess(number, {
        spawnSeq: place(spawnSeq) || (spawnSeq < Math.max(before, dropped + 1) ? 0 : this.seqs.before(spawnSeq) + 1),
        exitSeq: exitSeq > 0 && exitSeq <= dropped ? 1 : this.#exit(exitSeq),
      });
    }
  }

  /** An exit whose event is gone happened where the events around it are. */
  #exit(exitSeq: Seq): Seq {
    if (exitSeq === 0) return 0;
    const place = this.seqs.get(exitSeq);
    if (place > 0) return place;
    const next = this.seqs.before(exitSeq) + 1;
    return next > this.writer.events ? 0 : next;
  }
}

/** The atoms of one node, told to the writer when they are first used; new names get numbers of their own. */
export class CopiedAtoms implements AtomInterner {
  readonly #used = new Set<number>();
  #indexes: Map<string, number> | undefined;
  #next = OWN_ATOMS;

  constructor(
    private readonly names: ReadonlyMap<number, string>,
    private readonly define: (index: number, name: string) => void,
  ) {
    for (const index of names.keys()) if (index >= this.#next) this.#next = index + 1;
  }

  use(index: number): void {
    if (this.#used.has(index)) return;
    this.#used.add(index);
    const name = this.names.get(index);
    if (name !== undefined) this.define(index, name);
  }

  useAll(payload: Uint8Array): void {
    try {
      atomsIn(payload, this.#useOne);
    } catch (error) {
      // What is no term stays what it is: the copy shows it as unreadable too.
      if (!(error instanceof TermError)) throw error;
    }
  }
  readonly #useOne = (index: number): void => this.use(index);

  index(name: string): number {
    this.#indexes ??= new Map([...this.names].map(([index, text]) => [text, index]));
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = this.#next++;
      this.#indexes.set(name, index);
      this.define(index, name);
    } else if (index < OWN_ATOMS || this.names.has(index)) this.use(index);
    return index;
  }
}
