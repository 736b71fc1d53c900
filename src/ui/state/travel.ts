/** Where in time one stands, and how one gets elsewhere. */
import type { At } from '../../server/index.js';
import type { Session } from './session.js';
import type { ViewState } from './view-state.js';

export class Travel {
  constructor(private readonly session: Session) {}

  /** The moment, as a question names it. */
  at(): At {
    const { moment } = this.session.state;
    return moment.seq === undefined ? { ns: Math.floor(moment.ns) } : { seq: moment.seq };
  }

  to(moment: ViewState['moment'], options: { keepFollowing?: boolean } = {}): void {
    const { session } = this;
    const end = session.state.info?.end.ns ?? 0;
    const ns = Math.min(Math.max(0, Math.round(moment.ns)), end);
    session.store.set({
      moment: { ns, seq: moment.seq },
      following: options.keepFollowing === true && session.state.following,
      origin: undefined,
    });
    session.refreshPanel();
  }

  /** The next picture of a film: not rounded, since at a thousandth of real time a picture lasts 16 µs. */
  play(ns: number): void {
    const { session } = this;
    const end = session.state.info?.end.ns ?? 0;
    session.store.set({
      moment: { ns: Math.min(ns, end), seq: undefined },
      following: false,
      frame: 0,
      origin: undefined,
    });
    session.revealMoment();
    session.refreshPanel();
  }

  /** To a moment as written by a person. False when it is not one. */
  async toText(text: string, options: { reveal?: boolean } = {}): Promise<boolean> {
    const { session } = this;
    try {
      const moment = await session.client.ask('moment', { text });
      this.to(moment);
      if (options.reveal !== false) session.revealMoment();
      return true;
    } catch (error) {
      session.fail(error);
      return false;
    }
  }

  /** To an event: the moment after it, its process, its details. */
  jump(
    event: { seq: number; ns: number; process: number },
    options: { keepProcess?: boolean; detail?: boolean } = {},
  ): void {
    const { session } = this;
    session.keepPlace();
    const before = session.state.selected;
    const selected = options.keepProcess === true || event.process === 0 ? before : event.process;
    session.store.set({
      selected,
      event: options.detail === false ? 0 : event.seq,
      detail: undefined,
      playing: false,
      ...(selected === before ? {} : { frame: 0 }),
    });
    this.to({ ns: event.ns, seq: event.seq });
    session.revealMoment();
    session.revealProcess(selected);
    if (options.detail !== false) void session.fetchDetail(event.seq);
  }

  async jumpToSeq(seq: number, options: { keepProcess?: boolean } = {}): Promise<void> {
    if (seq === 0) return;
    try {
      const { event } = await this.session.client.ask('event', { seq });
      this.jump(event, options);
    } catch (error) {
      this.session.fail(error);
    }
  }

  /** To the end, and of a live recording along with it. */
  follow(): void {
    const { session } = this;
    const { info } = session.state;
    if (info === undefined) return;
    session.store.set({ moment: { ns: info.end.ns, seq: info.end.seq }, following: info.live, playing: false });
    session.revealMoment();
    session.refreshPanel();
  }
}
