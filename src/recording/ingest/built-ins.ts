/**
 * Built-in functions whose calls are events of their own: tables, timers, what is stored by key, telemetry. The VM tells of their beginning and
 * their end; the event is written at the end, with what was given and what came of it.
 */
import { firstOfList, skipTerm } from '../../term/index.js';
import type { EventKind, FunctionId, Seq } from '../model.js';

export type BuiltInKind = Extract<EventKind, 'table' | 'timer' | 'store' | 'telemetry'>;

const TIMERS: ReadonlySet<string> = new Set(['send_after', 'start_timer', 'cancel_timer', 'read_timer']);
const STORES: ReadonlySet<string> = new Set(['put', 'get', 'erase', 'get_keys']);

/** Of a function by its name; undefined: its calls are calls. */
export function builtInKind(module: string | undefined, name: string | undefined): BuiltInKind | undefined {
  switch (module) {
    case 'ets':
      return 'table';
    case 'persistent_term':
      return 'store';
    case 'erlang':
      return TIMERS.has(name ?? '') ? 'timer' : STORES.has(name ?? '') ? 'store' : undefined;
    case 'telemetry':
      return name === 'execute' ? 'telemetry' : undefined;
    default:
      return undefined;
  }
}

/** One that has begun. */
export interface PendingBuiltIn {
  kind: BuiltInKind;
  fn: FunctionId;
  cause: Seq;
  args: Uint8Array;
}

/** The elements of a list of recorded bytes, one after the other, as far as they are there: `[a, b]` → `a b`. */
export function elementsOf(list: Uint8Array): Uint8Array {
  const first = firstOfList(list, 0);
  if (first === undefined) return list.subarray(0, 0);
  let end = first.end;
  // 0x8f to 0x91 end a list.
  while (end < list.length && (list[end]! < 0x8f || list[end]! > 0x91)) end = skipTerm(list, end);
  return list.subarray(first.start, end);
}
