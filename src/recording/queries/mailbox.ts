/** What lies in a mailbox at a moment: arrivals that nothing has taken yet (`Recording.mailbox` says by which rules). */
import { Flags, type Moment, type ProcessId } from '../model.js';
import type { MailboxAnswer } from '../query.js';
import type { Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import type { Term } from '../../term/index.js';
import type { Gaps } from './gaps.js';
import { Kind, bit } from './kinds.js';
import { alive } from './lives.js';
import { backwards, forwards } from './rows.js';

/**
 * Behaviours that take messages in the order of arrival (supervisors, agents and the like are gen_servers). What is said to be none is
 * one of them, too: of others, the recorder writes the name with the first callback.
 */
const IN_ORDER: ReadonlySet<string | undefined> = new Set([
  undefined,
  'gen_server',
  'gen_statem',
  'gen_event',
  'supervisor',
  'agent',
  'task',
]);
/** So many handlings are looked at, before and after a moment, for what a behaviour with an order of its own has done with a message. */
const MOST_BEFORE = 65_536;
const MOST_AFTER = 4096;

interface Arrival {
  block: Block;
  row: number;
  /** During a callback that had ended by the moment. */
  inside: boolean;
}

/** Whether the process's handling is recorded at all. */
export function handlingRecorded(store: Store, process: ProcessId, at: Moment): boolean {
  return store.hasKind(process, bit(Kind.HANDLE), store.blockOf(Math.max(1, Math.min(at.seq, store.events))));
}

/** Arrivals not taken at `to`, oldest first, of a process whose handling is recorded. */
function waiting(store: Store, process: ProcessId, to: number): Arrival[] {
  return IN_ORDER.has(store.dictionary.table.get(process)?.behaviour)
    ? waitingInOrder(store, process, to)
    : waitingInAnyOrder(store, process, to);
}

/**
 * Of a behaviour with priorities (gen_server2) a message may be handled before an older one. So only what was handled itself is gone;
 * and what is not handled later either, although something younger is: that is what the behaviour keeps to itself (system messages, its
 * own timers).
 */
function waitingInAnyOrder(store: Store, process: ProcessId, to: number): Arrival[] {
  const arrivals: Arrival[] = [];
  const causes = new Set<number>();
  let youngest = 0;
  let inside = false;
  const mask = bit(Kind.ARRIVE) | bit(Kind.HANDLE) | bit(Kind.HANDLED);
  let handlings = 0;
  backwards(store, process, mask, to, (block, row) => {
    switch (block.kinds()[row]) {
      case Kind.ARRIVE:
        if (!(block.flags()[row]! & Flags.TAKEN) && !causes.delete(block.firstSeq + row))
          arrivals.push({ block, row, inside });
        return true;
      case Kind.HANDLED:
        inside = true;
        return true;
      default:
        inside = false;
        causes.add(block.causes()[row]!);
        youngest = Math.max(youngest, block.causes()[row]!);
        return ++handlings < MOST_BEFORE;
    }
  });
  const seqOf = ({ block, row }: Arrival): number => block.firstSeq + row;
  if (arrivals.length === 0) return arrivals;
  const later = new Set<number>();
  handlings = 0;
  forwards(store, process, bit(Kind.HANDLE), to + 1, (block, row) => {
    const cause = block.causes()[row]!;
    youngest = Math.max(youngest, cause);
    later.add(cause);
    return ++handlings < MOST_AFTER;
  });
  return arrivals
    .filter(
      (arrival) =>
        later.has(seqOf(arrival)) ||
        (seqOf(arrival) > youngest &&
          !(arrival.inside && looksLikeReply(store.termsAt(arrival.block, arrival.row)[0]))),
    )
    .reverse();
}

function waitingInOrder(store: Store, process: ProcessId, to: number): Arrival[] {
  const arrivals: Arrival[] = [];
  const mask = bit(Kind.ARRIVE) | bit(Kind.HANDLE) | bit(Kind.HANDLED);
  // Everything up to this arrival is gone. Whatever was handled after it arrived after it, so the walk back may end there.
  let taken = 0;
  let inside = false;
  backwards(store, process, mask, to, (block, row) => {
    if (block.firstSeq + row <= taken) return false;
    switch (block.kindAt(row)) {
      case Kind.ARRIVE:
        if (!(block.flagsAt(row) & Flags.TAKEN)) arrivals.push({ block, row, inside });
        break;
      case Kind.HANDLED:
        inside = true;
        break;
      default:
        inside = false;
        taken = Math.max(taken, block.causeAt(row));
    }
    return true;
  });
  const left = arrivals.filter(({ block, row }) => block.firstSeq + row > taken).reverse();
  if (left.length === 0) return left;

  // What is handled next tells what was received between: it is older and will never be handled.
  let next = 0;
  forwards(store, process, bit(Kind.HANDLE), to + 1, (block, row) => {
    const cause = block.causeAt(row);
    if (cause <= taken) return true;
    next = cause;
    return false;
  });
  if (next > 0) return left.filter(({ block, row }) => block.firstSeq + row >= next);
  return left.filter(({ block, row, inside: during }) => !(during && looksLikeReply(store.termsAt(block, row)[0])));
}

/** `{Ref, _}` or `{[alias | Ref], _}`: the answer to a call, which is received where the call was made. */
export function looksLikeReply(message: Term | undefined): boolean {
  if (message?.kind !== 'tuple' || message.size !== 2) return false;
  const tag = message.elements[0];
  if (tag?.kind === 'reference') return true;
  return tag?.kind === 'list' && tag.tail?.kind === 'reference';
}

/** Length of the mailbox; undefined when handling is not recorded. */
export function mailboxLength(store: Store, process: ProcessId, at: Moment): number | undefined {
  return handlingRecorded(store, process, at) ? waiting(store, process, at.seq).length : undefined;
}

export function mailboxAt(store: Store, gaps: Gaps, process: ProcessId, at: Moment, limit: number): MailboxAnswer {
  const exact = handlingRecorded(store, process, at);
  const touching = (fromNs: number): MailboxAnswer['gaps'] => gaps.touching(fromNs, at.ns, process);
  if (!alive(store, process, at)) return { messages: [], total: 0, exact, gaps: touching(at.ns) };
  const message = ({ block, row }: Pick<Arrival, 'block' | 'row'>): MailboxAnswer['messages'][number] => ({
    seq: block.firstSeq + row,
    ns: block.nsAt(row),
    from: block.peerAt(row),
    message: store.termsAt(block, row)[0] ?? { kind: 'opaque', text: 'unreadable: the message is empty' },
  });
  if (exact) {
    const left = waiting(store, process, at.seq);
    const messages = left.slice(0, limit).map(message);
    return { messages, total: left.length, exact, gaps: touching(messages[0]?.ns ?? at.ns) };
  }
  const newest: Arrival[] = [];
  let total = 0;
  backwards(store, process, bit(Kind.ARRIVE), at.seq, (block, row) => {
    if (block.flagsAt(row) & Flags.TAKEN) return true;
    total++;
    if (newest.length < limit) newest.push({ block, row, inside: false });
    return true;
  });
  return { messages: newest.reverse().map(message), total, exact, gaps: touching(0) };
}
