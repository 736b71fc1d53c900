/** Questions about what changed, who caused it, and where something occurs: types. `Recording` answers them. */
import type { Hit, Path, Pattern, Resolved, Term } from '../term/index.js';
import type { FunctionId, Gap, Moment, ProcessId, Seq } from './model.js';
import type { EventFilter, RecordedEvent, StateAnswer } from './query.js';

/** A part of a state: a path into it, or whatever finds it. */
export type Part = Path | ((whole: Term) => Resolved);

export interface HistoryQuery {
  /** Only changes of this part. Without it: of the state as a whole. */
  part?: Part;
  /** Inclusive. */
  from?: Moment;
  /** Inclusive. */
  to?: Moment;
  /** Newest first. */
  reverse?: boolean;
  /** Asked before each state; `false` ends the search. */
  goOn?: () => boolean;
}

/** A change of a process's state, or of a part of it. */
export interface StateChange {
  /** The state event. */
  seq: Seq;
  ns: number;
  /** The state (or its part) from here on. `cut`: that part was not recorded here. */
  value: Resolved;
  /** Just before. Undefined: no earlier state is recorded. */
  before: Resolved | undefined;
  /** Whole states, of which these are parts. */
  state: Term;
  stateBefore: Term | undefined;
  /** False: what was recorded before and after agrees, but one of them was not recorded whole. */
  certain: boolean;
  /** Seen like this when recording began or after a gap: nobody recorded what made it so. */
  found: boolean;
  /** Handle, message and sender, as `state` tells them. */
  cause: StateAnswer['changed'];
}

/** Why a trail goes no further back. */
export type TrailEnd =
  /** The state was found like this when recording began or after a gap. */
  | 'found'
  /** It is not recorded which callback did it. */
  | 'no callback'
  /** The callback began for no message, or it is not known for which: a timeout, `init` of a process that was there before. */
  | 'no message'
  /** The message arrived, its sending is not recorded: from another node, a port, a timer, or before the recording. */
  | 'no send'
  /** Code outside of any recorded callback did it, and the last message that it had got is no answer (there is none, or it was asked already). */
  | 'plain code'
  /** Who started the process is not known. */
  | 'no parent'
  /** Hundreds of steps back. */
  | 'limit';

export interface TrailStep {
  event: RecordedEvent;
  /**
   * False from where a process acted outside of any recorded callback: the step is then the last message that it had got, which may or may
   * not be why.
   */
  sure: boolean;
}

export interface Trail {
  /** Newest first: each follows from the next. */
  steps: TrailStep[];
  end: TrailEnd;
  /** The process where it ends; 0 unknown. */
  process: ProcessId;
  /** Gaps that touch the time from the oldest step to the newest. */
  gaps: Gap[];
}

/** Who wrote a part of a state. */
export interface OriginAnswer {
  /** The change that gave the part the value it has; undefined when it was not found within what was looked at. */
  change: StateChange | undefined;
  trail: Trail | undefined;
  /** States looked at. */
  looked: number;
  /** `goOn` ended the search. */
  gaveUp: boolean;
  /** Gaps between the change and the moment asked for. */
  gaps: Gap[];
}

/** What to look for; all that is given must hold. */
export interface OccurrenceQuery extends EventFilter {
  /** Inside a binary, atom, charlist or what was recorded as text. Case counts. */
  text?: string;
  /** A value somewhere in the terms that matches, for certain. */
  pattern?: Pattern;
  /** Only errors, as `isError` says. */
  errors?: boolean;
}

export interface Occurrence {
  event: RecordedEvent;
  /** Where in its terms, at most a few dozen; empty where neither text nor pattern was asked for. */
  places: (Hit & { term: number })[];
}

/** A callback that raised or a process that ended badly (`isCrash`). */
export interface Crash {
  seq: Seq;
  ns: number;
  process: ProcessId;
  /** The callback, 0 for none. */
  fn: FunctionId;
  /** `{class, reason, stack}` of a callback; the exit reason of a process. */
  reason: Term | undefined;
  /** Its end, where the process died of it. */
  exitSeq: Seq;
  /** The crash of a linked process that took this one along, 0 for none. */
  follows: Seq;
}

/** A message that had been sent and had not arrived. */
export interface FlyingMessage {
  sendSeq: Seq;
  ns: number;
  from: ProcessId;
  /** 0: not known and never arrived. */
  to: ProcessId;
  message: Term;
  /** 0: no arrival is recorded. */
  arriveSeq: Seq;
}

export interface RegisteredName {
  name: string;
  process: ProcessId;
}

/** The part of `Recording` that looks through the past rather than at one moment. */
export interface PastQuestions {
  /** Changes of a process's state or of one part of it, each with its cause, lazily. */
  history(process: ProcessId, query?: HistoryQuery): IterableIterator<StateChange>;
  /** Who wrote the value that a part of the state has at a moment. Undefined: no state is known then. */
  origin(process: ProcessId, at: Moment, part?: Part, goOn?: () => boolean): OriginAnswer | undefined;
  /** From an event back through what it followed from: callback, message, sender's callback… */
  trail(seq: Seq): Trail;
  /** Events in which something occurs, in order (or backwards from `to`), lazily. */
  occurrences(query: OccurrenceQuery, options?: { reverse?: boolean }): IterableIterator<Occurrence>;
  /** Every crash once, in order: the end of a process whose callback raised belongs to that. */
  crashes(filter?: Pick<EventFilter, 'from' | 'to' | 'processes'>): IterableIterator<Crash>;
  /**
   * Messages sent up to a moment that arrive later; and those without a recorded arrival whose receiver lives and has not got anything that was
   * sent later. Looked for among the 131,072 events before and after the moment. In order of sending.
   */
  inFlight(at: Moment): FlyingMessage[];
  /** The names registered at a moment, by name. */
  names(at: Moment): RegisteredName[];
}
