/** What the timeline draws, and what to ask for next: tiles of counts for all that is seen, single events, slices and arrows where few enough. */
import type { BinaryAnswer } from '../net/client.js';
import { familyBits, familyMasks } from '../model/families.js';
import type { LaneLayout, RowsInView } from '../model/lane-layout.js';
import { shortFunction } from '../model/names.js';
import type { Session } from '../state/session.js';
import { ActivityData } from './activity-data.js';
import { nesting } from './nesting.js';
import { levelFor, packBin, TILE_BINS, TileCache, tileNs, TileWatch, type Bins } from './tiles.js';
import { WindowData } from './window-data.js';

/** Fewer events than this in view are drawn one by one. */
const EXACT_BELOW = 3_000;
const MAX_SLICES = 6_000;
const MAX_ARROWS = 400;
const MAX_LOOKS = 2_000;
/** Tall lanes whose memory is asked for. */
const MAX_TALL = 8;
/** Events of all processes in the window that is asked for, beyond which callbacks and arrows are not looked for. */
const MAX_LOOKED_AT = 4_000_000;

export type Marks = BinaryAnswer<'marks'>;
/** With how deep each lies in others, and the names as they are drawn. */
export type Slices = BinaryAnswer<'slices'> & { depth: Uint16Array; short: readonly string[] };
export type Arrows = BinaryAnswer<'arrows'>;
/** By node. */
export type NodeLooks = ReadonlyMap<number, BinaryAnswer<'nodeMemory'>>;
export type Looks = ReadonlyMap<number, BinaryAnswer<'memory'>>;

export class TimelineData {
  readonly cache = new TileCache();
  private readonly watches = {
    whole: new TileWatch(this.cache),
    view: new TileWatch(this.cache),
    around: new TileWatch(this.cache),
  };
  /** Events in a whole tile, as far as its bins tell. */
  private readonly counted = new WeakMap<Bins, number>();
  private around:
    | { rows: LaneLayout['rows']; first: number; last: number; visible: readonly number[]; processes: number[] }
    | undefined;
  readonly slices: WindowData<Slices>;
  readonly arrows: WindowData<Arrows>;
  readonly memory: WindowData<Looks>;
  readonly nodes: WindowData<NodeLooks>;
  readonly activity: ActivityData;
  private readonly marks: WindowData<Marks>;
  private tilesBusy = false;
  private lastEndNs = 0;
  private kindNames: readonly string[] = [];
  private masks = familyMasks([]);
  private arrowsOf = -1;
  private eventsInView = Infinity;

  constructor(
    private readonly session: Session,
    private readonly redraw: () => void,
  ) {
    const { client } = session;
    this.marks = new WindowData(async (fromNs, toNs, processes) => {
      const data = await client.askColumns('marks', { fromNs, toNs, processes, limit: EXACT_BELOW * 4 }, 'marks');
      return { data, complete: data.meta.complete };
    }, redraw);
    this.slices = new WindowData(async (fromNs, toNs, processes) => {
      const data = await client.askColumns('slices', { fromNs, toNs, processes, limit: MAX_SLICES }, 'slices');
      return {
        data: { ...data, depth: nesting(data), short: data.meta.names.map(shortFunction) },
        complete: data.meta.total <= data.seq.length,
      };
    }, redraw);
    this.arrows = new WindowData(async (fromNs, toNs, processes) => {
      const data = await client.askColumns('arrows', { fromNs, toNs, processes, limit: MAX_ARROWS }, 'arrows');
      return { data, complete: data.meta.total <= data.sendSeq.length };
    }, redraw);
    this.memory = new WindowData(async (fromNs, toNs, processes) => {
      const data = new Map<number, BinaryAnswer<'memory'>>();
      for (const process of processes)
        data.set(process, await client.askColumns('memory', { fromNs, toNs, process, limit: MAX_LOOKS }));
      return { data, complete: [...data.values()].every((each) => each.meta.complete) };
    }, redraw);
    this.nodes = new WindowData(async (fromNs, toNs, nodes) => {
      const data = new Map<number, BinaryAnswer<'nodeMemory'>>();
      for (const node of nodes)
        data.set(node, await client.askColumns('nodeMemory', { fromNs, toNs, node, limit: MAX_LOOKS }));
      return { data, complete: [...data.values()].every((each) => each.meta.complete) };
    }, redraw);
    this.activity = new ActivityData(session, redraw);
  }

  /** Those of the rows in view. */
  private nodesIn(layout: LaneLayout, seen: RowsInView): number[] {
    return seen.rows.filter((row) => layout.rows[row]!.kind === 'node').map((row) => layout.rows[row]!.node);
  }

  /** Those in view, and as many above and below; the same array as long as they are the same. */
  private processesAround({ rows }: LaneLayout, { first, last }: RowsInView, visible: readonly number[]): number[] {
    const { around } = this;
    if (around?.rows === rows && around.first === first && around.last === last && around.visible === visible)
      return around.processes;
    const processes = [...visible];
    const margin = last - first + 1;
    for (let i = Math.max(0, first - margin); i < first; i++)
      if (rows[i]!.process > 0) processes.push(rows[i]!.process);
    for (let i = last + 1; i <= Math.min(rows.length - 1, last + margin); i++)
      if (rows[i]!.process > 0) processes.push(rows[i]!.process);
    this.around = { rows, first, last, visible, processes };
    return processes;
  }

  /** Before each picture: what the recording has become. */
  update(): void {
    const info = this.session.state.info!;
    if (this.kindNames !== info.kindNames) {
      this.kindNames = info.kindNames;
      this.masks = familyMasks(info.kindNames);
    }
    if (info.end.ns !== this.lastEndNs) {
      // What was fetched up to the old end may have been written on since.
      this.cache.forgetAfter(this.lastEndNs);
      this.lastEndNs = info.end.ns;
    }
  }

  /** `visible`: the processes in view; the same array as long as they are the same. */
  fetch(visible: readonly number[], layout: LaneLayout, seen: RowsInView, width: number): void {
    const { session } = this;
    const { window, info, selected, link, tall } = session.state;
    if (link !== 'open' || info === undefined) return;
    const endNs = info.end.ns;
    const around = this.processesAround(layout, seen, visible);
    const level = levelFor((window.toNs - window.fromNs) / Math.max(1, width));
    this.eventsInView = this.countInView(visible, level, width);
    const few = this.eventsInView <= EXACT_BELOW;
    if (!this.tilesBusy) {
      const wholeLevel = levelFor((endNs * 1.03) / Math.max(1, width));
      // The whole recording first, roughly: whatever is looked at later has something to show at once.
      const request =
        this.watches.view.missing({ ...window, endNs }, level, visible) ??
        this.watches.whole.missing({ fromNs: 0, toNs: endNs, endNs }, wholeLevel, around) ??
        this.watches.around.missing({ ...window, endNs }, level, around);
      if (request !== undefined) {
        this.tilesBusy = true;
        const span = tileNs(request.level);
        session.client
          .askColumns('timeline', {
            fromNs: request.first * span,
            toNs: (request.first + request.count) * span,
            bins: request.count * TILE_BINS,
            processes: request.processes,
          })
          .then((answer) => {
            this.keep(request.level, request.first, request.count, answer);
            session.tables.shown();
          })
          .catch(() => new Promise((resolve) => setTimeout(resolve, 500)))
          .finally(() => {
            this.tilesBusy = false;
            this.redraw();
          });
      }
    }
    // These look through every block of the window: of a huge recording, only a part at a time.
    const share = Math.min(1, (window.toNs - window.fromNs) / Math.max(1, endNs));
    const affordable = info.events * share * 3 <= MAX_LOOKED_AT;
    if (few && affordable) this.marks.need(window, visible, endNs);
    if (affordable) this.slices.need(window, visible, endNs);
    else this.slices.clear();
    const weighed = visible.filter((each) => tall.has(each)).slice(0, MAX_TALL);
    if (layout.charts) {
      this.memory.need(window, weighed, endNs);
      this.nodes.need(window, this.nodesIn(layout, seen), endNs);
    }
    this.activity.fetch(visible, level, levelFor((endNs * 1.03) / Math.max(1, width)));
    const of = selected > 0 ? selected : 0;
    if (this.arrowsOf !== of) {
      this.arrows.clear();
      this.arrowsOf = of;
    }
    if (!affordable) this.arrows.clear();
    else if (of > 0) this.arrows.need(window, [of], endNs);
    else if (this.eventsInView <= EXACT_BELOW) this.arrows.need(window, visible, endNs);
  }

  private keep(level: number, first: number, count: number, answer: BinaryAnswer<'timeline'>): void {
    const { processes, bins } = answer.meta;
    for (const [p, process] of processes.entries()) {
      for (let t = 0; t < count; t++) {
        const packed = new Uint32Array(TILE_BINS);
        const at = p * bins + t * TILE_BINS;
        for (let i = 0; i < TILE_BINS; i++)
          packed[i] = packBin(familyBits(this.masks, answer.kinds[at + i]!), answer.counts[at + i]!);
        this.cache.put(level, first + t, process, packed);
      }
    }
  }

  /** About how many events there are in view; Infinity while that is not known, or too many to draw one by one. */
  private countInView(visible: readonly number[], level: number, width: number): number {
    const { fromNs, toNs } = this.session.state.window;
    const span = tileNs(level);
    const first = Math.max(0, Math.floor(fromNs / span));
    const last = Math.floor(Math.min(toNs, this.lastEndNs) / span);
    let total = 0;
    for (const process of visible) {
      const before = total;
      for (let index = first; index <= last; index++) {
        const bins = this.cache.get(level, index, process);
        if (bins === undefined) return Infinity;
        const startNs = index * span;
        if (startNs >= fromNs && startNs + span <= toNs) total += this.countOf(bins);
        else {
          const binNs = span / TILE_BINS;
          const from = Math.max(0, Math.ceil((fromNs - startNs) / binNs));
          const to = Math.min(TILE_BINS - 1, Math.floor((toNs - startNs) / binNs));
          for (let i = from; i <= to; i++) total += eventsIn(bins[i]!);
        }
        // Where marks would cover each other, density says more.
        if (total > EXACT_BELOW || total - before > width / 5) return Infinity;
      }
    }
    return total;
  }

  private countOf(bins: Bins): number {
    let count = this.counted.get(bins);
    if (count === undefined) {
      count = 0;
      for (let i = 0; i < TILE_BINS; i++) count += eventsIn(bins[i]!);
      this.counted.set(bins, count);
    }
    return count;
  }

  /** Whether single events are at hand for all that is seen. */
  exactMarks(visible: readonly number[]): Marks | undefined {
    const { held } = this.marks;
    const { window, info } = this.session.state;
    if (held === undefined || !held.complete || this.eventsInView > EXACT_BELOW) return undefined;
    const to = Math.min(window.toNs, info?.end.ns ?? 0);
    const covers =
      Math.max(0, window.fromNs) >= held.fromNs && to <= Math.max(held.toNs, held.endNs) && to <= held.toNs + 1;
    return covers && visible.every((each) => held.processes.has(each)) ? held.data : undefined;
  }
}

/** Of a bin, at least. */
const eventsIn = (bin: number): number => (bin >>> 24 === 0 ? 0 : 2 ** ((bin >>> 24) - 1));
