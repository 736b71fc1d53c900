/**
 * Links at a moment, by replay of link, unlink and exit. Every 16th sealed block keeps what was linked before it, so that a question
 * replays at most 16 blocks once the past has been walked.
 */
import type { ProcessId } from '../model.js';
import type { Store } from '../read/store.js';
import { Kind, bit } from './kinds.js';

const EVERY = 16;
const KINDS = bit(Kind.LINK) | bit(Kind.UNLINK) | bit(Kind.EXIT);

type Live = Map<ProcessId, Set<ProcessId>>;

export class Links {
  /** Pairs (a < b) linked before block `i * EVERY`. */
  readonly #kept: Uint32Array[] = [new Uint32Array(0)];

  constructor(private readonly store: Store) {}

  /** Who is linked to whom after event `seq`. */
  at(seq: number): ReadonlyMap<ProcessId, ReadonlySet<ProcessId>> {
    const { store } = this;
    const last = store.blockOf(Math.min(seq, store.events));
    let from = Math.max(0, Math.floor(last / EVERY));
    if (from >= this.#kept.length) from = this.#kept.length - 1;
    const live: Live = new Map();
    const pairs = this.#kept[from]!;
    for (let i = 0; i < pairs.length; i += 2) link(live, pairs[i]!, pairs[i + 1]!);
    for (let i = from * EVERY; i <= last; i++) {
      if (i % EVERY === 0 && i / EVERY === this.#kept.length && i <= store.sealedBlocks) this.#kept.push(pack(live));
      this.#replay(live, i, seq);
    }
    return live;
  }

  #replay(live: Live, number: number, to: number): void {
    const block = this.store.blocks[number]!;
    if ((block.kindMask & KINDS) === 0) return;
    const kinds = block.kinds();
    const processes = block.processes();
    const peers = block.peers();
    const rows = Math.min(block.count, to - block.firstSeq + 1);
    for (let row = 0; row < rows; row++) {
      switch (kinds[row]) {
        case Kind.LINK:
          link(live, processes[row]!, peers[row]!);
          break;
        case Kind.UNLINK:
          unlink(live, processes[row]!, peers[row]!);
          break;
        case Kind.EXIT:
          for (const other of [...(live.get(processes[row]!) ?? [])]) unlink(live, processes[row]!, other);
          break;
        default:
      }
    }
  }
}

/** Process 0 is one the recording does not know (of another node): nothing to draw a line to. */
function link(live: Live, a: ProcessId, b: ProcessId): void {
  if (a === 0 || b === 0 || a === b) return;
  const add = (from: ProcessId, to: ProcessId): void => {
    const others = live.get(from);
    if (others) others.add(to);
    else live.set(from, new Set([to]));
  };
  add(a, b);
  add(b, a);
}

function unlink(live: Live, a: ProcessId, b: ProcessId): void {
  const remove = (from: ProcessId, to: ProcessId): void => {
    const others = live.get(from);
    if (others?.delete(to) && others.size === 0) live.delete(from);
  };
  remove(a, b);
  remove(b, a);
}

function pack(live: Live): Uint32Array {
  const pairs: number[] = [];
  for (const [a, others] of live) for (const b of others) if (a < b) pairs.push(a, b);
  return Uint32Array.from(pairs);
}
