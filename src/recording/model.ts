/**
 * The model of a recording: what one row of the event table is. Written by the ingest, stored by the segments, read by every query.
 */

/** Dense number of a process in a recording, from 1. 0 stands for "none". One number is one incarnation of one pid. */
export type ProcessId = number & { readonly __process?: never };
/** Dense number of a function (module, name, arity, node) in a recording, from 1. 0 stands for "none". */
export type FunctionId = number & { readonly __function?: never };
/** Position of an event in the total order of a recording, from 1. `events + 1` is the end. */
export type Seq = number & { readonly __seq?: never };

/**
 * A position in a recording: *after* event `seq` and everything before it; `seq` 0 is before all. `ns` is nanoseconds since the
 * recording's start (a safe integer: 104 days).
 */
export interface Moment {
  readonly seq: Seq;
  readonly ns: number;
}

/** Kinds of events. The index is the code on disk: append only. */
export const EVENT_KINDS = [
  'none',
  'spawn', //      process = the new one, peer = parent, fn = what it runs, cause = parent's callback or 0; payload: args (list)
  'exit', //       payload: reason
  'link', //       peer = other
  'unlink', //     peer = other
  'register', //   payload: name (atom)
  'unregister', // payload: name (atom)
  'send', //       peer = receiver (0 if unknown); payload: message, [destination]. flags NOWHERE: receiver does not exist
  'arrive', //     peer = sender (0 if unknown), cause = its send (0 if not recorded); payload: message, [sender term]
  'call', //       fn, cause = the call or handle it was made in, 0 for none; payload: args (list), nothing at depth `call`
  'return', //     fn, cause = its call; payload: value
  'exception', //  fn, cause = its call; payload: class (atom), reason
  'handle', //     a behaviour's callback begins. fn, cause = the arrival it handles (0 for init, timeouts, or when unknown); payload: message, [from]. flags INSIDE
  'handled', //    the callback ended. fn, cause = its handle; payload: result (state replaced by a mark). flags RAISED
  'state', //      the process's state from here on. fn, cause = the handle that made it; payload: state. flags BEFORE, CHANGED
  'gc', //         payload: {minor|major, start|end, heap words, old heap words} as a tuple
  'schedule', //   fn. flags IN
  'log', //        payload: map level, message, report…; process = who logged
  'module', //     payload: module (atom): loaded (again)
  'node', //       payload: {up|down, reason} as a tuple; process = 0
  'gap', //        payload: {reason (atom), count, fromNs, toNs} as a tuple; process = 0: any
  'tail', //       fn, cause = its call: the function ended with a call that took its place, whose return is its value; no payload
  'line', //       fn = a point, cause = its call: execution arrived there; payload: values (list) of the point's names
  'expression', // fn = a point, cause = its call; payload: value
  'count', //      process = 0, fn: called, but not recorded one by one; payload: {calls, fromNs, toNs} as a tuple
  'plan', //       process = 0, fn: recorded deeper or less deep from here on; payload: {depth before, depth after (atoms), why (binary)} as a tuple
  'table', //      fn = the function of ets, cause = the open call; payload: args (list), [result]
  'timer', //      the same for timers
  'store', //      the same for persistent_term and the process dictionary
  'memory', //     payload: {bytes, mailbox, reductions, heap words} as a tuple; process 0: {bytes, run queue, reductions, processes}
  'telemetry', //  payload: name (list), measurements, metadata
  'monitor', //    as table, of erlang:monitor and demonitor: fn, cause; payload: args (list), [result]. The last kind that a mask of 32 bits has room for
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
export const kindCode = (kind: EventKind): number => EVENT_KINDS.indexOf(kind);

/** Bits of the flags column; their meaning depends on the kind. */
export const Flags = {
  /** send: the receiver does not exist */ NOWHERE: 1,
  /** arrive: a receive that waited for just this message took it at once (a reply, a start acknowledgement) */ TAKEN: 1,
  /** handled: it raised; the result is {class, reason, stack} */ RAISED: 1,
  /** handle: the process stood in a call or another callback, as far as recorded */ INSIDE: 2,
  /** state: as it was found when recording began or after a gap, not made by the handle it points to */ BEFORE: 1,
  /** state: differs from the one before */ CHANGED: 2,
  /** schedule: scheduled in (else out) */ IN: 1,
  /** any: not an event of the recording's window but what stood when it began (docs/formats/recording.md, "Windows") */ KEYFRAME: 64,
  /** any: the time was moved to keep cause before effect */ CLAMPED: 128,
} as const;

/** One row, as the ingest hands it to the writer. `payload` is only valid during the call. */
export interface EventRow {
  kind: number;
  flags: number;
  /** Never smaller than the row before. */
  ns: number;
  process: ProcessId;
  peer: ProcessId;
  fn: FunctionId;
  /** An earlier event this one follows from, 0 for none. */
  cause: Seq;
  /** Recorded terms (docs/formats/term.md), one after the other. */
  payload: Uint8Array;
  /** Where `process` is 0: the node whose atoms the payload speaks of, 0 unless told. */
  node?: number;
}

/** A node of the recording. Index 0 is the first that connected. */
export interface NodeInfo {
  name: string;
  otp: string;
  elixir: string | undefined;
  engine: 'nif' | 'erlang';
  /** Why the slower engine was taken. */
  engineWhy: string | undefined;
  osPid: number | undefined;
  /** How its recording ended: undefined while it goes on. */
  end: string | undefined;
}

/** What is known of a process, apart from its events. */
export interface ProcessInfo {
  id: ProcessId;
  node: number;
  /** Of the pid as `<0.number.serial>`. */
  number: number;
  serial: number;
  /** 0: lived before the recording began. */
  spawnSeq: Seq;
  /** 0: lives at the end. */
  exitSeq: Seq;
  parent: ProcessId;
  /** What it runs: the callback module's `init/1` for OTP processes, the spawned function otherwise. 0 unknown. */
  fn: FunctionId;
  /** gen_server, gen_statem, gen_event, supervisor, task, agent…; undefined: plain or unknown. */
  behaviour: string | undefined;
  /** Last registered name; the history of names is in the events. */
  name: string | undefined;
  label: string | undefined;
  /** The OTP application it belongs to; '': known to belong to none. Undefined: not known. */
  application?: string | undefined;
}

export interface FunctionInfo {
  id: FunctionId;
  node: number;
  module: string;
  name: string;
  arity: number;
  /** Where it begins in its source; undefined: unknown. */
  line?: number;
  /** How much of it is recorded, as the probe told last; undefined: it was not rewritten. Changes on the way are `plan` events. */
  depth?: Depth;
  /** Set when this number stands for a point inside of the function that module, name and arity tell. */
  point?: PointInfo;
}

/** A place in the source of a function that is recorded at depth `lines` or `expressions`. */
export interface PointInfo {
  /** `bound`: what the last expression of a body bound. */
  what: 'line' | 'bound' | 'expression';
  line: number;
  /** 0: unknown. */
  column: number;
  /** What stands there, in a few words. */
  label: string;
  /** Variables of a line: as the source spells them, and the line that binds each. */
  names: readonly { name: string; line: number }[];
  /** All variables that can be read there, `names` included; undefined: not told. */
  scope?: readonly { name: string; line: number }[];
}

/** How much of a function is recorded; each holds what those before it hold. The index is the code on the wire. */
export const DEPTHS = ['off', 'count', 'call', 'values', 'lines', 'expressions'] as const;
export type Depth = (typeof DEPTHS)[number];

/** The source of a module, as it lay on the node's disk when it was recorded. */
export interface SourceInfo {
  node: number;
  module: string;
  file: string;
  language: 'elixir' | 'erlang';
  /** Undefined: `why` tells. */
  text: string | undefined;
  /** Why it is missing, or may be another version. */
  why: string | undefined;
}

/** A known hole. */
export interface Gap {
  reason: string;
  count: number;
  fromNs: number;
  toNs: number;
}
