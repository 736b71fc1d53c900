/** Messages on their way at a moment. */
import { Flags, type Moment } from '../model.js';
import type { FlyingMessage } from '../past.js';
import type { Store } from '../read/store.js';
import { Kind, bit } from './kinds.js';
import { alive } from './lives.js';
import { scan } from './scan.js';

/** How many events before and after the moment are looked at. */
const WINDOW = 1 << 17;

export function inFlight(store: Store, at: Moment): FlyingMessage[] {
  const from = { seq: at.seq - WINDOW + 1, ns: 0 };
  const to = { seq: at.seq + WINDOW, ns: 0 };
  /** Not arrived by the moment, by the number of the send. */
  const open = new Map<number, FlyingMessage>();
  /** The newest of the sends that arrived at a process: what was sent before and is not there was lost, or could not be paired. */
  const last = new Map<number, number>();
  for (const { block, rows } of scan(store, { kinds: ['send', 'arrive'], from, to }, false)) {
    const kinds = block.kinds();
    const processes = block.processes();
    const causes = block.causes();
    const [ns, peers, flags] = block.firstSeq > at.seq ? [] : [block.ns(), block.peers(), block.flags()];
    for (const row of rows) {
      const seq = block.firstSeq + row;
      const process = processes[row]!;
      if (kinds[row] === Kind.SEND) {
        if (seq <= at.seq && (flags![row]! & Flags.NOWHERE) === 0)
          open.set(seq, flying(seq, ns![row]!, process, peers![row]!));
        continue;
      }
      const cause = causes[row]!;
      const send =
        open.get(cause) ?? (cause > 0 && seq > at.seq && cause <= at.seq ? sentLongAgo(store, cause) : undefined);
      if (send === undefined) continue;
      last.set(process, Math.max(last.get(process) ?? 0, cause));
      if (seq <= at.seq) open.delete(cause);
      else open.set(cause, { ...send, to: process, arriveSeq: seq });
    }
  }
  return [...open.values()]
    .filter(({ sendSeq, to: receiver, arriveSeq }) => {
      if (arriveSeq > 0) return true;
      if (receiver === 0 || !alive(store, receiver, at) || (last.get(receiver) ?? 0) > sendSeq) return false;
      // Of some processes arrivals are not recorded.
      return store.hasKind(receiver, bit(Kind.ARRIVE), store.blockOf(Math.max(1, Math.min(at.seq, store.events))));
    })
    .sort((a, b) => a.sendSeq - b.sendSeq)
    .map((message) => {
      const { block, row } = store.place(message.sendSeq)!;
      return { ...message, message: store.termsAt(block, row)[0] ?? message.message };
    });
}

function sentLongAgo(store: Store, seq: number): FlyingMessage | undefined {
  const place = store.place(seq);
  if (place?.block.kinds()[place.row] !== Kind.SEND) return undefined;
  const { block, row } = place;
  return flying(seq, block.ns()[row]!, block.processes()[row]!, block.peers()[row]!);
}

function flying(sendSeq: number, ns: number, from: number, to: number): FlyingMessage {
  return { sendSeq, ns, from, to, message: { kind: 'opaque', text: 'unreadable: the message is empty' }, arriveSeq: 0 };
}
