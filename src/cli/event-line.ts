/** An event as one line, for people and for programs. */
import { Flags, type RecordedEvent } from '../recording/index.js';
import type { Term } from '../term/index.js';
import type { Show } from './show.js';

export function eventJson(event: RecordedEvent, show: Show): Record<string, unknown> {
  const point = show.point(event.fn);
  return {
    seq: event.seq,
    ns: event.ns,
    kind: event.kind,
    pid: event.process === 0 ? null : show.pid(event.process),
    peer: event.peer === 0 ? null : show.pid(event.peer),
    function: event.fn === 0 ? null : show.function(event.fn),
    ...(point === undefined ? {} : { line: point.line, names: point.names.map(({ name }) => name) }),
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
  const process = event.process === 0 && event.fn !== 0 ? '' : show.process(event.process);
  return [process, peer, ...whatText(event, show), cause].filter((part) => part !== '').join('  ');
}

const ARROWS: Record<string, string | undefined> = { send: '→', arrive: '←', link: '↔', unlink: '↮', spawn: '⇠' };

/** The function and the terms. */
function whatText(event: RecordedEvent, show: Show): string[] {
  const [first, second] = event.terms;
  const fn = show.function(event.fn);
  switch (event.kind) {
    case 'call':
      return [calledText(fn, first, show)];
    case 'table':
    case 'timer':
    case 'monitor':
    case 'store': {
      const result = second && `${(event.flags & Flags.RAISED) === 0 ? '=' : 'raised'} ${show.term(second)}`;
      return [calledText(fn, first, show), result ?? ''];
    }
    case 'line': {
      const point = show.point(event.fn);
      const values = first?.kind === 'list' ? first.elements : [];
      const named = (point?.names ?? []).map(({ name }, i) => `${name} = ${values[i] ? show.term(values[i]) : '?'}`);
      return [`${fn}:${point?.line ?? 0}`, point?.what === 'bound' ? '' : (point?.label ?? ''), named.join(', ')];
    }
    case 'expression': {
      const point = show.point(event.fn);
      return [`${fn}:${point?.line ?? 0}`, `${point?.label ?? ''} = ${first ? show.term(first) : '?'}`];
    }
    default:
      return [fn, event.terms.map((term) => show.term(term)).join('  ')];
  }
}

/** `Shop.Stock.reserve("mug", 2)`; without arguments as `reserve/2`. */
export function calledText(fn: string, args: Term | undefined, show: Show): string {
  const arity = Number(/\/(\d+)$/.exec(fn)?.[1]);
  if (args === undefined) return fn;
  if (args.kind !== 'list' || args.tail !== undefined || args.elements.length !== arity)
    return `${fn}  ${show.term(args)}`;
  return `${fn.replace(/\/\d+$/, '')}(${args.elements.map((arg) => show.term(arg)).join(', ')})`;
}
