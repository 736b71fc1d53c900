/**
 * What the browser view and the server say to each other, over one WebSocket at `./rpc`. This file is all that `src/ui` may import, and
 * only its types: the two sides are built apart.
 *
 * The client sends `Request` as JSON text. The server answers each request once, in any order: with JSON text (`Reply`), or for the
 * methods in `BinaryResults` with one binary message: `u32` request id, `u32` n, n bytes of JSON (the `meta` of the result), zeros up to
 * a multiple of 8, then each column in the order of `columns` of that JSON, each padded to a multiple of 8. Little-endian.
 * Unasked, the server sends `Tick` whenever the recording has grown.
 *
 * Times are nanoseconds since the recording's start, as integers.
 */
import type { AreaMethods } from './area-protocol.js';
import type { CodeMethods } from './code-protocol.js';
import type { CompareColumns, CompareMethods } from './compare-protocol.js';
import type { HereMethods } from './here-protocol.js';
import type { LaneMethods } from './lane-protocol.js';
import type { MarksMethods } from './marks-protocol.js';
import type { OccasionsMethods } from './occasions-protocol.js';
import type { RaisesMethods } from './raises-protocol.js';
import type { SqlMethods } from './sql-protocol.js';
import type { SystemMethods } from './system-protocol.js';
import type { ProcessMethods } from './process-protocol.js';
export type * from './area-protocol.js';
export type * from './code-protocol.js';
export type * from './compare-protocol.js';
export type * from './here-protocol.js';
export type * from './lane-protocol.js';
export type * from './marks-protocol.js';
export type * from './occasions-protocol.js';
export type * from './raises-protocol.js';
export type * from './sql-protocol.js';
export type * from './print-protocol.js';
export type * from './process-protocol.js';
export type * from './system-protocol.js';

/** Number of a process, from 1; 0: none. */
export type ProcessNumber = number;
export type SeqNumber = number;

/** A moment as asked for: after an event, or after everything that happened at or before a time. */
export type At = { seq: SeqNumber } | { ns: number };
export interface MomentView {
  seq: SeqNumber;
  ns: number;
}

export interface Request {
  id: number;
  method: MethodName;
  params: unknown;
  /** A waiting request is dropped (`superseded`) when a newer one of the same lane comes. */
  lane?: string;
  /** 1: of the recording that this one was opened with. */
  recording?: 0 | 1;
}
export type Reply = { id: number; ok: true; result: unknown } | { id: number; ok: false; error: RpcError };
export interface RpcError {
  code: 'bad-request' | 'not-found' | 'too-large' | 'superseded' | 'busy' | 'failed';
  message: string;
}
export interface Tick {
  tick: {
    events: number;
    processes: number;
    ns: number;
    endSeq: SeqNumber;
    live: boolean;
    version: number;
    /** Of the bookmarks. */
    marks: number;
    /** The last event of the recording that this one was opened with; 0: there is none. */
    otherSeq: SeqNumber;
  };
}

export interface InfoView {
  title: string;
  path: string;
  format: number;
  startedAt: string;
  ns: number;
  end: MomentView;
  nodes: NodeView[];
  events: number;
  kinds: Record<string, number>;
  processes: number;
  gaps: GapView[];
  bytes: number;
  live: boolean;
  command: string | undefined;
  exitStatus: string | undefined;
  /** Names of the event kinds by code: bit `k` of a timeline's kinds is `kindNames[k]`. */
  kindNames: string[];
  /** Whether `depth` may be asked for. */
  canChangeDepth: boolean;
  /** The title of the recording that this one was opened with. */
  other: string | undefined;
}
export interface NodeView {
  name: string;
  otp: string;
  elixir: string | undefined;
  engine: string;
  engineWhy: string | undefined;
  end: string | undefined;
}
export interface GapView {
  reason: string;
  count: number;
  fromNs: number;
  toNs: number;
}

export interface ProcessView {
  id: ProcessNumber;
  node: number;
  pid: string;
  name: string | undefined;
  label: string | undefined;
  /** What it runs, `Shop.Stock.init/1`; undefined: unknown. */
  runs: string | undefined;
  behaviour: string | undefined;
  /** Comes with Erlang, Elixir or their tools; not the program's own. */
  runtime: boolean;
  parent: ProcessNumber;
  /** The OTP application it belongs to; '': none; undefined: not known. */
  application: string | undefined;
  /** -1: lived before the recording began. */
  spawnNs: number;
  /** -1: lives at the end. */
  exitNs: number;
}
export interface ProcessesResult {
  processes: ProcessView[];
  /** Pass as `since` to get only what changed after this answer. */
  version: number;
  /** More are waiting: ask again with `after` = the id of the last one. */
  more: boolean;
  /** Births and ends are right to some ten milliseconds: `lives` has them exactly. */
  rough: boolean;
}

/** An end that was not ordinary: an exit with an unexpected reason, or a callback that raised. */
export interface CrashView {
  process: ProcessNumber;
  seq: SeqNumber;
  ns: number;
  exit: boolean;
  /** One line. */
  reason: string;
}
export interface CrashesResult {
  crashes: CrashView[];
  /** Scanned up to here; ask again from it. */
  seq: SeqNumber;
  done: boolean;
}

export interface SequenceMessage {
  seq: SeqNumber;
  ns: number;
  from: ProcessNumber;
  to: ProcessNumber;
  kind: 'call' | 'reply' | 'cast' | 'message';
  /** Without the envelope of OTP. */
  text: Text;
  /** -1: never, or not recorded. */
  arriveNs: number;
  handleNs: number;
  /** The reply of a call, the call of a reply; 0: none among these messages. */
  pair: SeqNumber;
  /** From the call to its reply. */
  pairNs: number;
}
export interface SequenceResult {
  at: MomentView;
  participants: ProcessNumber[];
  /** In order of sending. */
  messages: SequenceMessage[];
  moreBefore: boolean;
  moreAfter: boolean;
}

export interface InterestingResult {
  /** The longest first; of calls inside each other only the outermost. */
  calls: { process: ProcessNumber; seq: SeqNumber; ns: number; lastsNs: number; fn: string }[];
  mailboxes: { process: ProcessNumber; seq: SeqNumber; ns: number; length: number }[];
  /** Looked up to here; ask again from it. */
  seq: SeqNumber;
  done: boolean;
}

/** From here on a function was recorded deeper, or less deep. */
export interface PlanView {
  seq: SeqNumber;
  ns: number;
  fn: string;
  before: string;
  after: string;
  why: string;
}
export interface PlansResult {
  plans: PlanView[];
  /** Looked up to here; ask again from it. */
  seq: SeqNumber;
  done: boolean;
}

/** A term as text. Never markup. */
export interface Text {
  text: string;
  /** The text was shortened for display. */
  cut?: true;
}

/**
 * One node of a value shown as a tree. Keys are short because states are large.
 *
 * `t`: the value in one line, shortened. `c`: its parts. `k`: what kind of term. `l`: its label in the parent (map key, index, field).
 */
export interface TreeNode {
  k: string;
  l?: string;
  t: string;
  /** Brackets around the parts, `%{` and `}`. */
  open?: string;
  close?: string;
  c?: TreeNode[];
  /** Parts not shown here; -1: some, nobody knows how many. */
  more?: number;
  /** Something was left out when it was recorded, and why. */
  lost?: 'depth' | 'bytes' | 'elements' | 'secret';
  /** The process a pid belongs to. */
  p?: ProcessNumber;
  /** Against the value before: this is new, differs, or has something different inside. */
  d?: 'added' | 'changed' | 'inside';
  /** What it was, in one line, for `changed`. */
  was?: string;
  /** Parts that were there before and are no more: label and text. */
  gone?: { l: string; t: string }[];
}

/** Who made a value: the callback and the message it handled. */
export interface CauseView {
  /** The callback's event. */
  seq: SeqNumber;
  ns: number;
  /** `handle_cast/2`, with module. */
  callback: string;
  message: Text | undefined;
  from: ProcessNumber;
  /** 0: not recorded. */
  sendSeq: SeqNumber;
  sendNs: number;
  arriveSeq: SeqNumber;
}

export interface StateView {
  seq: SeqNumber;
  ns: number;
  tree: TreeNode;
  /** The state event before this one; 0: none recorded. */
  previousSeq: SeqNumber;
  /** Changes of one line each, `path`, before and after; undefined side: was not there. */
  diff: { path: string; before: string | undefined; after: string | undefined }[];
  diffMore: number;
  /** The moment asked for, and the state event there, which it is compared with; undefined: none was asked for. */
  base: { at: MomentView; seq: SeqNumber; ns: number; first: boolean } | undefined;
  changed: CauseView | undefined;
  gaps: GapView[];
}

export interface ProcessPanel {
  at: MomentView;
  process: ProcessNumber;
  name: string | undefined;
  alive: boolean;
  parent: ProcessNumber;
  children: ProcessNumber[];
  childrenTotal: number;
  links: ProcessNumber[];
  linksTotal: number;
  state: StateView | undefined;
  /** Neighbouring changes of the state; undefined: none. */
  previousChange: MomentView | undefined;
  nextChange: MomentView | undefined;
  mailbox: MailboxView;
  /** Why it ended, once it has. */
  exit: { seq: SeqNumber; ns: number; reason: Text; bad: boolean } | undefined;
}
export interface MailboxView {
  exact: boolean;
  messages: { seq: SeqNumber; ns: number; from: ProcessNumber; message: Text }[];
  /** How many there are; `messages` holds the first ones. */
  total: number;
  gaps: GapView[];
}

export interface EventView {
  seq: SeqNumber;
  ns: number;
  kind: string;
  process: ProcessNumber;
  peer: ProcessNumber;
  fn: string | undefined;
  cause: SeqNumber;
  text: Text;
  /** It raised, was sent nowhere, crashed. */
  bad: boolean;
  /** Other facts of the flags column: `found` (state as found), `changed`, `clamped`, `in`. */
  notes: string[];
}
export interface EventsResult {
  at: MomentView;
  before: EventView[];
  after: EventView[];
  /** Whether there is more on that side. */
  moreBefore: boolean;
  moreAfter: boolean;
}
export interface EventDetail {
  event: EventView;
  terms: TreeNode[];
  /** The chain of causes, nearest first. */
  causes: EventView[];
}

export interface SearchResult {
  matches: EventView[];
  /** Where the search stands; go on from here. */
  seq: SeqNumber;
  done: boolean;
}

export interface OriginResult {
  /** The state event that gave the value its present form; undefined: it was so when recording began, or further back than looked. */
  found: (MomentView & { cause: CauseView | undefined; before: string | undefined; after: string }) | undefined;
  looked: number;
  /** Changes looked through without an answer; the history goes on. */
  gaveUp: boolean;
}

/** Parameters and results by method. `params` are checked by `schemas.ts`, which must agree with these. */
export interface Methods
  extends
    AreaMethods,
    CodeMethods,
    CompareMethods,
    HereMethods,
    MarksMethods,
    OccasionsMethods,
    RaisesMethods,
    SqlMethods,
    ProcessMethods {
  info: { params: Record<string, never>; result: InfoView };
  processes: { params: { since?: number; after?: number; limit?: number }; result: ProcessesResult };
  crashes: { params: { seq: SeqNumber }; result: CrashesResult };
  moment: { params: { text: string }; result: MomentView };
  /** The whole state as the language prints it, over several lines; empty: none is known. */
  stateText: { params: { process: ProcessNumber; at: At }; result: { text: string } };
  /** `base`: what the state is compared with; else the one before its last change. */
  process: { params: { process: ProcessNumber; at: At; base?: At }; result: ProcessPanel };
  events: {
    params: { at: At; processes?: ProcessNumber[]; kinds?: string[]; before: number; after: number };
    result: EventsResult;
  };
  event: { params: { seq: SeqNumber }; result: EventDetail };
  search: {
    params: { text: string; from: SeqNumber; reverse?: boolean; processes?: ProcessNumber[]; limit?: number };
    result: SearchResult;
  };
  origin: { params: { process: ProcessNumber; at: At; path: string[] }; result: OriginResult };
  /** Messages between processes around a moment; of none named, between those that speak most (with `about`). */
  sequence: {
    params: {
      processes: ProcessNumber[];
      about?: ProcessNumber;
      at: At;
      /** Only of this part of time. */
      window?: { fromNs: number; toNs: number };
      /** So many on each side of the moment at most; 80 unless told. */
      each?: number;
    };
    result: SequenceResult;
  };
  /** Moments worth a look, a stretch of the recording at a time. */
  interesting: { params: { seq: SeqNumber }; result: InterestingResult };
  /** Every change of how deep is recorded, in order. */
  plans: { params: { seq: SeqNumber }; result: PlansResult };
}
export interface BinaryMethods extends LaneMethods, SystemMethods {
  timeline: {
    params: { fromNs: number; toNs: number; bins: number; processes: ProcessNumber[] };
    meta: { fromNs: number; binNs: number; bins: number; processes: ProcessNumber[] };
    columns: { counts: Uint32Array; kinds: Uint32Array };
  };
  /**
   * Births and ends (-1: none) of the processes after number `after`, one a row. Those of a large recording are looked up in turns: no rows until they are
   * all `exact`, ask again.
   */
  lives: {
    params: { after: number; limit?: number };
    meta: { exact: boolean; more: boolean };
    columns: { spawnNs: Float64Array; exitNs: Float64Array };
  };
  /** All processes together, for the map of the whole recording. While not `done` it is only nearly right: ask again. */
  overview: {
    params: { bins: number };
    meta: { binNs: number; bins: number; ns: number; done: boolean };
    columns: { counts: Uint32Array; kinds: Uint32Array };
  };
  /** Single events, when few enough lie in the window; `total` > rows: use the timeline instead. */
  marks: {
    params: { fromNs: number; toNs: number; processes: ProcessNumber[]; limit: number };
    meta: { complete: boolean };
    columns: { ns: Float64Array; seq: Float64Array; process: Uint32Array; kind: Uint8Array; flags: Uint8Array };
  };
  slices: {
    params: { fromNs: number; toNs: number; processes: ProcessNumber[]; limit: number };
    meta: { total: number; names: string[] };
    columns: {
      startNs: Float64Array;
      endNs: Float64Array;
      seq: Float64Array;
      process: Uint32Array;
      /** Index into `names`. */
      name: Uint32Array;
      raised: Uint8Array;
    };
  };
  /** What looks at a process showed, in order; of the node for process 0 (its run queue in `mailbox`). */
  memory: {
    params: { fromNs: number; toNs: number; process: ProcessNumber; limit: number };
    meta: { complete: boolean };
    columns: { ns: Float64Array; bytes: Float64Array; mailbox: Float64Array };
  };
  compareAlign: CompareColumns['compareAlign'];
  arrows: {
    params: { fromNs: number; toNs: number; processes: ProcessNumber[]; limit: number };
    meta: { total: number };
    columns: {
      sendSeq: Float64Array;
      sendNs: Float64Array;
      arriveSeq: Float64Array;
      arriveNs: Float64Array;
      handleSeq: Float64Array;
      handleNs: Float64Array;
      from: Uint32Array;
      to: Uint32Array;
    };
  };
}
export type MethodName = keyof Methods | keyof BinaryMethods;
export type ColumnType = 'u8' | 'u32' | 'f64';
/** The JSON in front of a binary reply. */
export interface BinaryHead {
  meta: unknown;
  columns: { name: string; type: ColumnType; length: number }[];
}
