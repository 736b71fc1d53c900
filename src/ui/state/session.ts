/** The view as a whole: its parts, what is chosen in it, and what a person is told. The parts alone change the state and ask the server. */
import type { At, CrashView, PlanView, ProcessView } from '../../server/index.js';
import { CompareSession } from '../compare/compare-session.js';
import { MarkList } from '../marks/mark-list.js';
import { LaneLayout } from '../model/lane-layout.js';
import { processName, type Lanes } from '../model/lanes.js';
import { AskError, Client } from '../net/client.js';
import { QueryBook } from '../query/query-book.js';
import { Address } from './address.js';
import { Arrangement } from './arrangement.js';
import { CodeSession } from './code-session.js';
import { Details } from './details.js';
import { Here } from './here.js';
import { MomentFinder } from './moments.js';
import { Opening } from './opening.js';
import { Player } from './player.js';
import { Store } from './store.js';
import { Tables } from './tables.js';
import { TimeWindow, type Span } from './time-window.js';
import { Travel } from './travel.js';
import { initialState, type ViewState } from './view-state.js';

const NOTICE_MS = 4_000;

export class Session {
  readonly store = new Store<ViewState>(initialState);
  readonly client: Client;
  readonly window = new TimeWindow(this);
  readonly travel = new Travel(this);
  readonly here = new Here(this);
  readonly details = new Details(this);
  readonly tables = new Tables(this);
  /** Which rows there are, and in which order. */
  readonly arrangement = new Arrangement(this);
  readonly code: CodeSession;
  readonly player: Player;
  readonly compare: CompareSession;
  readonly moments: MomentFinder;
  readonly marks: MarkList;
  readonly query: QueryBook;
  private readonly address: Address;
  private layoutCache: { key: unknown[]; layout: LaneLayout } | undefined;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(address: Location) {
    const url = new URL('rpc', address.href);
    url.protocol = 'ws:';
    url.hash = '';
    this.address = new Address(this);
    const opening = new Opening(this, this.address);
    this.client = new Client(url.href, {
      open: () => void opening.begin(),
      lost: () => {
        this.store.set({ link: 'lost', playing: false });
      },
      tick: (tick) => {
        opening.tick(tick);
      },
    });
    this.code = new CodeSession(this);
    this.player = new Player(this);
    this.compare = new CompareSession(this);
    this.moments = new MomentFinder(this);
    this.marks = new MarkList(this);
    this.query = new QueryBook(this);
  }

  get state(): ViewState {
    return this.store.get();
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
      this.layoutCache = { key, layout: new LaneLayout(lanes.rows, tall, charts, lanes.pinned) };
    return this.layoutCache!.layout;
  }

  // ---- the moment ----

  at(): At {
    return this.travel.at();
  }
  setMoment(moment: ViewState['moment'], options: { keepFollowing?: boolean } = {}): void {
    this.travel.to(moment, options);
  }
  goTo(text: string, options: { reveal?: boolean } = {}): Promise<boolean> {
    return this.travel.toText(text, options);
  }
  jump(
    event: { seq: number; ns: number; process: number },
    options: { keepProcess?: boolean; detail?: boolean } = {},
  ): void {
    this.travel.jump(event, options);
  }
  jumpToSeq(seq: number, options: { keepProcess?: boolean } = {}): Promise<void> {
    return this.travel.jumpToSeq(seq, options);
  }
  follow(): void {
    this.travel.follow();
  }
  /** Asks for what the panels show. */
  refreshPanel(): void {
    this.here.refresh();
  }

  // ---- the window ----

  wholeWindow(endNs?: number): Span {
    return this.window.whole(endNs);
  }
  setWindow(fromNs: number, toNs: number): void {
    this.window.set(fromNs, toNs);
  }
  zoom(factor: number, aroundNs: number): void {
    this.window.zoom(factor, aroundNs);
  }
  pan(byNs: number): void {
    this.window.pan(byNs);
  }
  fit(): void {
    this.window.fit();
  }
  revealMoment(): void {
    this.window.reveal();
  }
  /** Set by the timeline: scrolls the lanes so that a process can be seen, and keeps it in view until they are scrolled by hand. */
  revealProcess: (process: number) => void = () => undefined;

  // ---- what is chosen and open ----

  select(process: number): void {
    if (process === this.state.selected) return;
    this.address.push();
    this.store.set({
      selected: process,
      panel: undefined,
      code: undefined,
      changes: undefined,
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

  toggleTall(process: number): void {
    if (process === 0) return;
    const tall = new Set(this.state.tall);
    if (!tall.delete(process)) tall.add(process);
    this.store.set({ tall });
    if (tall.has(process)) this.revealProcess(process);
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

  /** States are compared with that of this moment; undefined: with the change before. */
  setBase(base: { ns: number; seq: number } | undefined): void {
    this.store.set({ base: base && { ns: base.ns, seq: base.seq } });
    this.refreshPanel();
  }

  fetchDetail(seq: number): Promise<void> {
    return this.details.fetch(seq);
  }
  showEvent(seq: number): void {
    this.details.show(seq);
  }
  closeDetail(): void {
    this.details.close();
  }
  askOrigin(path: string[], of?: { process: number; seq: number }): Promise<void> {
    return this.details.askOrigin(path, of);
  }

  /** The browser's back button returns to what is shown now. */
  keepPlace(): void {
    this.address.push();
  }

  // ---- what a person is told ----

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
    }, NOTICE_MS);
  }

  fail(error: unknown): void {
    if (error instanceof AskError && (error.code === 'superseded' || error.code === 'lost')) return;
    this.notice(error instanceof Error ? error.message : String(error));
  }
}
