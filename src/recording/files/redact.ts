/** Takes values out of a recording and leaves a valid one: nothing of what was taken is in its bytes. */
import { atom, decodeTerms, encodeTerms, TermError, type Term } from '../../term/index.js';
import { realDisk, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { kindCode, type EventKind, type ProcessId, type SourceInfo } from '../model.js';
import { Kind } from '../queries/kinds.js';
import type { Block } from '../read/block.js';
import { Store } from '../read/store.js';
import { createRecording } from '../write/writer.js';
import { carryPlan, carrySources } from './carry-code.js';
import { RecordingCopy } from './copy.js';
import { Secrets, withoutContent } from './redact-terms.js';

export interface RedactOptions {
  /** Whose messages, states, arguments and results are taken out, also where they stand with those that spoke with them. */
  processes?: readonly ProcessId[];
  /** Values under keys that contain one of these words. */
  keys?: readonly string[];
  /** Every value. */
  values?: boolean;
  /** Where the recording's files lie, if not on this machine's file system alone. */
  disk?: Disk;
}

export interface Redaction {
  events: number;
  /** Events of which something was taken out. */
  changed: number;
}

/** What these say is how the system is built, not what it holds. */
const STRUCTURE: ReadonlySet<number> = new Set(
  (
    [
      'link',
      'unlink',
      'register',
      'unregister',
      'gc',
      'schedule',
      'module',
      'node',
      'gap',
      'count',
      'plan',
      'memory',
    ] as EventKind[]
  ).map(kindCode),
);
const STORE = kindCode('store');
const REDACTED: Term = { kind: 'redacted' };

/** Writes the recording at `path` without the chosen values to `out`. Throws a RecordingError when it is damaged or `out` is taken. */
export function redactRecording(path: string, out: string, options: RedactOptions): Redaction {
  const store = new Store(options.disk ?? realDisk, path, 64 << 20);
  try {
    if (store.damage.size > 0)
      throw new RecordingError(`${path} is damaged (${[...store.damage].join('; ')}). Repair it first.`);
    return new Redacting(store, out, options).run();
  } finally {
    store.close();
  }
}

class Redacting {
  readonly #secrets: Secrets;
  readonly #processes: ReadonlySet<ProcessId>;
  readonly #values: boolean;
  /** Messages that were taken out: where they arrive and are handled they are taken out too. */
  readonly #taken = new Set<number>();
  readonly #writer;
  readonly #copy: RecordingCopy;

  constructor(
    private readonly store: Store,
    out: string,
    options: RedactOptions,
  ) {
    this.#secrets = new Secrets(options.keys ?? []);
    this.#processes = new Set(options.processes ?? []);
    this.#values = options.values ?? false;
    const { manifest } = store;
    this.#writer = createRecording({ path: out, startedAtMs: manifest.startedAtMs, blockEvents: manifest.blockEvents });
    this.#copy = new RecordingCopy(store, this.#writer, {
      keepNumbers: true,
      command: (command) => this.#command(command),
      point: (point) => (this.#values || this.#secrets.inText(`${point.label} `) ? { ...point, label: '' } : point),
      processInfo: (info) =>
        info.label !== undefined && (this.#values || this.#processes.has(info.id) || this.#secrets.inText(info.label))
          ? { label: undefined }
          : {},
    });
  }

  run(): Redaction {
    const { window } = this.store.manifest;
    let changed = 0;
    let inKeyframe = window !== undefined;
    for (const block of this.store.blocks) {
      if (inKeyframe && block.firstSeq > window!.keyframe) {
        this.#writer.endKeyframe(window!.fromNs);
        inKeyframe = false;
      }
      const kinds = block.kinds();
      const processes = block.processes();
      const peers = block.peers();
      const causes = block.causes();
      for (let row = 0; row < block.count; row++) {
        const process = processes[row]!;
        const peer = process === 0 ? 0 : peers[row]!;
        const chosen =
          this.#values ||
          this.#processes.has(process) ||
          this.#processes.has(peer) ||
          (causes[row] !== 0 && this.#taken.has(causes[row]!));
        const payload = this.#payload(block, row, this.#copy.nodeOf(process, peers[row]!), chosen);
        if (chosen && !this.#values && isMessage(kinds[row]!)) this.#taken.add(block.firstSeq + row);
        if (payload) changed++;
        this.#copy.append(block, row, payload ? { payload } : {});
      }
    }
    if (inKeyframe) this.#writer.endKeyframe(window!.fromNs);
    carrySources(this.store.sources.list(), this.#writer, (source) => this.#source(source));
    this.#copy.finish({ dropped: window && window.segment > 1 ? window.keyframe : 0 });
    this.#writer.close();
    carryPlan(this.store.path, this.#writer.path);
    return { events: this.#writer.events, changed };
  }

  /** A program's text may hold secrets: with all values it goes as a whole, with chosen keys those lines that set them. */
  #source(source: SourceInfo): SourceInfo {
    if (source.text === undefined) return source;
    if (this.#values) return { ...source, text: undefined, why: 'taken out of this recording' };
    const lines = source.text.split('\n').map((line) => (this.#secrets.inText(`${line} `) ? '‹redacted›' : line));
    return { ...source, text: lines.join('\n') };
  }

  /** The payload to write instead; undefined where it stays as it is. */
  #payload(block: Block, row: number, node: number, chosen: boolean): Uint8Array | undefined {
    const payload = block.payload(row);
    const kind = block.kindAt(row);
    if (payload.length === 0 || STRUCTURE.has(kind)) return undefined;
    const atoms = this.store.dictionary.atoms(node);
    let terms: Term[];
    try {
      terms = decodeTerms(payload, { name: (index) => atoms.get(index) });
    } catch (error) {
      if (!(error instanceof TermError)) throw error;
      // What cannot be read may hold anything.
      return encodeTerms([REDACTED], this.#copy.atoms(node));
    }
    const clean = terms.map((term, i) => {
      if (!chosen) return this.#secrets.clean(this.#byName(term, i, kind, block.functionAt(row), terms));
      if (kind === Kind.EXCEPTION && i === 0 && term.kind === 'atom') return term;
      return i === 0 && isMessage(kind) ? withoutContent(term) : REDACTED;
    });
    if (clean.every((term, i) => term === terms[i])) return undefined;
    return encodeTerms(clean, this.#copy.atoms(node));
  }

  /** What is secret by the name of its variable, or by the key that it is stored under. */
  #byName(term: Term, index: number, kind: number, fn: number, terms: readonly Term[]): Term {
    if (kind === Kind.LINE && term.kind === 'list') {
      const names = this.store.dictionary.point(fn)?.names ?? [];
      const secret = (i: number): boolean => names[i] !== undefined && this.#secrets.isKey(atom(names[i].name));
      return term.elements.some((_, i) => secret(i))
        ? { ...term, elements: term.elements.map((one, i) => (secret(i) ? REDACTED : one)) }
        : term;
    }
    const key = terms[0]?.kind === 'list' ? terms[0].elements[0] : undefined;
    if (kind !== STORE || key === undefined || !this.#secrets.isKey(key)) return term;
    if (index > 0) return REDACTED;
    return term.kind === 'list'
      ? { ...term, elements: term.elements.map((one, i) => (i === 0 ? one : REDACTED)) }
      : term;
  }

  /** A command line holds values too. */
  #command(command: string | undefined): string | undefined {
    if (command === undefined) return undefined;
    if (this.#values || this.#secrets.inText(`${command} `)) return `${command.split(/\s/)[0] ?? ''} ‹redacted›`;
    return command;
  }
}

const MESSAGES: readonly number[] = [Kind.SEND, Kind.ARRIVE, Kind.HANDLE];
const isMessage = (kind: number): boolean => MESSAGES.includes(kind);
