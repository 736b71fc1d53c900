/**
 * Links and names at a moment. A sealed segment says what stood when it began and what changed (`../format/life.ts`), so that one segment is replayed
 * at most; of the blocks that grow, and of recordings of before there was such a part, the rows are read from the blocks, once.
 */
import { LIFE_KINDS, LifeKeeper, lifeRows, readLifeRows, readStanding, type LifeRows } from '../format/life.js';
import type { ProcessId } from '../model.js';
import { FooterPart } from '../format/segment-file.js';
import { lifeOfBlock } from '../read/block.js';
import type { Store } from '../read/store.js';
import { Kind, bit } from './kinds.js';

const NAMING = bit(Kind.REGISTER) | bit(Kind.UNREGISTER);
const NOTHING: LifeRows = {
  rows: new Uint16Array(0),
  kinds: new Uint8Array(0),
  processes: new Uint32Array(0),
  peers: new Uint32Array(0),
  names: [],
};

export class Life {
  /** Of sealed blocks that no part tells about. */
  readonly #kept = new Map<number, LifeRows>();
  /** Who ever had a name, by name, as far as it was asked for. */
  readonly #holders = new Map<string, Set<ProcessId>>();
  readonly #named = new Set<ProcessId>();
  #heldBlocks = 0;
  /** The moment asked for last: several questions are asked about one. */
  #last: { seq: number; events: number; keeper: LifeKeeper } | undefined;

  constructor(private readonly store: Store) {}

  /** Who is linked to whom after event `seq`, ascending. */
  linked(process: ProcessId, seq: number): ProcessId[] {
    return this.#at(seq)
      .linked(process)
      .sort((a, b) => a - b);
  }

  /** The name of a process that lives, or lived until then. */
  name(process: ProcessId, seq: number): string | undefined {
    const { store } = this;
    const { names } = this.#at(seq);
    if (names.has(process)) return this.#text(names.get(process), process);
    // Of the dead, whose names nobody needs to keep, the last one.
    const { table } = store.dictionary;
    if (table.get(process) === undefined) return undefined;
    const before = table.livesAt(process, seq) ? undefined : this.#change(process, seq, -1);
    if (before) return before.taken ? this.#text(before.name, process) : undefined;
    const next = this.#change(process, seq + 1, 1);
    // Nothing was said before: what the first change took away was there; without any change the table knows.
    if (next) return next.taken ? undefined : this.#text(next.name, process);
    return table.get(process)?.name;
  }

  /** Names of the living. */
  *names(seq: number): IterableIterator<{ name: string; process: ProcessId }> {
    const { table } = this.store.dictionary;
    const { names } = this.#at(seq);
    this.#hold();
    for (let process = 1; process <= table.count; process++) {
      if (!table.livesAt(process, seq)) continue;
      if (!table.hasName(process) && !names.has(process) && !this.#named.has(process)) continue;
      const name = this.name(process, seq);
      if (name !== undefined) yield { name, process };
    }
  }

  /** Every process that ever had this name. */
  holders(name: string): ProcessId[] {
    const { table } = this.store.dictionary;
    const found = new Set<ProcessId>(table.named(name));
    this.#hold();
    for (const process of this.#holders.get(name) ?? []) found.add(process);
    // The rows of a damaged recording may know more processes than its table.
    return [...found].filter((id) => id >= 1 && id <= table.count).sort((a, b) => a - b);
  }

  /** Takes in all names of the recording. What is read of a block that grows is read again: that changes nothing. */
  #hold(): void {
    const { store } = this;
    for (; this.#heldBlocks < store.sealedBlocks; this.#heldBlocks++) this.#readHolders(this.#heldBlocks);
    if (store.blocks.length > store.sealedBlocks) this.#readHolders(store.sealedBlocks);
  }

  #readHolders(number: number): void {
    if ((this.store.blocks[number]!.kindMask & NAMING) === 0) return;
    const { names, processes } = this.#rows(number);
    names.forEach((payload, i) => {
      const name = this.#text(payload, processes[i]!);
      if (name === undefined) return;
      this.#named.add(processes[i]!);
      const holders = this.#holders.get(name);
      if (holders) holders.add(processes[i]!);
      else this.#holders.set(name, new Set([processes[i]!]));
    });
  }

  #text(payload: Uint8Array | undefined, process: ProcessId): string | undefined {
    const term = payload && this.store.terms(payload, process, 0)[0];
    return term?.kind === 'atom' ? term.name : undefined;
  }

  /** The next change of a process's name from event `from` on, or the last one up to it. */
  #change(
    process: ProcessId,
    from: number,
    step: 1 | -1,
  ): { taken: boolean; name: Uint8Array | undefined } | undefined {
    const { store } = this;
    let i = store.blockOf(Math.min(Math.max(from, 1), store.events));
    for (i = store.nextBlock(process, NAMING, i, step); i >= 0; i = store.nextBlock(process, NAMING, i + step, step)) {
      const { firstSeq } = store.blocks[i]!;
      const { rows, kinds, processes, names } = this.#rows(i);
      for (let r = step > 0 ? 0 : rows.length - 1; r >= 0 && r < rows.length; r += step) {
        if (processes[r] !== process || (firstSeq + rows[r]! - from) * step < 0) continue;
        if (((1 << kinds[r]!) & NAMING) !== 0) return { taken: kinds[r] === Kind.REGISTER, name: names[r] };
      }
    }
    return undefined;
  }

  #at(seq: number): LifeKeeper {
    const { store } = this;
    if (this.#last?.seq === seq && this.#last.events === store.events) return this.#last.keeper;
    const keeper = new LifeKeeper();
    const last = store.blockOf(Math.min(seq, store.events));
    // Back to a segment that says what stood when it began.
    let first = last;
    for (; first > 0; first--) {
      const segment = store.segmentOf(first);
      if (segment === undefined) continue;
      const standing = segment.page(FooterPart.LIFE, 0, readStanding);
      first = segment.firstBlock;
      if (standing === undefined) continue;
      keeper.begin(standing);
      break;
    }
    for (let i = Math.max(first, 0); i <= last; i++) keeper.take(this.#rows(i), seq - store.blocks[i]!.firstSeq + 1);
    this.#last = { seq, events: store.events, keeper };
    return keeper;
  }

  #rows(number: number): LifeRows {
    const { store } = this;
    const block = store.blocks[number]!;
    if ((block.kindMask & LIFE_KINDS) === 0) return NOTHING;
    const segment = store.segmentOf(number);
    const told = segment?.page(FooterPart.LIFE, number - segment.firstBlock + 1, readLifeRows);
    if (told) return told;
    const kept = this.#kept.get(number);
    if (kept) return kept;
    const rows = lifeRows(lifeOfBlock(block));
    if (number < store.sealedBlocks) this.#kept.set(number, rows);
    return rows;
  }
}
