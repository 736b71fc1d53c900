/** From an event back through what it followed from, across processes. */
import { Flags, type ProcessId } from '../model.js';
import type { Trail, TrailEnd } from '../past.js';
import type { RecordedEvent, Recording } from '../query.js';

const MAX_STEPS = 500;

type Source = Pick<Recording, 'event' | 'gaps' | 'momentOf' | 'nextEvent'>;

interface End {
  end: TrailEnd;
  process: ProcessId;
  lastArrival?: number;
}

/** state → handle → arrive → send → the sender's handle → …; a process that has received nothing goes on with who started it. */
export function trail(source: Source, seq: number): Trail {
  const steps: RecordedEvent[] = [];
  let here = source.event(seq);
  let end: End = { end: 'no callback', process: 0 };
  while (here !== undefined) {
    steps.push(here);
    const next: RecordedEvent | End = steps.length >= MAX_STEPS ? stop('limit', here.process) : before(source, here);
    if ('end' in next) {
      end = next;
      break;
    }
    here = next;
  }
  const oldest = steps.at(-1);
  const gaps = oldest === undefined ? [] : source.gaps(oldest.ns, steps[0]!.ns);
  return { steps, lastArrival: 0, ...end, gaps };
}

const stop = (end: TrailEnd, process: ProcessId, lastArrival = 0): End => ({ end, process, lastArrival });

/** What an event followed from. The kinds and processes are checked: a damaged file may say anything. */
function before(source: Source, event: RecordedEvent): RecordedEvent | End {
  const cause = event.cause > 0 && event.cause < event.seq ? source.event(event.cause) : undefined;
  const own = cause?.process === event.process ? cause : undefined;
  switch (event.kind) {
    case 'state':
      if ((event.flags & Flags.BEFORE) !== 0) return stop('found', event.process);
      return own?.kind === 'handle' ? own : stop('no callback', event.process);
    case 'handled':
      return own?.kind === 'handle' ? own : stop('no callback', event.process);
    case 'return':
    case 'exception':
      return own?.kind === 'call' ? own : stop('no callback', event.process);
    case 'handle':
      if (own?.kind === 'arrive') return own;
      // The first thing that a process does can only come from whoever started it.
      return startOf(source, event, ['arrive', 'handle']) ?? stop('no message', event.process);
    case 'arrive':
      return cause?.kind === 'send' ? cause : stop('no send', event.peer);
    case 'spawn':
      if (event.peer === 0) return stop('no parent', 0);
      if (cause?.kind === 'handle' && cause.process === event.peer) return cause;
      return plain(source, event, event.peer);
    default:
      if (own?.kind === 'handle' || own?.kind === 'call') return own;
      return plain(source, event, event.process);
  }
}

/** Something that a process did outside of any callback. */
function plain(source: Source, event: RecordedEvent, process: ProcessId): RecordedEvent | End {
  const at = source.momentOf(event.seq);
  const arrival = source.nextEvent(process, at, -1, { kinds: ['arrive'] });
  if (arrival !== undefined) return stop('plain code', process, arrival.seq);
  return startOf(source, { seq: event.seq, process }, ['arrive']) ?? stop('plain code', process);
}

/** The process's spawn, when it had done none of these things between that and the event. */
function startOf(
  source: Source,
  event: Pick<RecordedEvent, 'seq' | 'process'>,
  kinds: ('arrive' | 'handle')[],
): RecordedEvent | undefined {
  const last = source.nextEvent(event.process, source.momentOf(event.seq), -1, { kinds: [...kinds, 'spawn'] });
  return last?.kind === 'spawn' ? last : undefined;
}
