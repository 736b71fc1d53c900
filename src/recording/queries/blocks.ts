/** Blocks of events, handed out as they are. */
import type { BlockFilter, EventBlock } from '../bulk.js';
import type { ProcessId, Seq } from '../model.js';
import type { Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import type { Term } from '../../term/index.js';
import { maskOf } from './kinds.js';

const ALL = 0xffff_ffff;

export function* blocks(store: Store, filter: BlockFilter): IterableIterator<EventBlock> {
  const mask = filter.kinds ? maskOf(filter.kinds) : ALL;
  const first = Math.max(filter.from ?? 1, 1);
  // What is written later is for the next question.
  const last = Math.min(filter.to ?? Infinity, store.events);
  if (!(first <= last) || mask === 0) return;
  const end = store.blockOf(last);
  const next = (i: number): number =>
    filter.process === undefined ? store.nextBlockOfKind(mask, i, 1) : store.nextBlock(filter.process, mask, i, 1);
  for (let i = next(store.blockOf(first)); i >= 0 && i <= end; i = next(i + 1))
    yield new BulkBlock(store, store.blocks[i]!);
}

/** The block that holds an event. */
export function blockAt(store: Store, seq: Seq): EventBlock | undefined {
  const block = store.blocks[store.blockOf(seq)];
  return block && new BulkBlock(store, block);
}

class BulkBlock implements EventBlock {
  readonly firstSeq: Seq;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  // Kept while this block is looked at: asking the cache for each row would cost more than the row.
  #kinds: Uint8Array | undefined;
  #flags: Uint8Array | undefined;
  #ns: Float64Array | undefined;
  #processes: Uint32Array | undefined;
  #peers: Uint32Array | undefined;
  #functions: Uint32Array | undefined;
  #causes: Float64Array | undefined;

  constructor(
    private readonly store: Store,
    private readonly block: Block,
  ) {
    this.firstSeq = block.firstSeq;
    this.count = block.count;
    this.firstNs = block.firstNs;
    this.lastNs = block.lastNs;
  }

  kindCount(code: number): number {
    return this.block.kindCounts[code] ?? 0;
  }
  rows(process: ProcessId): Uint16Array {
    return this.block.rows(process);
  }
  kinds(): Uint8Array {
    return (this.#kinds ??= this.block.kinds());
  }
  flags(): Uint8Array {
    return (this.#flags ??= this.block.flags());
  }
  ns(): Float64Array {
    return (this.#ns ??= this.block.ns());
  }
  processes(): Uint32Array {
    return (this.#processes ??= this.block.processes());
  }
  peers(): Uint32Array {
    return (this.#peers ??= this.#readPeers());
  }
  functions(): Uint32Array {
    return (this.#functions ??= this.block.functions());
  }
  causes(): Float64Array {
    return (this.#causes ??= this.block.causes());
  }
  bytes(row: number): number {
    return this.block.payloadBytes(row);
  }
  terms(row: number): Term[] {
    return this.store.termsAt(this.block, row);
  }

  /** For events of no process the column holds the node. */
  #readPeers(): Uint32Array {
    const peers = this.block.peers();
    if (this.block.mask(0) === 0) return peers;
    const processes = this.block.processes();
    return peers.map((peer, row) => (processes[row] === 0 ? 0 : peer));
  }
}
