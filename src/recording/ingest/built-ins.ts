/**
 * Built-in functions whose calls are events of their own: tables, timers, monitors, what is stored by key, telemetry. The VM tells of their beginning and
 * their end; the event is written at the end, with what was given and what came of it. Of telemetry it only tells the beginning, as that calls
 * its handlers last. Where something failed, its end may be missing.
 */
import { firstOfList, skipTerm } from '../../term/index.js';
import type { EventKind, FunctionId, Seq } from '../model.js';

export type BuiltInKind = Extract<EventKind, 'table' | 'timer' | 'store' | 'telemetry' | 'monitor'>;

const TIMERS: ReadonlySet<string> = new Set(['send_after', 'start_timer', 'cancel_timer', 'read_timer']);
const MONITORS: ReadonlySet<string> = new Set(['monitor', 'demonitor']);
const STORES: ReadonlySet<string> = new Set(['put', 'get', 'erase', 'get_keys']);

/** These are written in Erlang and call others of these; the rest calls nothing, so whatever a process does next, it is over. */
const CALLS_OTHERS: ReadonlySet<string> = new Set(['tab2list', 'match_delete', 'select_delete', 'delete_all_objects']);
export const callsOthers = (module: string | undefined, name: string | undefined): boolean =>
  module === 'timer' || CALLS_OTHERS.has(name ?? '');

/** Of a function by its name; undefined: its calls are calls. */
export function builtInKind(module: string | undefined, name: string | undefined): BuiltInKind | undefined {
  switch (module) {
    case 'ets':
      return 'table';
    case 'persistent_term':
      return 'store';
    case 'erlang':
      if (MONITORS.has(name ?? '')) return 'monitor';
      return TIMERS.has(name ?? '') ? 'timer' : STORES.has(name ?? '') ? 'store' : undefined;
    case 'timer':
      return 'timer';
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
  /** It calls nothing that is recorded. */
  leaf: boolean;
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
