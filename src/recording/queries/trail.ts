/** From an event back through what it followed from, across processes. */
import { Flags, type ProcessId } from '../model.js';
import type { Trail, TrailEnd, TrailStep } from '../past.js';
import type { RecordedEvent, Recording } from '../query.js';

const MAX_STEPS = 500;

type Source = Pick<Recording, 'event' | 'function' | 'gaps' | 'nextEvent'>;

interface End {
  end: TrailEnd;
  process: ProcessId;
}
interface Guess {
  guess: RecordedEvent;
}

/**
 * state → handle → arrive → send → the sender's handle → … Outside of callbacks: the last message that arrived, as a guess (once); where nothing
 * had arrived, who started the process.
 */
export function trail(source: Source, seq: number): Trail {
  const steps: TrailStep[] = [];
  let end: End = { end: 'no callback', process: 0 };
  let sure = true;
  for (let here = source.event(seq); here !== undefined;) {
    steps.push({ event: here, sure });
    const next: RecordedEvent | End | Guess =
      steps.length >= MAX_STEPS ? stop('limit', here.process) : before(source, here);
    if ('end' in next) {
      end = next;
      break;
    }
    if ('guess' in next) {
      // A guess that rests on a guess says nothing.
      if (!sure) {
        end = stop('plain code', next.guess.process);
        break;
      }
      sure = false;
    }
    here = 'guess' in next ? next.guess : next;
  }
  const oldest = steps.at(-1);
  return { steps, ...end, gaps: oldest === undefined ? [] : source.gaps(oldest.event.ns, steps[0]!.event.ns) };
}

const stop = (end: TrailEnd, process: ProcessId): End => ({ end, process });

/** What an event followed from. The kinds and processes are checked: a damaged file may say anything. */
function before(source: Source, event: RecordedEvent): RecordedEvent | End | Guess {
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
    case 'tail':
      return own?.kind === 'call' ? own : stop('no callback', event.process);
    case 'handle':
      if (own?.kind === 'arrive') return own;
      if (source.function(event.fn)?.name === 'handle_continue') {
        // It runs right after the callback that asked for it.
        const asked = source.nextEvent(event.process, event, -1, { kinds: ['handle'] });
        if (asked !== undefined) return asked;
      }
      // The first thing that a process does can only come from whoever started it.
      return startOf(source, event, event.process, ['arrive', 'handle']) ?? stop('no message', event.process);
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
function plain(source: Source, event: RecordedEvent, process: ProcessId): RecordedEvent | End | Guess {
  const arrival = source.nextEvent(process, event, -1, { kinds: ['arrive'] });
  if (arrival !== undefined) return { guess: arrival };
  return startOf(source, event, process, ['arrive']) ?? stop('plain code', process);
}

/** The spawn of a process that had done none of these things between that and the event. */
function startOf(
  source: Source,
  event: RecordedEvent,
  process: ProcessId,
  kinds: ('arrive' | 'handle')[],
): RecordedEvent | undefined {
  const last = source.nextEvent(process, event, -1, { kinds: [...kinds, 'spawn'] });
  return last?.kind === 'spawn' && last.seq !== event.seq ? last : undefined;
}
