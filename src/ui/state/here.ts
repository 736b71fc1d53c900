/**
 * What the panels show of the moment. It is asked for as a whole, so that no panel waits for another, and put into the state at once, so that they
 * change in one picture. One question is under way at a time; of those that come meanwhile only the last is asked. A step to the next event is
 * part of the question: nobody waits for two answers.
 */
import type { EventView, HereQuery, HereView } from '../../server/index.js';
import { AskError } from '../net/client.js';
import type { Session } from './session.js';
import type { ViewState } from './view-state.js';

/** Events on each side of the moment. */
const EVENTS = 40;
/** Changes of the state on each side. */
const CHANGES = 2;

export class Here {
  private wanted = false;
  private busy = false;
  /** Questions so far, and the last one whose answer is shown: an older answer that comes later is too late. */
  private asked = 0;
  private shown = 0;

  constructor(private readonly session: Session) {}

  /** Asks again; while an answer is under way, remembers that a newer one is wanted. */
  refresh(): void {
    this.wanted = true;
    if (!this.busy) void this.fetch();
  }

  /** To the next or previous event of the selected process (of all, where none is), with all that is to be shown there. Undefined: there is none. */
  async step(step: NonNullable<HereQuery['step']>, options: { detail: boolean }): Promise<EventView | undefined> {
    const { session } = this;
    const { selected, moment: before } = session.state;
    const number = ++this.asked;
    // Lines and calls are followed by their frame: the innermost again.
    const { frame: _, ...query } = this.query();
    const { stepped, view } = await session.client.ask('here', {
      ...query,
      step,
      ...(options.detail ? { detail: true } : {}),
    });
    if (stepped === undefined) return undefined;
    const moment = { ns: stepped.ns, seq: stepped.seq };
    const still = session.state.selected === selected && session.state.moment === before && number > this.shown;
    if (still) this.shown = number;
    session.store.set({
      moment,
      event: options.detail ? stepped.seq : 0,
      detail: still ? view?.detail : undefined,
      playing: false,
      following: false,
      frame: 0,
      origin: undefined,
      ...(still && view !== undefined ? this.state(view, moment) : {}),
    });
    session.revealMoment();
    if (!still) {
      this.refresh();
      if (options.detail) void session.fetchDetail(stepped.seq);
    }
    return stepped;
  }

  private async fetch(): Promise<void> {
    const { session } = this;
    this.busy = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        const { selected, moment } = session.state;
        if (session.state.link !== 'open') break;
        const number = ++this.asked;
        try {
          const { view } = await session.client.ask('here', this.query());
          if (session.state.selected !== selected || view === undefined || number < this.shown) continue;
          this.shown = number;
          session.store.set(this.state(view, moment));
        } catch (error) {
          if (error instanceof AskError && (error.code === 'superseded' || error.code === 'lost')) continue;
          session.store.set({ panelError: error instanceof Error ? error.message : String(error) });
        }
      }
    } finally {
      this.busy = false;
    }
  }

  private query(): HereQuery {
    const { selected, base, frame, source } = this.session.state;
    const { band } = this.session.code;
    return {
      at: this.session.at(),
      process: selected,
      ...(base === undefined ? {} : { base: { seq: base.seq } }),
      ...(frame === 0 ? {} : { frame }),
      each: EVENTS,
      changes: CHANGES,
      ...(source?.module === undefined || band === undefined
        ? {}
        : { lines: { module: source.module, ...band, follow: !source.pinned } }),
    };
  }

  /** What of the state an answer is. */
  private state(view: HereView, moment: ViewState['moment']): Partial<ViewState> {
    const { panel, events, code, changes, lines } = view;
    return {
      panel,
      events,
      code,
      changes,
      ...(lines === undefined ? {} : { lines }),
      answered: moment,
      panelError: undefined,
      ...this.session.code.followed(code),
    };
  }
}
