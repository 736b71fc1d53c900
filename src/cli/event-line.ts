/** An event as one line, for people and for programs. */
import type { RecordedEvent } from '../recording/index.js';
import type { Show } from './show.js';

export function eventJson(event: RecordedEvent, show: Show): Record<string, unknown> {
  return {
    seq: event.seq,
    ns: event.ns,
    kind: event.kind,
    pid: event.process === 0 ? null : show.pid(event.process),
    peer: event.peer === 0 ? null : show.pid(event.peer),
    function: event.fn === 0 ? null : show.function(event.fn),
    cause: event.cause === 0 ? null : event.cause,
    flags: event.flags,
    terms: event.terms.map((term) => show.term(term)),
  };
}

export function eventLine(event: RecordedEvent, show: Show): string {
  const head = `${String(event.seq).padStart(8)}  ${show.time(event.ns).padStart(13)}  ${event.kind.padEnd(10)}`;
  return `${head}  ${eventText(event, show)}`;
}

/** Who did what, without number and time. */
function eventText(event: RecordedEvent, show: Show): string {
  const peer = event.peer === 0 ? '' : `${ARROWS[event.kind] ?? '·'} ${show.process(event.peer)}`;
  const cause = event.cause === 0 ? '' : `(#${event.cause})`;
  const terms = event.terms.map((term) => show.term(term)).join('  ');
  return [show.process(event.process), peer, show.function(event.fn), terms, cause]
    .filter((part) => part !== '')
    .join('  ');
}

const ARROWS: Record<string, string | undefined> = { send: '→', arrive: '←', link: '↔', unlink: '↮', spawn: '⇠' };
