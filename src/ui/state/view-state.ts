import type { CodeView, EventDetail, EventsResult, InfoView, OriginResult, ProcessPanel } from '../../server/index.js';
import type { Family } from '../model/families.js';

export type Theme = 'auto' | 'light' | 'dark';

/** What one step is. */
export const STEP_UNITS = ['event', 'message', 'change', 'callback', 'line'] as const;
export type StepUnit = (typeof STEP_UNITS)[number];

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
  /** The messages panel: between these processes, of none named as they come; undefined: closed. */
  sequence: readonly number[] | undefined;
  /** Share of the height that the source or messages take. */
  split: number;
  speed: number;
  unit: StepUnit;
  /** Processes whose lanes are tall. */
  tall: ReadonlySet<number>;

  /** The moment that panel, code and events speak of; another than `moment` while an answer is under way. */
  answered: ViewState['moment'] | undefined;
  panel: ProcessPanel | undefined;
  /** Where the selected process stands in its code. */
  code: CodeView | undefined;
  panelError: string | undefined;
  events: EventsResult | undefined;
  detail: EventDetail | undefined;
  /** The answer to "who set this value?", by the path asked for. */
  origin: { path: string[]; process: number; result: OriginResult | undefined } | undefined;
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
  sequence: undefined,
  split: 0.46,
  speed: 1,
  unit: 'event',
  tall: new Set(),
  answered: undefined,
  panel: undefined,
  code: undefined,
  panelError: undefined,
  events: undefined,
  detail: undefined,
  origin: undefined,
  notice: undefined,
};
