/** The history of a state, or of a part of it; and who wrote it. */
import { compareEqual, resolvePath, termKey, type Path, type Resolved, type Term } from '../../term/index.js';
import { Flags, type Moment, type ProcessId } from '../model.js';
import type { HistoryQuery, OriginAnswer, Part, StateChange } from '../past.js';
import type { RecordedEvent, Recording, StateAnswer } from '../query.js';
import { trail } from './trail.js';

/** What these questions are answered from. */
export type Source = Pick<
  Recording,
  'event' | 'events' | 'function' | 'gaps' | 'momentOf' | 'nextEvent' | 'stateChanges' | 'end'
> & {
  /** As `unchangedSince` says, where the bytes of states are at hand. */
  unchangedSince?(process: ProcessId, seq: number, path: Path, goOn: () => boolean): number;
};

interface Seen {
  event: RecordedEvent;
  state: Term;
  value: Resolved;
}

export function* history(source: Source, process: ProcessId, query: HistoryQuery = {}): IterableIterator<StateChange> {
  const { goOn = () => true } = query;
  const whole = query.part === undefined || (typeof query.part !== 'function' && query.part.length === 0);
  const see = (event: RecordedEvent | undefined): Seen | undefined => {
    const state = event?.terms[0];
    return event && state && { event, state, value: partOf(state, query.part) };
  };
  const change = (before: Seen | undefined, after: Seen): StateChange | undefined => {
    const same = before && !whole ? compareParts(before.value, after.value) : 'different';
    return same === 'same' ? undefined : changeOf(source, before, after, same === 'different');
  };
  const to = query.to ?? source.end();
  const first = query.from?.seq ?? 0;

  if (query.reverse === true) {
    const path = whole || typeof query.part === 'function' ? undefined : query.part;
    let after: Seen | undefined;
    let changes = source.stateChanges(process, to);
    for (let next = changes.next(); !next.done; next = changes.next()) {
      if (!goOn()) return;
      const { seq } = next.value;
      let before = see(source.event(seq));
      if (before === undefined) continue;
      const found = after && change(before, after);
      if (found) yield found;
      if (seq < first) return;
      // What is the same for certain is passed over.
      const same = path && source.unchangedSince ? source.unchangedSince(process, seq, path, goOn) : seq;
      if (same < seq) {
        if (same < first) return;
        before = see(source.event(same)) ?? before;
        changes = source.stateChanges(process, source.momentOf(same - 1));
      }
      after = before;
    }
    if (after) yield changeOf(source, undefined, after, true);
    return;
  }

  let before: Seen | undefined;
  if (first > 0) {
    for (const { seq } of source.stateChanges(process, source.momentOf(first - 1))) {
      before = see(source.event(seq));
      if (before) break;
    }
  }
  const range = { from: source.momentOf(Math.max(first, 1)), to };
  for (const event of source.events({ processes: [process], kinds: ['state'], ...range })) {
    if (!goOn()) return;
    // The first one begins the history, changed or not.
    if (before && (event.flags & Flags.CHANGED) === 0) continue;
    const after = see(event);
    if (after === undefined) continue;
    const found = change(before, after);
    if (found) yield found;
    before = after;
  }
}

export function origin(
  source: Source,
  process: ProcessId,
  at: Moment,
  part: Part | undefined,
  goOn: () => boolean = () => true,
): OriginAnswer | undefined {
  let looked = 0;
  let gaveUp = false;
  const query: HistoryQuery = {
    to: at,
    reverse: true,
    goOn: () => {
      gaveUp = looked > 0 && !goOn();
      looked++;
      return !gaveUp;
    },
    ...(part === undefined ? {} : { part }),
  };
  for (const change of history(source, process, query)) {
    const gaps = source.gaps(change.ns, at.ns);
    return { change, trail: trail(source, change.seq), looked, gaveUp, gaps };
  }
  return looked === 0 ? undefined : { change: undefined, trail: undefined, looked, gaveUp, gaps: [] };
}

export function partOf(state: Term, part: Part | undefined): Resolved {
  if (part === undefined) return { term: state };
  return typeof part === 'function' ? part(state) : resolvePath(state, part);
}

/** As far as they were recorded: two values cut alike are the same. */
export function compareParts(a: Resolved, b: Resolved): 'same' | 'different' | 'unknown' {
  if (!('term' in a) || !('term' in b)) {
    if (!('term' in a) && !('term' in b)) return a.missing === b.missing ? 'same' : 'unknown';
    const other = 'term' in a ? b : a;
    return 'missing' in other && other.missing === 'absent' ? 'different' : 'unknown';
  }
  const equality = compareEqual(a.term, b.term);
  if (equality !== 'unknown') return equality === 'equal' ? 'same' : 'different';
  return termKey(a.term) === termKey(b.term) ? 'same' : 'unknown';
}

function changeOf(source: Source, before: Seen | undefined, after: Seen, certain: boolean): StateChange {
  const { event } = after;
  const found = (event.flags & Flags.BEFORE) !== 0;
  return {
    seq: event.seq,
    ns: event.ns,
    value: after.value,
    before: before?.value,
    state: after.state,
    stateBefore: before?.state,
    certain,
    found,
    cause: found ? undefined : stateCause(source, event),
  };
}

/** The callback that made a state, the message that it handled, and who sent that, as far as they are recorded. */
export function stateCause(source: Pick<Recording, 'event'>, state: RecordedEvent): StateAnswer['changed'] {
  const handle = state.cause > 0 ? source.event(state.cause) : undefined;
  if (handle === undefined || handle.process !== state.process)
    return { seq: state.seq, ns: state.ns, fn: state.fn, message: undefined, from: 0, sendSeq: 0, arriveSeq: 0 };
  const caused = handle.cause > 0 ? source.event(handle.cause) : undefined;
  const arrive = caused?.kind === 'arrive' ? caused : undefined;
  const send = arrive && arrive.cause > 0 ? source.event(arrive.cause) : undefined;
  return {
    seq: handle.seq,
    ns: handle.ns,
    fn: handle.fn,
    message: handle.kind === 'handle' ? handle.terms[0] : undefined,
    from: (arrive?.peer ?? 0) || (send?.process ?? 0),
    sendSeq: arrive?.cause ?? 0,
    arriveSeq: arrive?.seq ?? 0,
  };
}
