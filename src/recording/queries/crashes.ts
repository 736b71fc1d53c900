/** Crashes, each once. */
import { termKey } from '../../term/index.js';
import { isCrash } from '../crash.js';
import type { Crash } from '../past.js';
import type { EventFilter, RecordedEvent, Recording } from '../query.js';

/** How many crashes are remembered to find out which of them took others along. */
const REMEMBERED = 256;
/** A process that dies of a callback may run so many others first, `terminate` above all; that one among them. */
const LAST_CALLBACKS = 3;

export function* crashes(
  recording: Pick<Recording, 'links' | 'momentOf' | 'nextEvent' | 'occurrences'>,
  filter: Pick<EventFilter, 'from' | 'to' | 'processes'> = {},
): IterableIterator<Crash> {
  const recent: { crash: Crash; key: string }[] = [];
  for (const { event } of recording.occurrences({ ...filter, kinds: ['handled', 'exit'], errors: true })) {
    const crash = crashOf(event);
    if (event.kind === 'exit') {
      // What a process dies of after a callback has raised was told already.
      if (raisedBefore(recording, event)) continue;
      crash.follows = whoTookIt(recording, event, recent);
    } else {
      crash.exitSeq = endAfter(recording, event);
    }
    recent.push({ crash, key: exitKey(event) });
    if (recent.length > REMEMBERED) recent.shift();
    yield crash;
  }
}

/** Whether one of the last callbacks of a process raised: that one, or the one before `terminate` and its like. */
function raisedBefore(recording: Pick<Recording, 'nextEvent'>, exit: RecordedEvent): boolean {
  let at = exit;
  for (let back = 0; back < LAST_CALLBACKS; back++) {
    const before = recording.nextEvent(exit.process, at, -1, { kinds: ['handled'] });
    if (before === undefined) return false;
    if (isCrash(before)) return true;
    at = before;
  }
  return false;
}

/** The end of a process soon after a callback of it raised, 0: it lives on. */
function endAfter(recording: Pick<Recording, 'nextEvent'>, raised: RecordedEvent): number {
  let at = raised;
  for (let on = 0; on < LAST_CALLBACKS; on++) {
    const next = recording.nextEvent(raised.process, at, 1, { kinds: ['exit', 'handled'] });
    if (next === undefined || isCrash(next) !== (next.kind === 'exit')) return 0;
    if (next.kind === 'exit') return next.seq;
    at = next;
  }
  return 0;
}

function crashOf(event: RecordedEvent): Crash {
  const { seq, ns, process, fn } = event;
  return { seq, ns, process, fn, reason: event.terms[0], exitSeq: event.kind === 'exit' ? seq : 0, follows: 0 };
}

/** The earlier crash of a process linked to this one that ended for the same reason. */
function whoTookIt(
  recording: Pick<Recording, 'links' | 'momentOf'>,
  event: RecordedEvent,
  recent: readonly { crash: Crash; key: string }[],
): number {
  const key = exitKey(event);
  const found = recent.findLast(({ crash, key: other }) => {
    if (other !== key || crash.process === event.process || crash.exitSeq === 0 || crash.exitSeq > event.seq)
      return false;
    return recording.links(crash.process, recording.momentOf(crash.exitSeq - 1)).includes(event.process);
  });
  return found?.crash.seq ?? 0;
}

/** The reason as others see it: `{Reason, Stack}` of an error, whether it stands in a callback's end or in an exit. */
function exitKey(event: RecordedEvent): string {
  const term = event.terms[0];
  if (term === undefined) return '';
  if (event.kind === 'exit' || term.kind !== 'tuple') return termKey(term);
  const [kind, reason, stack] = term.elements;
  if (reason === undefined) return termKey(term);
  if (stack === undefined || (kind?.kind === 'atom' && kind.name === 'exit')) return termKey(reason);
  return termKey({ kind: 'tuple', elements: [reason, stack], size: 2 });
}
