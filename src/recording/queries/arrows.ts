/** Messages from send to arrival to handling. */
import type { Arrow } from '../query.js';
import type { Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import { Kind, bit } from './kinds.js';
import { momentAt } from './moments.js';
import { forwards } from './rows.js';
import type { WindowQuery } from './slices.js';

/** Where the receiver is not known, its arrival is looked for among so many events. */
const SEARCH = 1 << 18;

export function arrows(store: Store, query: WindowQuery): { arrows: Arrow[]; total: number } {
  const first = Math.max(momentAt(store, Math.ceil(query.fromNs) - 1).seq, store.keyframe) + 1;
  const last = momentAt(store, query.toNs).seq;
  const wanted = new Set(query.processes);
  const sends: number[] = [];
  if (first <= last) {
    const end = store.blockOf(last);
    let i = store.nextBlockOfKind(bit(Kind.SEND), store.blockOf(first), 1);
    for (; i >= 0 && i <= end; i = store.nextBlockOfKind(bit(Kind.SEND), i + 1, 1)) {
      const block = store.blocks[i]!;
      const to = Math.min(block.count - 1, last - block.firstSeq);
      for (let row = Math.max(0, first - block.firstSeq); row <= to; row++)
        if (block.kindAt(row) === Kind.SEND && (wanted.has(block.processAt(row)) || wanted.has(block.peerAt(row))))
          sends.push(block.firstSeq + row);
    }
  }
  const limit = Math.max(0, query.limit);
  const kept = Math.min(limit, sends.length);
  const found: Arrow[] = [];
  for (let i = 0; i < kept; i++) found.push(follow(store, sends[Math.floor((i * sends.length) / kept)]!));
  return { arrows: found, total: sends.length };
}

/** Follows a message from its send. */
function follow(store: Store, sendSeq: number): Arrow {
  const { block, row } = store.place(sendSeq)!;
  const arrow: Arrow = {
    sendSeq,
    sendNs: block.nsAt(row),
    from: block.processAt(row),
    to: block.peerAt(row),
    arriveSeq: 0,
    arriveNs: -1,
    handleSeq: 0,
    handleNs: -1,
  };
  const arrived = (at: Block, atRow: number): void => {
    arrow.arriveSeq = at.firstSeq + atRow;
    arrow.arriveNs = at.nsAt(atRow);
    arrow.to = at.processAt(atRow);
  };
  if (arrow.to === 0) searchArrival(store, sendSeq, arrived);
  else
    forwards(store, arrow.to, bit(Kind.ARRIVE) | bit(Kind.EXIT), sendSeq + 1, (at, atRow) => {
      if (at.kindAt(atRow) === Kind.EXIT) return false;
      const cause = at.causeAt(atRow);
      if (cause === sendSeq) arrived(at, atRow);
      // Messages of one sender keep their order: a later one that is there means that this one never will be.
      return cause < sendSeq || (cause > sendSeq && at.peerAt(atRow) !== arrow.from);
    });
  if (arrow.arriveSeq > 0)
    forwards(store, arrow.to, bit(Kind.HANDLE), arrow.arriveSeq + 1, (at, atRow) => {
      const cause = at.causeAt(atRow);
      if (cause === arrow.arriveSeq) {
        arrow.handleSeq = at.firstSeq + atRow;
        arrow.handleNs = at.nsAt(atRow);
      }
      // Messages are handled in their order.
      return cause < arrow.arriveSeq;
    });
  return arrow;
}

function searchArrival(store: Store, sendSeq: number, arrived: (block: Block, row: number) => void): void {
  const last = store.blockOf(Math.min(sendSeq + SEARCH, store.events));
  for (let i = store.blockOf(sendSeq); i <= last; i++) {
    const block = store.blocks[i]!;
    if ((block.kindMask & bit(Kind.ARRIVE)) === 0) continue;
    for (let row = Math.max(0, sendSeq + 1 - block.firstSeq); row < block.count; row++)
      if (block.kindAt(row) === Kind.ARRIVE && block.causeAt(row) === sendSeq) return arrived(block, row);
  }
}
