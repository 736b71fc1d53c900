/** What counts as a crash: one answer for all faces. */
import { Flags } from './model.js';
import type { RecordedEvent } from './query.js';
import type { Term } from '../term/index.js';

/** Ends that supervisors and links take as ordinary, or that a process has for having no one (left) to talk to. */
const ORDINARY: ReadonlySet<string> = new Set(['normal', 'shutdown', 'noproc', 'noconnection', 'ok']);
const LOUD: ReadonlySet<string> = new Set(['error', 'critical', 'alert', 'emergency']);

/**
 * Whether a process that ends with this reason has crashed. Not for `normal`, `shutdown`, `{shutdown, _}`, `noproc`, `noconnection`; nor for
 * `ok`, `{ok, _}` and `{ok, _, _}`, with which workers hand over their result to a monitor, as those of Elixir's compiler do. All others are crashes,
 * `killed` included.
 */
export function isCrashReason(reason: Term | undefined): boolean {
  if (reason === undefined) return false;
  if (reason.kind === 'atom') return !ORDINARY.has(reason.name);
  const head = reason.kind === 'tuple' ? reason.elements[0] : undefined;
  if (reason.kind !== 'tuple' || head?.kind !== 'atom') return true;
  return !(head.name === 'ok' || (head.name === 'shutdown' && reason.size === 2));
}

/** Whether the event is a crash: the end of a callback that raised (an exit only for a reason that is none of the ordinary), or of a process. */
export function isCrash(event: RecordedEvent): boolean {
  if (event.kind === 'exit') return isCrashReason(event.terms[0]);
  if (event.kind !== 'handled' || (event.flags & Flags.RAISED) === 0) return false;
  const raised = event.terms[0];
  const [kind, reason] = raised?.kind === 'tuple' ? raised.elements : [];
  return !(kind?.kind === 'atom' && kind.name === 'exit' && reason !== undefined && !isCrashReason(reason));
}

/** A crash, an exception of a traced call, or a log event of level error and above. */
export function isError(event: RecordedEvent): boolean {
  if (event.kind === 'exception') return true;
  if (event.kind !== 'log') return isCrash(event);
  const map = event.terms[0];
  if (map?.kind !== 'map') return false;
  const level = map.entries.find(([key]) => key.kind === 'atom' && key.name === 'level')?.[1];
  return level?.kind === 'atom' && LOUD.has(level.name);
}
