import type { EventDetail, EventsResult, InfoView, OriginResult, ProcessPanel } from '../../server/index.js';
import type { Family } from '../model/families.js';

export type Theme = 'auto' | 'light' | 'dark';

/** Everything that the view shows, apart from the tables of processes and timeline tiles, which only count versions here. */
export interface ViewState {
  link: 'connecting' | 'open' | 'lost';
  /** Why the recording could not be shown at all. */
  failure: string | undefined;
  info: InfoView | undefined;
  /** Counts up when the table of processes or the crashes changed. */
  processesVersion: number;
  crashesVersion: number;

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

  panel: ProcessPanel | undefined;
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
  panel: undefined,
  panelError: undefined,
  events: undefined,
  detail: undefined,
  origin: undefined,
  notice: undefined,
};
