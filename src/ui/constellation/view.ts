/** The constellation of a session: brings data, places, camera and stage together, and draws when one of them has changed, never otherwise. */
import { processName } from '../model/lanes.js';
import { parseFilter } from '../model/lane-filter.js';
import type { Session } from '../state/session.js';
import { Store } from '../state/store.js';
import { onTheme } from '../state/theme.js';
import { cameraOf, cameraText, initialCamera, type Camera } from './camera.js';
import { SystemData } from './data.js';
import { noFacts, type Facts, type TopProcess } from './facts.js';
import { Flights, sightNs } from './flights.js';
import { framed } from './frame.js';
import { buildGraph, type Graph } from './graph.js';
import { heatOf, heatText, type Measures } from './heat.js';
import { placeLabels, type Box, type Label, type PlacedLabel } from './labels.js';
import type { Positions } from './layout.js';
import { LayoutClient } from './layout-client.js';
import { Overlay } from './overlay.js';
import { hex, readColours, type Colours } from './palette.js';
import { emptyProjection, pick, type Projected } from './pick.js';
import {
  castOf,
  dotsOf,
  islandOfMark,
  islandsOf,
  linesOf,
  markOf,
  markOfIsland,
  MAX_DOTS,
  type Cast,
  type LinesDrawn,
  type Situation,
} from './picture.js';
import { listen } from './pointer.js';
import type { Stage } from './stage.js';

/** One name for so many pixels. */
const LABEL_AREA = 20_000;
/** Names with their value beside them. */
const VALUES = 16;
const TOP = 25;
/** A graph that grew by more is laid out anew. */
const GROWTH = 1.2;
/** Considered for a name, by how much they matter. */
const CANDIDATES = 400;
const ADDRESS_MS = 300;
const SETTLE_MS = 100;

export class ConstellationView {
  readonly facts = new Store<Facts>(noFacts);
  private readonly data: SystemData;
  private readonly flights: Flights;
  private readonly layout: LayoutClient;
  private readonly overlay: Overlay;
  private readonly stop: (() => void)[] = [];
  private colours: Colours;
  private camera: Camera = initialCamera;
  /** The camera as the address has it; undefined: everything in view. */
  private addressed: string | undefined;
  private addressTimer: ReturnType<typeof setTimeout> | undefined;
  private graph: Graph | undefined;
  private positions: Positions | undefined;
  private graphVersion = -1;
  private graphSettled = false;
  private plantTimer: ReturnType<typeof setTimeout> | undefined;
  private cast: Cast | undefined;
  private lines: LinesDrawn | undefined;
  private linesKey: unknown[] = [];
  private matches: { key: unknown[]; of: Uint8Array | undefined } = { key: [], of: undefined };
  private candidates: number[] = [];
  private projected: Projected = emptyProjection(0);
  private labels: PlacedLabel[] = [];
  /** What panels cover: no names there. */
  private taken: Box[] = [];
  private hovered: { mark: number; x: number; y: number } | undefined;
  private width = 1;
  private height = 1;
  private frame = 0;
  private dirty = { cast: true, lines: true, dots: true, top: true };
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
    this.addressed = session.state.camera;
    const camera = this.addressed === undefined ? undefined : cameraOf(this.addressed);
    if (camera !== undefined) this.camera = camera;
    else this.addressed = undefined;
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
    this.layout = new LayoutClient((graph, positions, final) => {
      this.place(graph, positions, final);
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
        size: () => ({ width: this.width, height: this.height }),
        flat: () => session.state.flat,
        camera: () => this.camera,
        move: (moved) => {
          this.move(moved);
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
    this.plant();
  }

  destroy(): void {
    for (const each of this.stop) each();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.addressTimer);
    clearTimeout(this.plantTimer);
    this.data.close();
    this.layout.close();
    this.stage.dispose();
  }

  /** Everything in view again. */
  reset(): void {
    this.camera = { ...initialCamera };
    this.fit();
    this.setAddress(undefined);
    this.session.store.set({ follow: false });
  }

  toggleIsland(key: string): void {
    const closed = new Set(this.session.state.closedApplications);
    if (!closed.delete(key)) closed.add(key);
    this.session.store.set({ closedApplications: closed });
  }

  /** Where a process lies on the screen, in CSS pixels from the corner of the picture; undefined: not in the picture. */
  screenOf(process: number): { x: number; y: number; radius: number } | undefined {
    if (this.graph === undefined) return undefined;
    const mark = markOf({ graph: this.graph, closed: this.session.state.closedApplications }, process);
    const { projected } = this;
    if (mark >= projected.count || projected.radius[mark] === 0) return undefined;
    return { x: projected.x[mark]!, y: projected.y[mark]!, radius: projected.radius[mark]! };
  }

  /** Where a process lies, whatever the camera; undefined: nowhere yet. */
  placeOf(process: number): { x: number; y: number; z: number } | undefined {
    if (this.graph === undefined || this.positions === undefined) return undefined;
    const at = this.session.state.flat ? this.positions.plane : this.positions.space;
    const place = 3 * this.graph.placeOf[process]!;
    return { x: at[place]!, y: at[place + 1]!, z: at[place + 2]! };
  }

  get size(): { width: number; height: number } {
    return { width: this.width, height: this.height };
  }
  get measures(): Measures {
    return this.data.measures;
  }

  // ---- what comes in ----

  private took(what: 'links' | 'window' | 'moment'): void {
    if (what === 'links') {
      this.plant(true);
      return;
    }
    const { colour, size } = this.session.state;
    const shown = (heat: string): boolean => (heat === 'memory' || heat === 'mailbox') === (what === 'moment');
    this.invalidate({ cast: shown(colour) || shown(size), lines: what === 'window', top: true });
  }

  /** The graph of the processes there are; places only where they are not known yet. */
  private plant(again = false): void {
    const { processesVersion } = this.session.state;
    if (this.session.processes.length === 0) return;
    if (!this.data.linksDone && this.graphVersion >= 0) return;
    if (processesVersion === this.graphVersion && !again) return;
    // Half a table, or rough times, would give other places than the whole: good for a first picture only.
    clearTimeout(this.plantTimer);
    const { settled } = this.session.tables;
    if (!settled) {
      this.plantTimer = setTimeout(() => {
        this.plant(true);
      }, SETTLE_MS);
      if (this.graphVersion >= 0) return;
    }
    this.graphVersion = processesVersion;
    this.graphSettled = settled;
    const graph = buildGraph(this.session.processes);
    // While a long table of processes still comes it grows by thousands: then all are placed anew, which takes less than finding each a gap.
    const few = this.graph !== undefined && graph.processes <= this.graph.processes * GROWTH;
    const known =
      few && this.graph !== undefined && this.positions !== undefined && this.facts.get().layout === 'final'
        ? { graph: this.graph, positions: this.positions }
        : undefined;
    this.layout.lay(graph, this.linksBetweenPlaces(graph), known);
  }

  private linksBetweenPlaces(graph: Graph): Int32Array {
    return this.data.links.map((process) => graph.placeOf[process] ?? 0);
  }

  private place(graph: Graph, positions: Positions, final: boolean): void {
    const first = this.positions === undefined || this.facts.get().layout !== 'final';
    this.graph = graph;
    this.positions = positions;
    // Without the links it is only a first picture, however well it is laid out.
    this.facts.set({
      layout: final && this.data.linksDone && this.graphSettled ? 'final' : 'first',
      islands: graph.islands,
    });
    if (first && this.addressed === undefined) this.fit();
    this.invalidate({ cast: true, lines: true, dots: true, top: true });
    if (this.session.state.processesVersion !== this.graphVersion) this.plant();
  }

  private follow(): void {
    const now = this.session.state;
    const before = this.lastState;
    this.lastState = now;
    if (now.processesVersion !== before.processesVersion) this.plant();
    if (now.window !== before.window || now.info !== before.info) this.data.refreshWindow();
    if (now.info !== before.info && now.info?.live === true) this.flights.forget(before.info?.end.ns ?? 0);
    if (now.moment !== before.moment) this.data.refreshMoment();
    if (now.camera !== before.camera && now.camera !== this.addressed) {
      this.addressed = now.camera;
      const camera = now.camera === undefined ? undefined : cameraOf(now.camera);
      this.camera = camera ?? { ...initialCamera };
      if (camera === undefined) this.fit();
      this.look();
    }
    if (now.flat !== before.flat && this.addressed === undefined) this.fit();
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
      this.invalidate({ cast, lines, dots: cast || lines, top });
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
    if (this.addressed === undefined && this.positions !== undefined) this.fit();
    this.invalidate({});
  }

  // ---- the camera ----

  private move(camera: Camera): void {
    this.camera = camera;
    this.setAddress(cameraText(camera));
    this.look();
  }

  private setAddress(camera: string | undefined): void {
    this.addressed = camera;
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => {
      this.session.store.set({ camera });
    }, ADDRESS_MS);
  }

  private look(): void {
    this.invalidate({});
  }

  /** So that all that is there at the moment is in the picture; of nothing, all that ever was. */
  private fit(): void {
    if (this.graph === undefined || this.positions === undefined) return;
    const { flat } = this.session.state;
    const { marks } = castOf(this.situation(this.graph, this.positions));
    const shown = marks.radii.map((radius) => radius);
    if (shown.every((radius) => radius === 0)) shown.fill(1, 1, this.graph.processes + 1);
    this.camera = framed(this.camera, flat, marks.positions, shown, { width: this.width, height: this.height });
    this.look();
  }

  // ---- pointer ----

  private hover(at: { x: number; y: number } | undefined): void {
    const mark = at === undefined ? -1 : pick(this.projected, at.x, at.y);
    if (mark <= 0) {
      if (this.hovered === undefined) return;
      this.hovered = undefined;
      this.facts.set({ hover: undefined });
    } else {
      if (this.hovered?.mark === mark) return;
      const { x, y } = { x: this.projected.x[mark]!, y: this.projected.y[mark]! };
      this.hovered = { mark, x, y };
      const processes = this.graph?.processes ?? 0;
      this.facts.set({
        hover: {
          process: mark <= processes ? mark : 0,
          island: mark > processes ? islandOfMark(this.graph!, mark) : -1,
          x,
          y,
        },
      });
    }
    this.overlay.canvas.style.cursor = mark > 0 ? 'pointer' : '';
    this.invalidate({});
  }

  private click(x: number, y: number, twice: boolean): void {
    const { graph, session } = this;
    if (graph === undefined) return;
    const label = this.labels.find((each) => x >= each.left && x <= each.left + each.width && y >= each.top && y <= each.top + each.height); // prettier-ignore
    const mark = label?.mark ?? pick(this.projected, x, y);
    if (mark > graph.processes) this.toggleIsland(graph.islands[islandOfMark(graph, mark)]!.key);
    else if (mark > 0) {
      session.select(mark);
      if (twice) session.store.set({ follow: true });
    } else if (!twice) session.select(0);
  }

  // ---- drawing ----

  private invalidate(what: Partial<ConstellationView['dirty']>): void {
    const { dirty } = this;
    dirty.cast ||= what.cast === true;
    dirty.lines ||= what.lines === true;
    dirty.dots ||= what.dots === true;
    dirty.top ||= what.top === true;
    if (this.frame === 0)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
  }

  private situation(graph: Graph, positions: Positions): Situation {
    const { session } = this;
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
      matches: this.matching(graph),
      selected: selected <= graph.processes ? selected : 0,
      colours: this.colours,
    };
  }

  private matching(graph: Graph): Uint8Array | undefined {
    const { session } = this;
    const { filter, info, pinned } = session.state;
    const key = [filter, graph, pinned, session.crashes.length];
    if (key.every((each, i) => each === this.matches.key[i])) return this.matches.of;
    const wanted = parseFilter(filter, {
      nodes: info?.nodes.map((node) => node.name) ?? [],
      crashed: new Set(session.crashes.map((crash) => crash.process)),
      pinned: new Set(pinned),
    });
    let of: Uint8Array | undefined;
    if (wanted !== undefined) {
      of = new Uint8Array(graph.processes + 1);
      for (let id = 1; id <= graph.processes; id++) if (wanted(session.processes[id - 1]!)) of[id] = 1;
    }
    this.matches = { key, of };
    return of;
  }

  private draw(): void {
    const { graph, positions, session, stage, dirty, data } = this;
    if (graph === undefined || positions === undefined) return;
    const { state } = session;
    const situation = this.situation(graph, positions);
    if (dirty.cast || this.cast === undefined) {
      this.cast = castOf(situation);
      stage.setMarks(this.cast.marks);
      stage.setRings(this.cast.rings);
      if (this.projected.count !== this.cast.marks.radii.length) this.projected = emptyProjection(this.cast.marks.radii.length); // prettier-ignore
    }
    const { cast } = this;
    const linesKey = [
      cast.key,
      data.traffic,
      state.selected,
      state.closedApplications,
      this.colours,
      data.links,
      graph,
    ];
    if (dirty.lines || linesKey.some((each, i) => each !== this.linesKey[i])) {
      this.linesKey = linesKey;
      this.lines = linesOf(situation, cast, data.traffic, data.links);
      stage.setLines(this.lines.lines);
    }
    if (dirty.dots || dirty.cast) this.drawDots(situation, cast);
    if (state.follow && state.selected > 0) {
      const mark = markOf(situation, state.selected);
      const [x, y, z] = cast.marks.positions.subarray(3 * mark, 3 * mark + 3) as unknown as [number, number, number];
      if (mark > 0 && mark < cast.marks.radii.length) this.camera = { ...this.camera, x, y, z, distance: Math.min(this.camera.distance, 60) }; // prettier-ignore
    }
    stage.setCamera(this.camera, state.flat);
    stage.render();
    stage.project(this.projected);
    if (dirty.top) this.rank(situation, cast);
    this.drawOverlay(situation, cast);
    this.tell(cast);
    this.dirty = { cast: false, lines: false, dots: false, top: false };
    this.frames++;
  }

  private drawDots(situation: Situation, cast: Cast): void {
    const { speed, playing } = this.session.state;
    const sight = sightNs(speed);
    const { flights, complete } = this.flights.around(situation.ns, sight, playing);
    const dots = dotsOf(situation, cast, flights, sight);
    this.stage.setDots(dots);
    this.facts.set({ dots: dots.count, dotsComplete: complete });
  }

  /** Who matters most: for the names, and for the list. */
  private rank(situation: Situation, cast: Cast): void {
    const { processes, graph, measures, colour, size } = situation;
    const score = new Float64Array(graph.processes + 1);
    const ids: number[] = [];
    for (let id = 1; id <= graph.processes; id++) {
      if (cast.presence[id] === 0) continue;
      const process = processes[id - 1]!;
      ids.push(id);
      const heat = Math.max(0, heatOf(measures, colour, id)) / (cast.colourScale?.high ?? 1);
      const large = Math.max(0, heatOf(measures, size, id)) / (cast.sizeScale?.high ?? 1);
      score[id] =
        heat * 2 + large + (process.name === undefined ? 0 : 0.4) + (process.behaviour === 'supervisor' ? 0.2 : 0) - (process.runtime ? 0.8 : 0); // prettier-ignore
    }
    this.candidates = [...ids].sort((a, b) => score[b]! - score[a]! || a - b).slice(0, CANDIDATES);
    const by = colour !== 'none' ? colour : size;
    const value = (id: number): number => heatOf(measures, by, id);
    const top: TopProcess[] = ids
      .filter((id) => presentNow(processes[id - 1]!, situation.ns))
      .sort((a, b) => value(b) - value(a) || score[b]! - score[a]! || a - b)
      .slice(0, TOP)
      .map((process) => ({
        process,
        colour: heatText(colour, heatOf(measures, colour, process)),
        size: heatText(size, heatOf(measures, size, process)),
      }));
    this.facts.set({ top });
    this.taken = [...(this.overlay.canvas.parentElement?.children ?? [])].flatMap((each) =>
      each instanceof HTMLElement && each.dataset['over'] !== undefined
        ? [{ left: each.offsetLeft, top: each.offsetTop, width: each.offsetWidth, height: each.offsetHeight }]
        : [],
    );
  }

  private drawOverlay(situation: Situation, cast: Cast): void {
    const { overlay } = this;
    const selected = situation.selected === 0 ? 0 : markOf(situation, situation.selected);
    this.labels = placeLabels(
      this.wantedLabels(situation, cast),
      { width: this.width, height: this.height },
      Math.ceil((this.width * this.height) / LABEL_AREA),
      (label) => overlay.width(label),
      this.taken,
    );
    overlay.draw(this.labels, this.colours, {
      selected: this.circleOf(selected),
      hovered: this.circleOf(this.hovered?.mark ?? 0),
    });
  }

  private circleOf(mark: number): { x: number; y: number; radius: number } | undefined {
    const { projected } = this;
    if (mark <= 0 || mark >= projected.count || projected.depth[mark] === 0) return undefined;
    return { x: projected.x[mark]!, y: projected.y[mark]!, radius: Math.max(4, projected.radius[mark]!) };
  }

  private *wantedLabels(situation: Situation, cast: Cast): IterableIterator<Label> {
    const { graph, processes, measures, colour, selected, matches, closed } = situation;
    const { projected } = this;
    const label = (mark: number, kind: Label['kind'], text: string, detail: string): Label => ({
      text: text.length > 40 ? `${text.slice(0, 39)}…` : text,
      detail,
      x: projected.x[mark]!,
      y: projected.y[mark]!,
      radius: projected.radius[mark]!,
      kind,
      mark,
    });
    const detail = (id: number): string => {
      const value = heatOf(measures, colour, id);
      return colour === 'none' || value <= 0 ? '' : heatText(colour, value);
    };
    if (selected > 0) {
      const mark = markOf(situation, selected);
      if (projected.depth[mark]! > 0 && mark === selected)
        yield label(mark, 'selected', processName(processes[selected - 1]!), detail(selected));
    }
    const islands = graph.islands.map((_, i) => i).sort((a, b) => graph.islands[b]!.size - graph.islands[a]!.size);
    for (const i of islands) {
      const mark = markOfIsland(graph, i);
      const island = graph.islands[i]!;
      if (projected.depth[mark] === 0) continue;
      if (closed.has(island.key)) {
        if (projected.radius[mark]! > 0) yield label(mark, 'island', `▸ ${island.label}`, '');
        continue;
      }
      // Open: at the far rim of its circle.
      const [x, z, radius] = islandsOf(this.positions!, situation.flat).subarray(3 * i, 3 * i + 3) as unknown as [
        number,
        number,
        number,
      ];
      const y = situation.flat ? 0 : cast.marks.positions[3 * mark + 1]!;
      const up = this.stage.projectPoint(x, y, z - radius);
      if (up !== undefined && graph.islands.length > 1)
        yield { ...label(mark, 'island', `▾ ${island.label}`, ''), x: up.x, y: up.y, radius: 0 };
    }
    const valued = new Set(this.candidates.slice(0, VALUES));
    for (const id of this.candidates) {
      if (id === selected || projected.radius[id] === 0 || !presentNow(processes[id - 1]!, situation.ns)) continue;
      if (matches !== undefined && matches[id] === 0) continue;
      if (matches === undefined && projected.radius[id]! < 2.5) continue;
      yield label(id, 'process', processName(processes[id - 1]!), valued.has(id) ? detail(id) : '');
    }
  }

  private tell(cast: Cast): void {
    const { data, lines, facts } = this;
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
      pairs: lines?.pairs ?? 0,
      together: lines?.together ?? 0,
      togetherMessages: lines?.togetherMessages ?? 0,
      pairsLeftOut: data.pairsLeftOut,
      settled: data.settled,
    });
  }
}

const presentNow = (process: { spawnNs: number; exitNs: number }, ns: number): boolean =>
  process.spawnNs <= ns && (process.exitNs < 0 || ns < process.exitNs);

/** The one there was where nothing changed, so that nothing is drawn again for it. */
function sameScale<S extends { low: number; high: number }>(before: S | undefined, now: S | undefined): S | undefined {
  return before !== undefined && now !== undefined && before.low === now.low && before.high === now.high ? before : now;
}
