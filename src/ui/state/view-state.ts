import type {
  ChangesResult,
  CodeView,
  EventDetail,
  EventsResult,
  HereLines,
  InfoView,
  ProcessPanel,
  ValueTrail,
} from '../../server/index.js';
import type { MarkDraft } from '../marks/mark-list.js';
import type { Family } from '../model/families.js';
import type { PrintWish } from '../prints/wish.js';

import type { Kept } from './kept.js';
import { noTotals, type Totals } from './totals.js';

export type Theme = 'auto' | 'light' | 'dark';

/** From the whole down to one value. */
export const LEVELS = ['system', 'application', 'process', 'module', 'function', 'line', 'expression'] as const;
export type Level = (typeof LEVELS)[number];

/** What one step is. */
export const STEP_UNITS = ['event', 'message', 'change', 'callback', 'line'] as const;
export type StepUnit = (typeof STEP_UNITS)[number];

/** What the large place shows. */
export const MAIN_VIEWS = ['timeline', 'system', 'compare', 'query'] as const;
export type MainView = (typeof MAIN_VIEWS)[number];

/** How the answer to a question in SQL is drawn; `auto`: as its columns suggest. */
export const CHART_KINDS = ['auto', 'bar', 'line', 'scatter', 'none'] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

/** What colour and size of a process tell in the constellation. */
export const HEATS = ['none', 'cpu', 'memory', 'mailbox', 'messages', 'errors'] as const;
export type Heat = (typeof HEATS)[number];

/** How lanes are put together, and in which order they stand inside of a group. */
export const GROUPINGS = ['supervisor', 'application', 'node', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const SORTINGS = ['start', 'name', 'events', 'messages', 'running', 'memory', 'mailbox'] as const;
export type Sorting = (typeof SORTINGS)[number];

/** A part of the timeline whose totals are shown. */
export interface Area {
  fromNs: number;
  toNs: number;
  /** Undefined: all processes. */
  processes: readonly number[] | undefined;
}

/** One of the two executions that are looked at side by side. */
export interface Side {
  /** 0: the recording itself; 1: the one that it was opened with. */
  recording: number;
  process: number;
  /** Where its comparison begins; 0: at its beginning. */
  fromSeq: number;
}

export interface SourcePlace {
  /** Undefined: nothing chosen yet. */
  module: string | undefined;
  /** The line looked at, 0: none. */
  line: number;
  /** Chosen by hand: stays while one moves to other code. */
  pinned: boolean;
  /** Counts up when the line is to be shown again. */
  nonce: number;
}

/** Everything that the view shows, apart from the tables of processes and timeline tiles, which only count versions here. */
export interface ViewState {
  link: 'connecting' | 'open' | 'lost';
  /** Why the recording could not be shown at all. */
  failure: string | undefined;
  info: InfoView | undefined;
  /** Counts up when the table of processes or the crashes changed. */
  processesVersion: number;
  crashesVersion: number;
  plansVersion: number;

  /** The playhead. `seq` undefined: everything up to `ns`. */
  moment: { ns: number; seq: number | undefined };
  /** The visible window. */
  window: { fromNs: number; toNs: number };
  /** Of the lanes, in CSS pixels. */
  scrollTop: number;
  /** The selected process; 0: none. */
  selected: number;
  /** The event whose details are shown; 0: none. */
  event: number;
  /** The playhead stays at the end of a live recording. */
  following: boolean;
  playing: boolean;
  hidden: ReadonlySet<Family>;
  toggled: ReadonlySet<string>;
  filter: string;
  theme: Theme;
  help: boolean;
  omnibox: boolean;

  /** The chosen frame, by its call; 0: the innermost. */
  frame: number;
  /** The source panel; undefined: closed. */
  source: SourcePlace | undefined;
  /** Expressions at lines of sources, and which of them is looked at (-1: none). */
  prints: readonly PrintWish[];
  print: number;
  /** The messages panel: between these processes, of none named as they come; undefined: closed. */
  sequence: readonly number[] | undefined;
  /** Share of the height that the source or messages take. */
  split: number;
  speed: number;
  unit: StepUnit;
  /** Processes whose lanes are tall. */
  tall: ReadonlySet<number>;

  main: MainView;
  /** The constellation. */
  flat: boolean;
  /** From where one looks, as text; undefined: so that everything is in view. */
  camera: string | undefined;
  colour: Heat;
  size: Heat;
  /** The view stays with the selected process. */
  follow: boolean;
  /** Applications that are drawn as one. */
  closedApplications: ReadonlySet<string>;
  grouping: Grouping;
  sorting: Sorting;
  /** Processes whose lanes stand first, in this order. */
  pinned: readonly number[];
  area: Area | undefined;
  /** What is shown of the area's totals. */
  totals: Totals;
  /** Messages stand one a row, or where their time is in the window. */
  sequenceScale: 'rows' | 'time';
  /** The state is compared with that at this moment rather than with the one before. */
  base: { ns: number; seq: number } | undefined;
  /** The level of zoom that was gone to, of this process and module; undefined: as follows from what is open. */
  focus: { level: Level; selected: number; module: string | undefined; label: string | undefined } | undefined;
  /** Both states stand beside each other. */
  sides: boolean;
  /** The two executions, and the row of their alignment that is looked at. */
  compare: { left: Side; right: Side; row: number } | undefined;
  /** Counts up when bookmarks and notes changed. */
  marksVersion: number;
  /** The list of bookmarks is open. */
  marks: boolean;
  /** The bookmark that was jumped to or made last; empty: none. */
  mark: string;
  /** The value that it stands on, as the tree of the state names its parts. */
  markedValue: { process: number; labels: readonly string[] } | undefined;
  /** The bookmark that is being made or changed. */
  markDraft: MarkDraft | undefined;
  /** The text whose next and previous occurrence are jumped to. */
  match: string;
  /** The film runs back. */
  backwards: boolean;
  /** The question in SQL whose answer is shown, and how. */
  query: { text: string; chart: ChartKind };
  /** What was chosen by hand inside of panels, by name (panels/use-kept.ts). */
  kept: Kept;

  /** The moment that panel, code and events speak of; another than `moment` while an answer is under way. */
  answered: ViewState['moment'] | undefined;
  panel: ProcessPanel | undefined;
  /** Where the selected process stands in its code. */
  code: CodeView | undefined;
  /** The changes of its state around the moment. */
  changes: ChangesResult | undefined;
  /** What stands beside the lines of the open source. */
  lines: HereLines | undefined;
  panelError: string | undefined;
  events: EventsResult | undefined;
  detail: EventDetail | undefined;
  /** The answer to "who set this value?", by the path asked for. */
  origin: { path: string[]; process: number; seq: number; result: ValueTrail | undefined } | undefined;
  /** A line at the bottom for what just failed or was not found. */
  notice: string | undefined;
}

export const initialState: ViewState = {
  link: 'connecting',
  failure: undefined,
  info: undefined,
  processesVersion: 0,
  crashesVersion: 0,
  plansVersion: 0,
  moment: { ns: 0, seq: undefined },
  window: { fromNs: 0, toNs: 1e9 },
  scrollTop: 0,
  selected: 0,
  event: 0,
  following: false,
  playing: false,
  hidden: new Set<Family>(['system']),
  toggled: new Set(),
  filter: '',
  theme: 'auto',
  help: false,
  omnibox: false,
  frame: 0,
  source: undefined,
  prints: [],
  print: -1,
  sequence: undefined,
  split: 0.46,
  speed: 1,
  unit: 'event',
  tall: new Set(),
  main: 'timeline',
  flat: false,
  camera: undefined,
  colour: 'messages',
  size: 'memory',
  follow: false,
  closedApplications: new Set(),
  grouping: 'supervisor',
  sorting: 'start',
  pinned: [],
  area: undefined,
  totals: noTotals,
  sequenceScale: 'rows',
  base: undefined,
  focus: undefined,
  sides: false,
  compare: undefined,
  marksVersion: 0,
  marks: false,
  mark: '',
  markedValue: undefined,
  markDraft: undefined,
  match: '',
  backwards: false,
  query: { text: '', chart: 'auto' },
  kept: new Map(),
  answered: undefined,
  panel: undefined,
  code: undefined,
  changes: undefined,
  lines: undefined,
  panelError: undefined,
  events: undefined,
  detail: undefined,
  origin: undefined,
  notice: undefined,
};

/** The recording has a process of this number, whether or not what is told of it has come yet. */
export const isRecorded = ({ info }: Pick<ViewState, 'info'>, process: number): boolean =>
  process > 0 && process <= (info?.processes ?? 0);
