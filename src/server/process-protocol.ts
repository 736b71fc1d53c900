/** The part of the protocol that speaks of one process in time: its history, comparisons, who wrote a value, whom it knew since when. */
import type { At, GapView, MomentView, ProcessNumber, SeqNumber, Text } from './protocol.js';

/** The history of a process in so many cells of equal length. Kinds of a cell: 1 a callback or call, 2 a state written, 4 a crash. */
export interface StripResult {
  fromNs: number;
  binNs: number;
  /** By cell: how many changes of the state were counted, from the end of the window back, in the time there was. */
  changes: number[];
  /** By cell: which of the kinds occur. */
  kinds: number[];
  /** From here on all were counted; before it, `kinds` says where a state was written. */
  exactFromNs: number;
  /** Where to go on counting: pass it as `beforeSeq`; 0: all were counted. */
  beforeSeq: SeqNumber;
  /** Of the counted ones. */
  total: number;
  crashes: MomentView[];
}

/** One step of a process's history. */
export interface HistoryStep extends MomentView {
  what: 'found' | 'change' | 'crash' | 'start' | 'end';
  /** `handle_cast`, without module; undefined: not known. */
  callback: string | undefined;
  message: Text | undefined;
  from: ProcessNumber;
  /** The first difference; undefined: none was looked for, as the state is too large for the time there was, or there is none. */
  path: string | undefined;
  before: string | undefined;
  after: string | undefined;
  /** Further differences. */
  more: number;
}
export interface ChangesResult {
  at: MomentView;
  /** Before the one in force, oldest first. */
  before: HistoryStep[];
  /** The one that the state of the moment comes from. */
  now: HistoryStep | undefined;
  after: HistoryStep[];
}

/** One line of two values written side by side; a side that is undefined has no such line. */
export interface SideLine {
  before: string | undefined;
  after: string | undefined;
  /** Lines here are the same and left out. */
  folded?: number;
}
export interface SideResult {
  /** Undefined: no state is known there. */
  before: { seq: SeqNumber; ns: number } | undefined;
  after: { seq: SeqNumber; ns: number } | undefined;
  lines: SideLine[];
  /** Lines that are not listed. */
  more: number;
  /** The values are so long that what comes after these lines was not compared. */
  cut: boolean;
  /** Lines of each that differ. */
  differ: number;
}

export interface TrailStepView extends MomentView {
  what: 'state' | 'callback' | 'message' | 'call' | 'start' | 'event';
  process: ProcessNumber;
  /** The receiver of a message. */
  to: ProcessNumber;
  /** `Shop.Stock.handle_call/3`. */
  fn: string | undefined;
  /** The message, the arguments, the value; before it, what it was. */
  text: Text | undefined;
  before: string | undefined;
  /** What part of the state, or where in the message or arguments the value lies: `items → 0`; empty: all of it. */
  place: string | undefined;
  /**
   * Whether the value that was asked for is in it: all of it, a part of it that was new, or not as it is, so that from here on the steps are
   * only causes. `maybe`: it is there, but so common a value that it may be chance.
   */
  holds: 'value' | 'part' | 'maybe' | 'no';
  /** Variables, arguments and parts of the sender's state that held the value when it sent the message. */
  carriers: { what: 'variable' | 'state'; name: string }[];
  /** False: a guess; the process acted outside of any recorded callback. */
  sure: boolean;
  /** Nanoseconds from the step before in time (a message's way); -1: not known. */
  tookNs: number;
}
export interface ValueTrail {
  /** Newest first. */
  steps: TrailStepView[];
  /** Why it goes no further, in a sentence. */
  end: string;
  /** States looked through; more there were than time. */
  looked: number;
  gaveUp: boolean;
  gaps: GapView[];
}

/** Somebody whom a process knows, and since when. */
export interface RelationView {
  process: ProcessNumber;
  /** What it is called where it is no process that is known, a name or another node's. */
  text: string | undefined;
  /** The event that tells; 0: it was so when recording began. */
  seq: SeqNumber;
  ns: number;
  /** `spawn_link`, `handle_info`, what was under way; undefined: not known. */
  why: string | undefined;
  /** When it ended; 0: it stands. */
  endSeq: SeqNumber;
  endNs: number;
  /** How it ended. */
  ended: string | undefined;
}
export interface RelationsResult {
  at: MomentView;
  parent: RelationView | undefined;
  /** Those that stand first, then the newest of the past. */
  links: RelationView[];
  monitors: RelationView[];
  monitoredBy: RelationView[];
  children: RelationView[];
  /** How many there are, of which those are the first. */
  totals: { links: number; monitors: number; monitoredBy: number; children: number };
  /** Monitors are recorded one by one; else only what `DOWN` messages tell is known. */
  monitorsRecorded: boolean;
  /** Looked back no further than this: what is older is known without its beginning. */
  sinceNs: number;
}

export interface ProcessMethods {
  strip: {
    params: { process: ProcessNumber; fromNs: number; toNs: number; bins: number; beforeSeq?: SeqNumber };
    result: StripResult;
  };
  changes: { params: { process: ProcessNumber; at: At; before: number; after: number }; result: ChangesResult };
  /** Two states of a process side by side: at `base` (the one before the last change, where none is named) and at `at`. */
  sideBySide: { params: { process: ProcessNumber; at: At; base?: At }; result: SideResult };
  /** Who wrote a part of the state, back across processes. */
  valueTrail: { params: { process: ProcessNumber; at: At; path: string[] }; result: ValueTrail };
  relations: { params: { process: ProcessNumber; at: At }; result: RelationsResult };
}
