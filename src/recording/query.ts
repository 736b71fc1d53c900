/**
 * Every question about the past. All faces (command line, server, later editors and agents) ask a recording through this interface and
 * nothing else. All answers are synchronous: they read a few columns of a few blocks.
 */
import type { Term } from '../term/index.js';
import type { CodeQuestions } from './code.js';
import type { PastQuestions } from './past.js';
import type {
  EventKind,
  FunctionId,
  FunctionInfo,
  Gap,
  Moment,
  NodeInfo,
  ProcessId,
  ProcessInfo,
  Seq,
} from './model.js';

export interface RecordingInfo {
  format: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Span in nanoseconds. */
  ns: number;
  nodes: NodeInfo[];
  /** Those of the window, where it is one; the last of them is `end().seq`. */
  events: number;
  /** Only kinds that occur. */
  kinds: Partial<Record<EventKind, number>>;
  processes: number;
  gaps: Gap[];
  /** On disk. */
  bytes: number;
  /** Still being written by a live recorder. */
  live: boolean;
  /** What the program was, e.g. `mix test`; undefined for attach. */
  command: string | undefined;
  exitStatus: string | undefined;
  /** Set when the disk was full or failed: the recording ends there, and so many events more were seen. */
  brokeOff?: { why: string; lost: number };
  /** Set when the recording is a window of a longer one: it begins here, and what stood then is known. */
  window?: { fromNs: number };
}

/** One event, its payload decoded. */
export interface RecordedEvent {
  seq: Seq;
  ns: number;
  kind: EventKind;
  flags: number;
  process: ProcessId;
  peer: ProcessId;
  /** Of an event of no process: its node; not there: the first. */
  node?: number;
  fn: FunctionId;
  cause: Seq;
  terms: Term[];
}

export interface EventFilter {
  processes?: readonly ProcessId[];
  kinds?: readonly EventKind[];
  functions?: readonly FunctionId[];
  /** Inclusive. */
  from?: Moment;
  /** Inclusive. */
  to?: Moment;
}

/** The state of a process at a moment and where it came from. */
export interface StateAnswer {
  /** The state event in force. */
  seq: Seq;
  ns: number;
  value: Term;
  /** The value before the last change, where recorded. */
  previous: { seq: Seq; value: Term } | undefined;
  /** The event that last changed it: its handle, the message it handled, who sent that. Undefined: as found at the start. */
  changed:
    | { seq: Seq; ns: number; fn: FunctionId; message: Term | undefined; from: ProcessId; sendSeq: Seq; arriveSeq: Seq }
    | undefined;
  /** Gaps between that change and the moment asked for: the value may be older than it looks. */
  gaps: Gap[];
}

export interface MailboxAnswer {
  /** In order of arrival. */
  messages: { seq: Seq; ns: number; from: ProcessId; message: Term }[];
  /** How many there are; larger than `messages` when a limit was given. */
  total: number;
  /**
   * Whether handling is recorded for this process. False for plain processes: then these are all arrivals so far and nobody knows which of
   * them were taken.
   */
  exact: boolean;
  gaps: Gap[];
}

/** A process as it was at a moment. */
export interface ProcessAt {
  id: ProcessId;
  name: string | undefined;
  parent: ProcessId;
  /** Undefined when handling is not recorded. */
  mailbox: number | undefined;
  /** Bytes of the recorded state, undefined when none is known. */
  stateBytes: number | undefined;
  links: ProcessId[];
}

/** A strip of the timeline for each asked process. Bin i covers [fromNs + i*binNs, fromNs + (i+1)*binNs). */
export interface Timeline {
  fromNs: number;
  binNs: number;
  bins: number;
  /** Width of the rollup's own bins where events were counted from it: each may lie half of that off. 0: every event was looked at. */
  rollupNs: number;
  processes: ProcessId[];
  /** processes × bins: number of events, saturating. */
  counts: Uint32Array;
  /** processes × bins: bit k set = kind code k occurs. */
  kinds: Uint32Array;
}

/** A callback or call with its end, for drawing. `endNs` = -1: had not ended in the recording. */
export interface Slice {
  process: ProcessId;
  seq: Seq;
  fn: FunctionId;
  startNs: number;
  endNs: number;
  raised: boolean;
}

/** A message that was sent and where it went. `arriveNs`/`handleNs` = -1: not (yet). */
export interface Arrow {
  sendSeq: Seq;
  sendNs: number;
  from: ProcessId;
  to: ProcessId;
  arriveSeq: Seq;
  arriveNs: number;
  handleSeq: Seq;
  handleNs: number;
}

export interface Recording extends PastQuestions, CodeQuestions {
  readonly path: string;
  info(): RecordingInfo;
  /** Picks up what was written since; true when there was something. */
  refresh(): boolean;
  close(): void;

  /** All processes of the recording, by id - 1. */
  processes(): readonly ProcessInfo[];
  function(id: FunctionId): FunctionInfo | undefined;
  /** `<0.123.0>`, `0.123.0`, a registered name (`Shop.Stock`, `:kernel_sup`) or a process id `p12`; the incarnation alive at `at` wins. */
  findProcess(text: string, at?: Moment): ProcessId | undefined;

  /** Before all events; of a window: where it begins. Earlier moments are taken for this one. */
  start(): Moment;
  end(): Moment;
  /** The moment after event `seq`. */
  momentOf(seq: Seq): Moment;
  /** The last moment at or before `ns`. */
  momentAt(ns: number): Moment;

  event(seq: Seq): RecordedEvent | undefined;
  /** In order (`reverse`: backwards from `to`), lazily. */
  events(filter: EventFilter, options?: { reverse?: boolean }): IterableIterator<RecordedEvent>;
  /** The first event of a process after `from` (direction 1) or before it (-1; the event at `from` itself excluded). */
  nextEvent(
    process: ProcessId,
    from: Moment,
    direction: 1 | -1,
    filter?: Pick<EventFilter, 'kinds' | 'functions'>,
  ): RecordedEvent | undefined;

  state(process: ProcessId, at: Moment): StateAnswer | undefined;
  /** Every change of a process's state up to `to`, newest first, lazily; without values. */
  stateChanges(process: ProcessId, to: Moment): IterableIterator<{ seq: Seq; ns: number }>;
  /**
   * What arrived and was not taken yet. A behaviour takes messages in order, so handling one means that all before it are gone: handled, or
   * received inside a callback (as replies are). After the last handling that is recorded, what looks like a reply (`{reference, _}`) and
   * arrived during a callback that has ended counts as received. Behaviours with an order of their own (gen_server2) leave what they have not
   * handled, as long as nothing says that they never will: that they did handle what came later. The dead have no mailbox. `limit`: the oldest so many (the newest where
   * the answer is not exact).
   */
  mailbox(process: ProcessId, at: Moment, limit?: number): MailboxAnswer;
  links(process: ProcessId, at: Moment): ProcessId[];
  alive(process: ProcessId, at: Moment): boolean;
  /** The processes alive at a moment. */
  processesAt(at: Moment): ProcessAt[];

  /**
   * A window over up to 1,048,576 events is exact. A longer one comes from a rollup, whose own bins (`rollupNs`; a segment of four million
   * events has up to 2,048) count where their middle lies.
   */
  timeline(query: { fromNs: number; toNs: number; bins: number; processes: readonly ProcessId[] }): Timeline;
  /**
   * Callbacks and calls that touch the window, at most `limit` (the longest win), in order of their beginning. A call that covers the whole
   * window is found only when it began at most 131,072 events before it.
   */
  slices(query: { fromNs: number; toNs: number; processes: readonly ProcessId[]; limit: number }): {
    slices: Slice[];
    total: number;
  };
  /**
   * Messages whose send lies in the window and that one of the processes sent or gets, at most `limit` (taken evenly), in order of sending.
   */
  arrows(query: { fromNs: number; toNs: number; processes: readonly ProcessId[]; limit: number }): {
    arrows: Arrow[];
    total: number;
  };
  /** Gaps touching a window. */
  gaps(fromNs: number, toNs: number): Gap[];
}
