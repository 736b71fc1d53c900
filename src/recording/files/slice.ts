/** Cuts a window out of a recording: a smaller one that answers the same questions about every moment in it. */
import { realDisk, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { Flags, type Moment, type ProcessId } from '../model.js';
import { Kind } from '../queries/kinds.js';
import { Life } from '../queries/life.js';
import { Store } from '../read/store.js';
import { createRecording } from '../write/writer.js';
import { carryPlan, carrySources } from './carry-code.js';
import { carryMarks } from './carry-marks.js';
import { RecordingCopy } from './copy.js';
import { Standing } from '../write/standing.js';

export interface SliceOptions {
  /** The window is what happened after this moment… */
  from: Moment;
  /** …up to this one. */
  to: Moment;
  /** Only these processes, what they said and were told, and who lived and died around them. All when not given. */
  processes?: readonly ProcessId[];
  /** Where the recording's files lie, if not on this machine's file system alone. */
  disk?: Disk;
}

export interface Slice {
  /** Events of the window, and of the keyframe that stands before it. */
  events: number;
  keyframe: number;
}

const LIFE: ReadonlySet<number> = new Set([Kind.SPAWN, Kind.EXIT, Kind.REGISTER, Kind.UNREGISTER]);
const BOTH: ReadonlySet<number> = new Set([Kind.SPAWN, Kind.LINK, Kind.UNLINK, Kind.SEND]);

/** Writes the window to `out`. Throws a RecordingError when the recording is damaged, the window is empty or `out` is taken. */
export function sliceRecording(path: string, out: string, options: SliceOptions): Slice {
  const store = new Store(options.disk ?? realDisk, path, 128 << 20);
  try {
    if (store.damage.size > 0)
      throw new RecordingError(`${path} is damaged (${[...store.damage].join('; ')}). Repair it first.`);
    const from = Math.max(Math.min(options.from.seq, store.events), store.keyframe);
    const to = Math.min(options.to.seq, store.events);
    if (to <= from) throw new RecordingError('nothing happened in that window');
    return new Slicing(store, from, to, options.processes).run(out);
  } finally {
    store.close();
  }
}

class Slicing {
  readonly #chosen: ReadonlySet<ProcessId> | undefined;
  /** Processes that a kept event names, with their ancestors. */
  readonly #named = new Set<ProcessId>();
  /** What kept events follow from. */
  readonly #causes = new Set<number>();

  constructor(
    private readonly store: Store,
    private readonly from: number,
    private readonly to: number,
    processes: readonly ProcessId[] | undefined,
  ) {
    this.#chosen = processes && new Set(processes);
  }

  run(out: string): Slice {
    const { store, from } = this;
    const { manifest, dictionary } = store;
    const standing = new Standing((id) => dictionary.processes[id - 1]?.behaviour !== undefined);
    for (const block of store.blocks) if (block.firstSeq <= from) standing.take(block, from);
    this.#lookAhead();
    const keyframe = this.#keyframe(standing);

    const life = new Life(store);
    const writer = createRecording({ path: out, startedAtMs: manifest.startedAtMs, blockEvents: manifest.blockEvents });
    const copy = new RecordingCopy(store, writer, {
      processInfo: ({ id }) => ({ name: life.name(id, this.to) }),
    });
    for (const id of this.#chosen ?? []) copy.process(id);
    for (const seq of keyframe) {
      const { block, row } = store.place(seq)!;
      copy.append(block, row, { flags: block.flags()[row]! | Flags.KEYFRAME });
    }
    const before = writer.events;
    if (from > 0)
      writer.endKeyframe(Math.max(store.start.ns, store.place(from)?.block.ns()[store.place(from)!.row] ?? 0));
    this.#window((block, row) => void copy.append(block, row));
    carrySources(store.sources.list(), writer, (source) =>
      copy.hasModule(source.node, source.module) ? source : undefined,
    );
    copy.finish({ before: from + 1, dropped: manifest.window && manifest.window.segment > 1 ? store.keyframe : 0 });
    writer.close();
    carryPlan(store.path, out);
    carryMarks(store.path, out, {
      seq: ({ seq }) => (seq < from || seq > this.to ? undefined : copy.seqs.before(seq)),
      process: (id) => copy.knownProcess(id),
    });
    return { events: writer.events - before, keyframe: before };
  }

  /** Whether an event concerns the chosen processes. */
  #concerns(kind: number, process: ProcessId, peer: ProcessId): boolean {
    if (this.#chosen === undefined || process === 0) return true;
    return this.#chosen.has(process) || (BOTH.has(kind) && this.#chosen.has(peer));
  }

  #name(id: ProcessId): void {
    for (let one = id; one > 0 && !this.#named.has(one);) {
      this.#named.add(one);
      one = this.store.dictionary.processes[one - 1]?.parent ?? 0;
    }
  }

  /** Who and what the window's events refer to. */
  #lookAhead(): void {
    for (const id of this.#chosen ?? []) this.#name(id);
    this.#window((block, row) => {
      const process = block.processes()[row]!;
      this.#name(process);
      if (process !== 0) this.#name(block.peers()[row]!);
      const cause = block.causes()[row]!;
      if (cause > 0 && (cause <= this.from || this.#chosen !== undefined)) this.#causes.add(cause);
    });
    // What a chosen process was told may have been sent by somebody else.
    for (const cause of this.#chosen ? this.#causes : []) {
      const place = this.store.place(cause);
      if (place && cause > this.from) this.#name(place.block.processes()[place.row]!);
    }
  }

  #window(visit: (block: Store['blocks'][number], row: number) => void): void {
    const { from, to } = this;
    for (const block of this.store.blocks) {
      if (block.firstSeq + block.count <= from + 1 || block.firstSeq > to) continue;
      const kinds = block.kinds();
      const processes = block.processes();
      const peers = block.peers();
      const last = Math.min(block.count - 1, to - block.firstSeq);
      for (let row = Math.max(0, from + 1 - block.firstSeq); row <= last; row++) {
        const process = processes[row]!;
        const wanted =
          this.#concerns(kinds[row]!, process, process === 0 ? 0 : peers[row]!) ||
          (LIFE.has(kinds[row]!) && this.#named.has(process)) ||
          this.#causes.has(block.firstSeq + row);
        if (wanted) visit(block, row);
      }
    }
  }

  #keyframe(standing: Standing): number[] {
    const { store } = this;
    const row = <T>(seq: number, read: (block: Store['blocks'][number], at: number) => T): T => {
      const { block, row: at } = store.place(seq)!;
      return read(block, at);
    };
    const causeOf = (seq: number): number => row(seq, (block, at) => block.causes()[at]!);
    const known = (seq: number): boolean => seq > 0 && seq <= this.from && store.place(seq) !== undefined;
    const roots = [...standing.roots()].filter(known);
    const concerned = roots.filter((seq) =>
      row(seq, (block, at) => {
        const process = block.processes()[at]!;
        return this.#concerns(block.kinds()[at]!, process, process === 0 ? 0 : block.peers()[at]!);
      }),
    );
    const first = standing.close([...concerned, ...[...this.#causes].filter(known)], causeOf);
    for (const seq of first)
      row(seq, (block, at) => {
        this.#name(block.processes()[at]!);
        if (block.processes()[at] !== 0) this.#name(block.peers()[at]!);
      });
    // Of everybody named: the name, and that they are dead.
    const about = roots.filter((seq) =>
      row(seq, (block, at) => LIFE.has(block.kinds()[at]!) && this.#named.has(block.processes()[at]!)),
    );
    for (const id of this.#named) about.push(store.dictionary.processes[id - 1]?.exitSeq ?? 0);
    return standing.close([...first, ...about.filter(known)], causeOf);
  }
}
