/** What a person can do, and what follows from it: the only place that changes the state and asks the server. */
import type { At, CrashView, PlanView, ProcessView, Tick } from '../../server/index.js';
import { LaneLayout } from '../model/lane-layout.js';
import { processName, type Lanes } from '../model/lanes.js';
import { MarkList } from '../marks/mark-list.js';
import { AskError, Client } from '../net/client.js';
import { QueryBook } from '../query/query-book.js';
import { Address } from './address.js';
import { Arrangement } from './arrangement.js';
import { CodeSession } from './code-session.js';
import { CompareSession } from '../compare/compare-session.js';
import { MomentFinder } from './moments.js';
import { Player } from './player.js';
import { Store } from './store.js';
import { Tables } from './tables.js';
import { initialState, type ViewState } from './view-state.js';

const PAGE = 40;
const MIN_WINDOW_NS = 200;

export class Session {
  readonly store = new Store<ViewState>(initialState);
  readonly client: Client;
  readonly code: CodeSession;
  readonly player: Player;
  readonly compare: CompareSession;
  private readonly address: Address;
  readonly moments: MomentFinder;
  readonly marks: MarkList;
  readonly query: QueryBook;
  readonly tables: Tables;
  private layoutCache: { key: unknown[]; layout: LaneLayout } | undefined;
  /** Which rows there are, and in which order. */
  readonly arrangement: Arrangement;
  private panelWanted = false;
  private panelBusy = false;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(address: Location) {
    const url = new URL('rpc', address.href);
    url.protocol = 'ws:';
    url.hash = '';
    this.client = new Client(url.href, {
      open: () => void this.begin(),
      lost: () => {
        this.store.set({ link: 'lost', playing: false });
      },
      tick: (tick) => {
        this.tick(tick);
      },
    });
    this.tables = new Tables(this);
    this.arrangement = new Arrangement(this);
    this.code = new CodeSession(this);
    this.player = new Player(this);
    this.compare = new CompareSession(this);
    this.moments = new MomentFinder(this);
    this.marks = new MarkList(this);
    this.query = new QueryBook(this);
    this.address = new Address(this);
  }

  /** By number - 1. */
  get processes(): readonly ProcessView[] {
    return this.tables.processes;
  }
  get crashes(): readonly CrashView[] {
    return this.tables.crashes;
  }
  get plans(): readonly PlanView[] {
    return this.tables.plans;
  }
  get state(): ViewState {
    return this.store.get();
  }

  process(id: number): ProcessView | undefined {
    return this.processes[id - 1];
  }
  name(id: number): string {
    const process = this.process(id);
    return process === undefined ? (id === 0 ? 'unknown' : `process ${String(id)}`) : processName(process);
  }

  /** Rows as the state asks for them; the same object until something that matters changes. */
  lanes(): Lanes {
    return this.arrangement.lanes();
  }

  /** Where the rows lie. */
  layout(): LaneLayout {
    const lanes = this.lanes();
    const { tall, info } = this.state;
    const charts = info?.kinds['memory'] !== undefined || info?.live === true;
    const key = [lanes, tall, charts];
    if (this.layoutCache?.key.every((each, i) => each === key[i]) !== true)
      this.layoutCache = { key, layout: new LaneLayout(lanes.rows, tall, charts) };
    return this.layoutCache!.layout;
  }

  // ---- connection ----

  private async begin(): Promise<void> {
    try {
      const info = await this.client.ask('info', {});
      const first = !this.address.started;
      this.store.set({ link: 'open', info, failure: undefined });
      document.title = `${info.title} · ElixirScope`;
      await new Promise<void>((resolve, reject) => {
        this.tables.fetchProcesses(resolve).then(resolve, reject);
      });
      if (first) {
        const wanted = this.address.wanted;
        const whole = this.wholeWindow();
        const explicit = wanted.momentNs !== undefined || wanted.momentSeq !== undefined;
        this.store.set({
          window: whole,
          moment: { ns: info.end.ns, seq: info.end.seq },
          following: info.live && !explicit,
        });
        // From here on the address follows the view; before, it would have been overwritten with an empty one.
        this.address.started = true;
        this.address.read();
        if (!explicit && !info.live) this.refreshPanel();
      } else this.refreshPanel();
      void this.tables.fetchCrashes();
      void this.marks.fetch();
    } catch (error) {
      if (error instanceof AskError && error.code === 'lost') return;
      this.store.set({ failure: error instanceof Error ? error.message : String(error) });
    }
  }

  private tick(tick: Tick['tick']): void {
    const { info, following } = this.state;
    if (info === undefined) return;
    this.marks.tick(tick.marks);
    if (tick.endSeq === info.end.seq && tick.live === info.live && tick.version === this.tables.version) return;
    const end = { seq: tick.endSeq, ns: Math.max(tick.ns, info.end.ns) };
    const next = {
      ...info,
      end,
      ns: Math.max(tick.ns, info.ns),
      events: tick.events,
      processes: tick.processes,
      live: tick.live,
    };
    if (following) {
      // The whole recording stays in view as it grows; a closer window moves along.
      const { window } = this.state;
      const span = window.toNs - window.fromNs;
      const fitted = window.fromNs <= 0 && window.toNs >= info.end.ns;
      const fitTo = this.wholeWindow(next.end.ns);
      this.store.set({
        info: next,
        moment: { ns: end.ns, seq: end.seq },
        window: fitted ? fitTo : { fromNs: end.ns - span * 0.9, toNs: end.ns + span * 0.1 },
      });
      this.refreshPanel();
    } else this.store.set({ info: next });
    if (!next.live && info.live)
      void this.client.ask('info', {}).then((whole) => {
        this.store.set({ info: whole, following: false });
      });
    if (tick.version !== this.tables.version) void this.tables.fetchProcesses().then(() => this.tables.fetchCrashes());
    this.tables.keepPlans();
  }

  // ---- the moment ----

  setMoment(moment: { ns: number; seq: number | undefined }, options: { keepFollowing?: boolean } = {}): void {
    const end = this.state.info?.end.ns ?? 0;
    const ns = Math.min(Math.max(0, Math.round(moment.ns)), end);
    this.store.set({
      moment: { ns, seq: moment.seq },
      following: options.keepFollowing === true && this.state.following,
      origin: undefined,
    });
    this.refreshPanel();
  }

  /** The next picture of a film: not rounded, since at a thousandth of real time a picture lasts 16 µs. */
  play(ns: number): void {
    const end = this.state.info?.end.ns ?? 0;
    this.store.set({
      moment: { ns: Math.min(ns, end), seq: undefined },
      following: false,
      frame: 0,
      origin: undefined,
    });
    this.revealMoment();
    this.refreshPanel();
  }

  /** To a moment as written by a person. False when it is not one. */
  async goTo(text: string, options: { reveal?: boolean } = {}): Promise<boolean> {
    try {
      const moment = await this.client.ask('moment', { text });
      this.setMoment(moment);
      if (options.reveal !== false) this.revealMoment();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** To an event: the moment after it, its process, its details. */
  jump(
    event: { seq: number; ns: number; process: number },
    options: { keepProcess?: boolean; detail?: boolean } = {},
  ): void {
    this.address.push();
    const selected = options.keepProcess === true || event.process === 0 ? this.state.selected : event.process;
    this.store.set({
      selected,
      event: options.detail === false ? 0 : event.seq,
      detail: undefined,
      playing: false,
      ...(selected === this.state.selected ? {} : { frame: 0 }),
    });
    this.setMoment({ ns: event.ns, seq: event.seq });
    this.revealMoment();
    this.revealProcess(selected);
    if (options.detail !== false) void this.fetchDetail(event.seq);
  }

  async jumpToSeq(seq: number, options: { keepProcess?: boolean } = {}): Promise<void> {
    if (seq === 0) return;
    try {
      const { event } = await this.client.ask('event', { seq });
      this.jump(event, options);
    } catch (error) {
      this.fail(error);
    }
  }

  at(): At {
    const { moment } = this.state;
    return moment.seq === undefined ? { ns: Math.floor(moment.ns) } : { seq: moment.seq };
  }

  // ---- the window ----

  wholeWindow(endNs = this.state.info?.end.ns ?? 0): { fromNs: number; toNs: number } {
    const span = Math.max(endNs, 1_000_000);
    return { fromNs: -span * 0.01, toNs: span * 1.02 };
  }

  setWindow(fromNs: number, toNs: number): void {
    const whole = this.wholeWindow();
    const max = whole.toNs - whole.fromNs;
    const span = Math.min(Math.max(toNs - fromNs, MIN_WINDOW_NS), max);
    const middle = (fromNs + toNs) / 2;
    let from = middle - span / 2;
    from = Math.min(Math.max(from, whole.fromNs), whole.toNs - span);
    this.store.set({ window: { fromNs: from, toNs: from + span } });
  }

  /** `factor` < 1: closer. The time at `aroundNs` stays where it is. */
  zoom(factor: number, aroundNs: number): void {
    const { fromNs, toNs } = this.state.window;
    const whole = this.wholeWindow();
    const span = Math.min(Math.max((toNs - fromNs) * factor, MIN_WINDOW_NS), whole.toNs - whole.fromNs);
    const share = (aroundNs - fromNs) / (toNs - fromNs);
    this.setWindow(aroundNs - span * share, aroundNs + span * (1 - share));
  }

  pan(byNs: number): void {
    const { fromNs, toNs } = this.state.window;
    this.setWindow(fromNs + byNs, toNs + byNs);
  }

  fit(): void {
    this.store.set({ window: this.wholeWindow() });
  }

  revealMoment(): void {
    const { window, moment } = this.state;
    const span = window.toNs - window.fromNs;
    if (moment.ns < window.fromNs + span * 0.04 || moment.ns > window.toNs - span * 0.04) {
      this.setWindow(moment.ns - span / 2, moment.ns + span / 2);
    }
  }

  /** Set by the timeline: scrolls the lanes so that a process can be seen. */
  revealProcess: (process: number) => void = () => undefined;

  // ---- selection ----

  select(process: number): void {
    if (process === this.state.selected) return;
    this.address.push();
    this.store.set({
      selected: process,
      panel: undefined,
      code: undefined,
      frame: 0,
      events: undefined,
      event: 0,
      detail: undefined,
      origin: undefined,
    });
    this.refreshPanel();
    this.revealProcess(process);
  }

  toggle(key: string): void {
    const toggled = new Set(this.state.toggled);
    if (!toggled.delete(key)) toggled.add(key);
    this.store.set({ toggled });
  }

  follow(): void {
    const { info } = this.state;
    if (info === undefined) return;
    this.store.set({ moment: { ns: info.end.ns, seq: info.end.seq }, following: info.live, playing: false });
    this.revealMoment();
    this.refreshPanel();
  }

  // ---- what the panel shows ----

  /** Asks again for the panel; while an answer is under way, remembers that a newer one is wanted. */
  refreshPanel(): void {
    this.panelWanted = true;
    if (!this.panelBusy) void this.fetchPanel();
  }

  private async fetchPanel(): Promise<void> {
    this.panelBusy = true;
    try {
      while (this.panelWanted) {
        this.panelWanted = false;
        const { selected, moment, base } = this.state;
        const at = this.at();
        if (this.state.link !== 'open') break;
        try {
          const [panel, events, code] = await Promise.all([
            selected === 0
              ? undefined
              : this.client.ask('process', {
                  process: selected,
                  at,
                  ...(base === undefined ? {} : { base: { seq: base.seq } }),
                }),
            this.client.ask('events', {
              at,
              ...(selected === 0 ? {} : { processes: [selected] }),
              before: PAGE,
              after: PAGE,
            }),
            this.code.at(selected, at),
          ]);
          if (this.state.selected !== selected) continue;
          this.store.set({ panel, events, code, answered: moment, panelError: undefined });
          this.code.follow();
        } catch (error) {
          if (error instanceof AskError && (error.code === 'superseded' || error.code === 'lost')) continue;
          this.store.set({ panelError: error instanceof Error ? error.message : String(error) });
        }
      }
    } finally {
      this.panelBusy = false;
    }
  }

  async fetchDetail(seq: number): Promise<void> {
    try {
      const detail = await this.client.ask('event', { seq }, 'detail');
      if (this.state.event === seq) this.store.set({ detail });
    } catch (error) {
      this.fail(error);
    }
  }

  showEvent(seq: number): void {
    this.store.set({ event: seq, detail: undefined });
    void this.fetchDetail(seq);
  }

  /** Opens the messages around the moment in the place of the source, or closes them. */
  toggleSequence(): void {
    if (this.state.sequence !== undefined) this.store.set({ sequence: undefined });
    else this.store.set({ sequence: [], source: undefined });
  }

  /** Opens the list of bookmarks in the place of the source, or closes it. */
  toggleMarks(): void {
    const { marks, source, sequence } = this.state;
    const shown = marks && source === undefined && sequence === undefined;
    this.store.set({ marks: !shown, ...(shown ? {} : { source: undefined, sequence: undefined }) });
  }

  toggleTall(process: number): void {
    if (process === 0) return;
    const tall = new Set(this.state.tall);
    if (!tall.delete(process)) tall.add(process);
    this.store.set({ tall });
    if (tall.has(process)) this.revealProcess(process);
  }

  closeDetail(): void {
    this.store.set({ event: 0, detail: undefined });
  }

  /** Who gave this part of the state its value? Of the selected process at the moment, unless told. */
  async askOrigin(path: string[], of?: { process: number; seq: number }): Promise<void> {
    const { panel } = this.state;
    const asked = of ?? (panel && { process: panel.process, seq: panel.at.seq });
    if (asked === undefined) return;
    const question = { ...asked, path };
    this.store.set({ origin: { ...question, result: undefined } });
    try {
      const at = { seq: asked.seq };
      const result = await this.client.ask('valueTrail', { process: asked.process, at, path }, 'origin');
      if (this.state.origin?.path === path) this.store.set({ origin: { ...question, result } });
    } catch (error) {
      this.store.set({ origin: undefined });
      this.fail(error);
    }
  }

  /** States are compared with that of this moment; undefined: with the change before. */
  setBase(base: { ns: number; seq: number } | undefined): void {
    this.store.set({ base: base && { ns: base.ns, seq: base.seq } });
    this.refreshPanel();
  }

  /** The browser's back button returns to what is shown now. */
  keepPlace(): void {
    this.address.push();
  }

  copy = (text: string, what: string): void => {
    void navigator.clipboard.writeText(text).then(
      () => {
        this.notice(`Copied ${what}`);
      },
      () => {
        this.notice(text);
      },
    );
  };

  notice(text: string): void {
    this.store.set({ notice: text });
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => {
      this.store.set({ notice: undefined });
    }, 4_000);
  }

  fail(error: unknown): void {
    if (error instanceof AskError && (error.code === 'superseded' || error.code === 'lost')) return;
    this.notice(error instanceof Error ? error.message : String(error));
  }
}
