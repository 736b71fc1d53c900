/** The constellation of a session: brings data, places, camera and stage together, and draws when one of them has changed, never otherwise. */
import type { Session } from '../state/session.js';
import { Store } from '../state/store.js';
import { onTheme } from '../state/theme.js';
import type { Camera } from './camera.js';
import { SystemData } from './data.js';
import { noFacts, type Facts } from './facts.js';
import { FilterMatch } from './filter-match.js';
import { Flights, sightNs } from './flights.js';
import type { Measures } from './heat.js';
import type { Box, Label, PlacedLabel } from './labels.js';
import { Names } from './names.js';
import { Overlay } from './overlay.js';
import { hex, readColours, type Colours } from './palette.js';
import { Painter, type Dirty } from './painter.js';
import { pick } from './pick.js';
import { castOf, islandOfMark, markOf, MAX_DOTS, type Cast, type Situation } from './picture.js';
import { Places } from './places.js';
import { listen } from './pointer.js';
import { rank } from './ranking.js';
import type { Stage } from './stage.js';
import { Viewpoint } from './viewpoint.js';

export class ConstellationView {
  readonly facts = new Store<Facts>(noFacts);
  private readonly data: SystemData;
  private readonly flights: Flights;
  private readonly places: Places;
  private readonly viewpoint: Viewpoint;
  private readonly filter: FilterMatch;
  private readonly painter: Painter;
  private readonly names = new Names();
  private readonly overlay: Overlay;
  private readonly stop: (() => void)[] = [];
  private colours: Colours;
  private hovered = 0;
  private width = 1;
  private height = 1;
  private frame = 0;
  private dirty: Dirty = { cast: true, lines: true, dots: true, top: true, scene: true };
  private lastState;
  /** Pictures drawn so far. */
  frames = 0;

  constructor(
    private readonly session: Session,
    private readonly stage: Stage,
    overlay: HTMLCanvasElement,
  ) {
    this.colours = readColours(stage.canvas);
    this.overlay = new Overlay(overlay);
    this.lastState = session.state;
    this.facts.set({ stage: stage.kind });
    this.viewpoint = new Viewpoint(session);
    this.filter = new FilterMatch(session);
    this.data = new SystemData(session, (what) => {
      this.took(what);
    });
    this.flights = new Flights(
      async (fromNs, toNs) => {
        const answer = await session.client.askColumns('systemFlights', { fromNs, toNs, limit: MAX_DOTS });
        const flights = Array.from(answer.from, (from, i) => ({ from, to: answer.to[i]!, sendNs: answer.sendNs[i]!, arriveNs: answer.arriveNs[i]! })); // prettier-ignore
        return { flights, total: answer.meta.total, complete: answer.meta.complete };
      },
      () => {
        this.invalidate({ dots: true });
      },
    );
    this.places = new Places(session, this.data, (first) => {
      this.placed(first);
    });
    this.painter = new Painter(session, stage, this.data, this.flights, this.viewpoint, () => {
      this.invalidate({ scene: true });
    });
    const observer = new ResizeObserver(() => {
      this.resize();
    });
    observer.observe(overlay);
    this.stop.push(
      () => {
        observer.disconnect();
      },
      onTheme(() => {
        this.recolour();
      }),
      session.store.subscribe(() => {
        this.follow();
      }),
      listen({
        element: overlay,
        size: () => this.size,
        flat: () => session.state.flat,
        camera: () => this.viewpoint.camera,
        move: (camera) => {
          this.move(camera);
        },
        hover: (at) => {
          this.hover(at);
        },
        click: (x, y, twice) => {
          this.click(x, y, twice);
        },
      }),
    );
    this.recolour();
    this.resize();
    this.data.refreshWindow();
    this.data.refreshMoment();
    void this.data.fetchLinks();
    this.places.plant();
  }

  destroy(): void {
    for (const each of this.stop) each();
    cancelAnimationFrame(this.frame);
    this.painter.close();
    this.viewpoint.close();
    this.places.close();
    this.data.close();
    this.stage.dispose();
  }

  /** Everything in view again. */
  reset(): void {
    this.viewpoint.reset();
    this.fit();
    this.session.store.set({ follow: false });
  }

  toggleIsland(key: string): void {
    const closed = new Set(this.session.state.closedApplications);
    if (!closed.delete(key)) closed.add(key);
    this.session.store.set({ closedApplications: closed });
  }

  /** Where a process lies on the screen, in CSS pixels from the corner of the picture; undefined: not in the picture. */
  screenOf(process: number): { x: number; y: number; radius: number } | undefined {
    const { graph } = this.places;
    if (graph === undefined) return undefined;
    return this.painter.circleOf(markOf({ graph, closed: this.session.state.closedApplications }, process), 0);
  }

  /** Where a process lies, whatever the camera; undefined: nowhere yet. */
  placeOf(process: number): { x: number; y: number; z: number } | undefined {
    const { graph, positions } = this.places;
    if (graph === undefined || positions === undefined) return undefined;
    const at = this.session.state.flat ? positions.plane : positions.space;
    const place = 3 * graph.placeOf[process]!;
    return { x: at[place]!, y: at[place + 1]!, z: at[place + 2]! };
  }

  get size(): { width: number; height: number } {
    return { width: this.width, height: this.height };
  }
  /** The names in the picture, and what they cover. */
  get labels(): readonly PlacedLabel[] {
    return this.names.placed;
  }
  get measures(): Measures {
    return this.data.measures;
  }

  // ---- what comes in ----

  private took(what: 'links' | 'window' | 'moment'): void {
    if (what === 'links') {
      this.places.plant(true);
      return;
    }
    const { colour, size } = this.session.state;
    const shown = (heat: string): boolean => (heat === 'memory' || heat === 'mailbox') === (what === 'moment');
    this.invalidate({ cast: shown(colour) || shown(size), lines: what === 'window', top: true });
  }

  private placed(first: boolean): void {
    const { final, graph } = this.places;
    this.facts.set({ layout: final ? 'final' : 'first', islands: graph!.islands });
    if (first && this.viewpoint.free) this.fit();
    this.invalidate({ cast: true, lines: true, dots: true, top: true });
  }

  private follow(): void {
    const now = this.session.state;
    const before = this.lastState;
    this.lastState = now;
    if (now.processesVersion !== before.processesVersion) this.places.plant();
    if (now.window !== before.window || now.info !== before.info) this.data.refreshWindow();
    if (now.info !== before.info && now.info?.live === true) this.flights.forget(before.info?.end.ns ?? 0);
    if (now.moment !== before.moment) this.data.refreshMoment();
    if (now.camera !== before.camera && this.viewpoint.readAddress()) {
      if (this.viewpoint.free) this.fit();
      this.invalidate({ scene: true });
    }
    if (now.flat !== before.flat && this.viewpoint.free) this.fit();
    const cast =
      now.moment !== before.moment ||
      now.speed !== before.speed ||
      now.colour !== before.colour ||
      now.size !== before.size ||
      now.flat !== before.flat ||
      now.closedApplications !== before.closedApplications ||
      now.filter !== before.filter ||
      now.crashesVersion !== before.crashesVersion ||
      now.pinned !== before.pinned;
    const lines = now.selected !== before.selected || now.closedApplications !== before.closedApplications;
    const top = now.colour !== before.colour || now.size !== before.size || (cast && !now.playing) || now.playing !== before.playing; // prettier-ignore
    if (cast || lines || top || now.follow !== before.follow)
      this.invalidate({ cast, lines, dots: cast || lines, top, scene: true });
  }

  private recolour(): void {
    this.colours = readColours(this.stage.canvas);
    this.stage.setBackground(hex(this.colours.background));
    this.invalidate({ cast: true, lines: true, dots: true });
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.overlay.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.width = clientWidth;
    this.height = clientHeight;
    this.stage.resize(clientWidth, clientHeight, devicePixelRatio);
    this.overlay.resize(clientWidth, clientHeight, devicePixelRatio);
    if (this.viewpoint.free && this.places.positions !== undefined) this.fit();
    this.invalidate({ scene: true });
  }

  // ---- the camera ----

  private move(camera: Camera): void {
    this.viewpoint.move(camera);
    // What the pointer was over has moved away from it.
    this.hover(undefined);
    this.invalidate({ scene: true });
  }

  /** So that all that is there at the moment is in the picture; of nothing, all that ever was. */
  private fit(): void {
    const situation = this.situation();
    if (situation === undefined) return;
    const { marks, rings } = castOf(situation);
    const shown = marks.radii.slice();
    if (shown.every((radius) => radius === 0)) shown.fill(1, 1, situation.graph.processes + 1);
    this.viewpoint.fit(marks, shown, rings, this.size);
    this.invalidate({ scene: true });
  }

  // ---- pointer ----

  private hover(at: { x: number; y: number } | undefined): void {
    const name = at === undefined ? undefined : this.names.at(at.x, at.y);
    const mark = at === undefined ? 0 : (name?.mark ?? Math.max(0, pick(this.painter.projected, at.x, at.y)));
    if (mark === this.hovered) return;
    this.hovered = mark;
    this.overlay.canvas.style.cursor = mark > 0 ? 'pointer' : '';
    const { graph } = this.places;
    if (mark === 0 || graph === undefined) this.facts.set({ hover: undefined });
    else {
      const process = mark <= graph.processes ? mark : 0;
      const island = process > 0 ? -1 : islandOfMark(graph, mark);
      const { x, y } = name ?? { x: this.painter.projected.x[mark]!, y: this.painter.projected.y[mark]! };
      this.facts.set({ hover: { process, island, x, y } });
    }
    this.invalidate({});
  }

  private click(x: number, y: number, twice: boolean): void {
    const { session } = this;
    const { graph } = this.places;
    if (graph === undefined) return;
    const mark = this.names.at(x, y)?.mark ?? pick(this.painter.projected, x, y);
    if (mark > graph.processes) this.toggleIsland(graph.islands[islandOfMark(graph, mark)]!.key);
    else if (mark > 0) {
      session.select(mark);
      if (twice) session.store.set({ follow: true });
    } else if (!twice) session.select(0);
  }

  // ---- drawing ----

  private invalidate(what: Partial<Dirty>): void {
    const { dirty } = this;
    for (const key of ['cast', 'lines', 'dots', 'top', 'scene'] as const) dirty[key] ||= what[key] === true;
    if (dirty.cast || dirty.lines || dirty.dots) dirty.scene = true;
    if (this.frame === 0)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
  }

  /** What is to be drawn; undefined: no places yet. */
  private situation(): Situation | undefined {
    const { session } = this;
    const { graph, positions } = this.places;
    if (graph === undefined || positions === undefined) return undefined;
    const { moment, colour, size, flat, closedApplications, selected, speed } = session.state;
    return {
      processes: session.processes,
      graph,
      positions,
      flat,
      ns: moment.ns,
      fadeNs: sightNs(speed),
      measures: this.data.for(graph.processes),
      colour,
      size,
      closed: closedApplications,
      matches: this.filter.of(graph),
      selected: selected <= graph.processes ? selected : 0,
      colours: this.colours,
    };
  }

  private draw(): void {
    const situation = this.situation();
    if (situation === undefined) return;
    const { dirty } = this;
    const cast = this.painter.draw(situation, dirty);
    if (dirty.top) this.ranked(situation, cast);
    this.drawOverlay(situation, cast);
    this.tell(cast);
    this.dirty = { cast: false, lines: false, dots: false, top: false, scene: false };
    this.frames++;
  }

  private ranked(situation: Situation, cast: Cast): void {
    const { candidates, top } = rank(situation, cast);
    this.names.candidates = candidates;
    this.names.taken = covered(this.overlay.canvas);
    this.facts.set({ top });
  }

  private drawOverlay(situation: Situation, cast: Cast): void {
    const { overlay, painter, stage, size } = this;
    const { yaw } = this.viewpoint.camera;
    const sight = { situation, cast, projected: painter.projected, stage, yaw, size };
    const width = (label: Label): number => overlay.width(label);
    if (painter.moving) this.names.follow(sight, width);
    else this.names.place(sight, width);
    const { selected } = situation;
    overlay.draw(this.names.placed, this.colours, {
      selected: selected === 0 ? undefined : painter.circleOf(markOf(situation, selected), 4),
      hovered: painter.circleOf(this.hovered, 4),
    });
  }

  private tell(cast: Cast): void {
    const { data, facts, painter } = this;
    const { lines, dots, dotsComplete } = painter;
    const { colour, size } = this.session.state;
    let shown = 0;
    for (const radius of cast.marks.radii) if (radius > 0) shown++;
    facts.set({
      alive: cast.alive,
      shown,
      colour,
      size,
      colourScale: sameScale(facts.get().colourScale, cast.colourScale),
      sizeScale: sameScale(facts.get().sizeScale, cast.sizeScale),
      windowNs: data.measures.windowNs,
      running: data.running,
      memory: data.memory,
      sampled: data.sampled,
      dots,
      dotsComplete,
      pairs: lines?.pairs ?? 0,
      together: lines?.together ?? 0,
      togetherMessages: lines?.togetherMessages ?? 0,
      pairsLeftOut: data.pairsLeftOut,
      settled: data.settled,
    });
  }
}

/** What lies over the picture. */
function covered(picture: HTMLElement): Box[] {
  return [...(picture.parentElement?.children ?? [])].flatMap((each) =>
    each instanceof HTMLElement && each.dataset['over'] !== undefined
      ? [{ left: each.offsetLeft, top: each.offsetTop, width: each.offsetWidth, height: each.offsetHeight }]
      : [],
  );
}

/** The one there was where nothing changed, so that nothing is drawn again for it. */
function sameScale<S extends { low: number; high: number }>(before: S | undefined, now: S | undefined): S | undefined {
  return before !== undefined && now !== undefined && before.low === now.low && before.high === now.high ? before : now;
}
