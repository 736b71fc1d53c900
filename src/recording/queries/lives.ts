/** Who lives when, and under which name. */
import type { Moment, ProcessId, ProcessInfo } from '../model.js';
import type { Store } from '../read/store.js';
import { Kind, bit } from './kinds.js';

/** Whether a process of the table lives after event `at.seq`. One that the recording does not know does not. */
export function alive(store: Store, process: ProcessId, at: Moment): boolean {
  return store.dictionary.table.livesAt(process, at.seq);
}

export function livesAt(info: ProcessInfo, seq: number): boolean {
  return info.spawnSeq <= seq && (info.exitSeq === 0 || info.exitSeq > seq);
}

/** A process took a name, or gave up the name `old`. */
interface NameChange {
  seq: number;
  name: string | undefined;
  old: string | undefined;
}

/** The history of registered names, read once and continued as the recording grows. */
export class Names {
  readonly #of = new Map<ProcessId, NameChange[]>();
  #blocks = 0;
  /** Of the block that still grows, when the recording had so many events. */
  #tail = new Map<ProcessId, NameChange[]>();
  #tailEvents = -1;

  constructor(private readonly store: Store) {}

  /** The name of a process at a moment. */
  at(process: ProcessId, seq: number): string | undefined {
    this.#read();
    const history = [...(this.#of.get(process) ?? []), ...(this.#tail.get(process) ?? [])];
    const last = history.findLast((change) => change.seq <= seq);
    if (last) return last.name;
    const first = history[0];
    // Nothing was said before: what the first change took away was there; without any change the table knows.
    return first ? first.old : this.store.dictionary.table.get(process)?.name;
  }

  /** Every process that ever had this name. */
  holders(name: string): ProcessId[] {
    this.#read();
    const { table } = this.store.dictionary;
    const found = new Set<ProcessId>(table.named(name));
    for (const changes of [this.#of, this.#tail])
      for (const [process, history] of changes)
        if (history.some((change) => change.name === name || change.old === name)) found.add(process);
    // The rows of a damaged recording may know more processes than its table.
    return [...found].filter((id) => id >= 1 && id <= table.count).sort((a, b) => a - b);
  }

  #read(): void {
    const { store } = this;
    for (; this.#blocks < store.sealedBlocks; this.#blocks++) this.#readBlock(this.#blocks, this.#of);
    if (this.#tailEvents === store.events) return;
    this.#tail = new Map();
    this.#tailEvents = store.events;
    if (store.blocks.length > store.sealedBlocks) this.#readBlock(store.sealedBlocks, this.#tail);
  }

  #readBlock(number: number, into: Map<ProcessId, NameChange[]>): void {
    const block = this.store.blocks[number]!;
    if ((block.kindMask & (bit(Kind.REGISTER) | bit(Kind.UNREGISTER))) === 0) return;
    const kinds = block.kinds();
    for (let row = 0; row < block.count; row++) {
      const kind = kinds[row]!;
      if (kind !== Kind.REGISTER && kind !== Kind.UNREGISTER) continue;
      const term = this.store.termsAt(block, row)[0];
      const text = term?.kind === 'atom' ? term.name : undefined;
      const process = block.processAt(row);
      const seq = block.firstSeq + row;
      const change = kind === Kind.REGISTER ? { seq, name: text, old: undefined } : { seq, name: undefined, old: text };
      const history = into.get(process);
      if (history) history.push(change);
      else into.set(process, [change]);
    }
  }
}

/** The names of the living, by name and process. */
export function namesAt(store: Store, names: Names, at: Moment): { name: string; process: ProcessId }[] {
  const found: { name: string; process: ProcessId }[] = [];
  for (const info of store.dictionary.processes) {
    const name = livesAt(info, at.seq) ? names.at(info.id, at.seq) : undefined;
    if (name !== undefined) found.push({ name, process: info.id });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.process - b.process));
}
