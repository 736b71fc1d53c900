/** An event as one row of text. */
import { Flags, isError, type PointInfo, type RecordedEvent } from '../recording/index.js';
import type { Term } from '../term/index.js';
import type { EventView, Text } from './protocol.js';
import { argumentsLine, line, shorten, visible, type Syntax } from './text.js';

const LOG_WIDTH = 400;
const WIDTH = 200;

export interface ViewContext {
  syntax: Syntax;
  functionName: (id: number) => string | undefined;
  /** The place in the source that a line's or expression's number means. */
  point?: (id: number) => PointInfo | undefined;
}

export function viewEvent(event: RecordedEvent, context: ViewContext): EventView {
  return {
    seq: event.seq,
    ns: event.ns,
    kind: event.kind,
    process: event.process,
    peer: event.peer,
    fn: event.fn === 0 ? undefined : context.functionName(event.fn),
    cause: event.cause,
    text: eventText(event, context),
    bad: isBad(event),
    notes: notes(event),
  };
}

function eventText(event: RecordedEvent, { syntax, point }: ViewContext): Text {
  const [first, second] = event.terms;
  if (event.kind === 'line') return lineText(first, point?.(event.fn), syntax);
  if (first === undefined) return { text: '' };
  if (event.kind === 'log') return logText(first, syntax);
  if (event.kind === 'exception' && second !== undefined) {
    return shorten(`${line(first, syntax, 20).text} ${line(second, syntax, WIDTH).text}`, WIDTH);
  }
  if (event.kind === 'call') {
    const args = argumentsLine(first, syntax, WIDTH);
    return { ...args, text: `(${args.text})` };
  }
  return line(first, syntax, WIDTH);
}

/** `left = 3, rest = 2`; of a line that binds nothing what stands there. */
function lineText(values: Term | undefined, point: PointInfo | undefined, syntax: Syntax): Text {
  const bound = values?.kind === 'list' ? values.elements : [];
  const named = bound.map(
    (value, i) => `${visible(point?.names[i]?.name ?? '?')} = ${line(value, syntax, WIDTH).text}`,
  );
  return shorten(named.length > 0 ? named.join(', ') : visible(point?.label ?? ''), WIDTH);
}

/** `[error] message` of a log event. */
function logText(term: Term, syntax: Syntax): Text {
  if (term.kind !== 'map') return line(term, syntax, WIDTH);
  const field = (name: string): Term | undefined =>
    term.entries.find(([key]) => key.kind === 'atom' && key.name === name)?.[1];
  const level = field('level');
  const message = field('message');
  const text =
    message?.kind === 'binary'
      ? visible(Buffer.from(message.bytes.subarray(0, 4 * LOG_WIDTH)).toString('utf8'))
      : message === undefined
        ? ''
        : line(message, syntax, WIDTH).text;
  return shorten(`${level?.kind === 'atom' ? `[${level.name}] ` : ''}${text}`, LOG_WIDTH);
}

/** Worth a second look: an error, or a message to nobody. */
export function isBad(event: RecordedEvent): boolean {
  return isError(event) || (event.kind === 'send' && (event.flags & Flags.NOWHERE) !== 0);
}

function notes(event: RecordedEvent): string[] {
  const out: string[] = [];
  if (event.kind === 'state') {
    if ((event.flags & Flags.BEFORE) !== 0) out.push('found');
    if ((event.flags & Flags.CHANGED) !== 0) out.push('changed');
  }
  if (event.kind === 'schedule') out.push((event.flags & Flags.IN) !== 0 ? 'in' : 'out');
  if (event.kind === 'send' && (event.flags & Flags.NOWHERE) !== 0) out.push('nowhere');
  if ((event.flags & Flags.CLAMPED) !== 0) out.push('clamped');
  return out;
}
