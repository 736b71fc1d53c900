/** The address follows the view, and the view the address: links, reloads, the browser's back button. */
import { fromHash, toHash, type FromHash } from './hash.js';
import type { Session } from './session.js';
import type { Span } from './time-window.js';
import type { ViewState } from './view-state.js';

/** The address is written no more often than this: browsers refuse too many changes. */
const WRITE_MS = 200;
/** For so long at most it waits for a window or a moment that moves. */
const MOST_MS = 2_000;

export class Address {
  /** Set once the first view stands: from then on the address follows. Before, it would be overwritten with an empty one. */
  started = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waitsSince = 0;
  private window: Span | undefined;
  private moment: ViewState['moment'] | undefined;
  /** What the browser has gone back to, until it has said so twice. */
  private taken: string | undefined;

  constructor(private readonly session: Session) {
    session.store.subscribe(() => {
      this.schedule();
    });
    // Going back to a place whose address was the same until a moment ago changes no hash, and so is told by this event only.
    addEventListener('popstate', () => {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.taken = location.hash;
      this.read();
    });
    addEventListener('hashchange', () => {
      if (this.taken !== location.hash) this.read();
      this.taken = undefined;
    });
  }

  /** What it asks for. */
  get wanted(): FromHash {
    return fromHash(location.hash);
  }

  read(): void {
    const wanted = fromHash(location.hash);
    if (`#${toHash(this.session.state)}` === location.hash) return;
    const { info } = this.session.state;
    if (info === undefined) return;
    this.session.store.set({
      ...(wanted.selected === undefined
        ? { selected: 0 }
        : { selected: wanted.selected > info.processes ? 0 : wanted.selected }),
      event: wanted.event ?? 0,
      ...(wanted.window === undefined ? {} : { window: wanted.window }),
      filter: wanted.filter ?? '',
      ...(wanted.hidden === undefined ? {} : { hidden: wanted.hidden }),
      ...(wanted.toggled === undefined ? {} : { toggled: wanted.toggled }),
      ...(wanted.theme === undefined ? {} : { theme: wanted.theme }),
      frame: wanted.frame ?? 0,
      source: wanted.source,
      prints: wanted.prints ?? [],
      print: wanted.print ?? -1,
      sequence: wanted.source === undefined ? wanted.sequence : undefined,
      ...(wanted.split === undefined ? {} : { split: wanted.split }),
      tall: wanted.tall ?? new Set<number>(),
      speed: wanted.speed ?? 1,
      unit: wanted.unit ?? 'event',
      main: wanted.main,
      flat: wanted.flat,
      camera: wanted.camera,
      colour: wanted.colour,
      size: wanted.size,
      follow: wanted.follow,
      closedApplications: wanted.closedApplications,
      grouping: wanted.grouping,
      sorting: wanted.sorting,
      pinned: wanted.pinned,
      area: wanted.area,
      totals: wanted.totals,
      sequenceScale: wanted.sequenceScale,
      base: wanted.base,
      sides: wanted.sides,
      focus: wanted.focus,
      compare: wanted.compare,
      marks: wanted.marks,
      mark: wanted.mark,
      match: wanted.match,
      backwards: wanted.backwards,
      query: wanted.query,
      kept: wanted.kept,
    });
    let moved: Promise<unknown> = Promise.resolve();
    if (wanted.mark !== '' && wanted.momentSeq === undefined && wanted.momentNs === undefined)
      this.session.marks.arrive(wanted.mark);
    if (wanted.momentSeq !== undefined)
      moved = this.session.goTo(`#${String(wanted.momentSeq)}`, { reveal: wanted.window === undefined });
    else if (wanted.momentNs !== undefined) this.session.setMoment({ ns: wanted.momentNs, seq: undefined });
    else this.session.refreshPanel();
    // Another moment ends a trail: it is asked for again once that stands.
    const { who } = wanted;
    if (who !== undefined) void moved.then(() => this.session.askOrigin(who.path, who));
    if (wanted.event !== undefined) void this.session.fetchDetail(wanted.event);
    // The lanes have to be laid out before one can scroll to one of them.
    setTimeout(() => {
      this.session.revealProcess(this.session.state.selected);
    }, 50);
  }

  /** While the window or the moment moves it waits until that rests: a new address takes the browser as long as ten pictures. */
  private schedule(): void {
    const { window, moment } = this.session.state;
    const moves = window !== this.window || moment !== this.moment;
    this.window = window;
    this.moment = moment;
    if (!this.started) return;
    const now = performance.now();
    if (this.timer === undefined) this.waitsSince = now;
    else if (moves && now - this.waitsSince < MOST_MS) clearTimeout(this.timer);
    else return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.write();
    }, WRITE_MS);
  }

  private write(): void {
    const hash = `#${toHash(this.session.state)}`;
    if (hash !== location.hash) history.replaceState(history.state, '', hash);
  }

  /** A jump, so that the browser's back button returns. */
  push(): void {
    if (!this.started) return;
    this.write();
    history.pushState(undefined, '', `#${toHash(this.session.state)}`);
    // Where one jumps to stands in the address as soon as one is there, so that whoever goes back at once can come forward again.
    queueMicrotask(() => {
      this.write();
    });
  }
}
