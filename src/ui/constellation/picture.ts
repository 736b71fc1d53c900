/**
 * From what is known to what is drawn: marks, lines and dots as arrays. Mark `n` is process `n`; behind the processes come the islands, drawn
 * only where they are closed. Everything is a function of the moment: nothing here knows of a clock.
 */
import type { ProcessView } from '../../server/index.js';
import type { Heat } from '../state/view-state.js';
import type { Flight } from './flights.js';
import type { Graph } from './graph.js';
import { heatOf, onScale, scaleOf, type Measures, type Scale } from './heat.js';
import type { Positions } from './layout.js';
import type { Colours, Rgb } from './palette.js';
import { mix } from './ramp.js';
import { HOLLOW, type Dots, type Lines, type Marks, type Rings } from './stage.js';

/** Lines drawn at most, of all kinds together. */
export const MAX_LINES = 5_000;
export const MAX_DOTS = 400;
/** What the filter does not match has so much of its colour. */
const FAINT = 0.14;

export interface Situation {
  processes: readonly ProcessView[];
  graph: Graph;
  positions: Positions;
  flat: boolean;
  ns: number;
  /** For so long a birth or death fades. */
  fadeNs: number;
  measures: Measures;
  colour: Heat;
  size: Heat;
  closed: ReadonlySet<string>;
  /** 1: matches the filter, by number; undefined: no filter. */
  matches: Uint8Array | undefined;
  selected: number;
  colours: Colours;
}

export interface Traffic {
  from: Uint32Array;
  to: Uint32Array;
  count: Float64Array;
}

export interface Cast {
  marks: Marks;
  rings: Rings;
  /** How high the circle of each island lies. */
  levels: Float32Array;
  colourScale: Scale | undefined;
  sizeScale: Scale | undefined;
  /** 0 to 1, by number: how much of a process is there. */
  presence: Float32Array;
  alive: number;
  /** Changes when other marks are there than before. */
  key: number;
}

export const markOfIsland = (graph: Graph, island: number): number => graph.processes + 1 + island;
export const islandOfMark = (graph: Graph, mark: number): number => mark - graph.processes - 1;

/** x, z and radius of each island in the layout that is shown. */
export const islandsOf = (positions: Positions, flat: boolean): Float32Array =>
  flat ? positions.flatIslands : positions.islands;

/** The mark that stands for a process: its own, or its island where that is closed. */
export function markOf(situation: Pick<Situation, 'graph' | 'closed'>, process: number): number {
  const { graph, closed } = situation;
  if (closed.size === 0) return process;
  const island = graph.islandOf[graph.placeOf[process]!]!;
  return closed.has(graph.islands[island]!.key) ? markOfIsland(graph, island) : process;
}

/** Whether a process is there at a time, fading aside. */
export const livesAt = (process: { spawnNs: number; exitNs: number }, ns: number): boolean =>
  process.spawnNs <= ns && (process.exitNs < 0 || ns < process.exitNs);

/** Born: grows from a half; dead: goes. */
export function presenceOf(process: ProcessView, ns: number, fadeNs: number): number {
  if (process.spawnNs > ns) return 0;
  if (process.exitNs >= 0 && ns >= process.exitNs) {
    const share = 1 - (ns - process.exitNs) / fadeNs;
    return share > 0 ? share * 0.6 : 0;
  }
  if (process.spawnNs < 0) return 1;
  return Math.min(1, 0.5 + (ns - process.spawnNs) / fadeNs / 2);
}

export function castOf(situation: Situation): Cast {
  const { processes, graph, positions, flat, ns, fadeNs, measures, colour, size, closed, matches, colours } = situation;
  const n = graph.processes;
  const total = n + 1 + graph.islands.length;
  const at = flat ? positions.plane : positions.space;
  const marks: Marks = {
    positions: new Float32Array(3 * total),
    radii: new Float32Array(total),
    colours: new Uint8Array(4 * total),
  };
  const presence = new Float32Array(n + 1);
  const shut = graph.islands.map((island) => closed.has(island.key));
  const hottest = new Float64Array(graph.islands.length).fill(-1);
  const largest = new Float64Array(graph.islands.length).fill(-1);
  const inside = new Uint32Array(graph.islands.length);
  const matching = new Uint8Array(graph.islands.length);
  const top = new Float32Array(graph.islands.length).fill(-Infinity);
  const low = new Float32Array(graph.islands.length).fill(Infinity);
  const colourScale = colour === 'none' ? undefined : scaleOf(known(measures, colour, n));
  const sizeScale = size === 'none' ? undefined : scaleOf(known(measures, size, n));
  let alive = 0;
  let key = 7;
  for (let id = 1; id <= n; id++) {
    const process = processes[id - 1]!;
    const place = graph.placeOf[id]!;
    const island = graph.islandOf[place]!;
    marks.positions[3 * id] = at[3 * place]!;
    marks.positions[3 * id + 1] = at[3 * place + 1]!;
    marks.positions[3 * id + 2] = at[3 * place + 2]!;
    top[island] = Math.max(top[island]!, at[3 * place + 1]!);
    low[island] = Math.min(low[island]!, at[3 * place + 1]!);
    const here = presenceOf(process, ns, fadeNs);
    if (here === 0) continue;
    presence[id] = here;
    key = (Math.imul(key, 31) + id) | 0;
    const lives = process.exitNs < 0 || ns < process.exitNs;
    if (lives) alive++;
    const heat = heatOf(measures, colour, id);
    const large = heatOf(measures, size, id);
    const found = matches === undefined || matches[id] === 1;
    if (lives) {
      inside[island]!++;
      hottest[island] = Math.max(hottest[island]!, heat);
      largest[island] = Math.max(largest[island]!, large);
    }
    if (found) matching[island] = 1;
    if (shut[island] === true) continue;
    const least = process.behaviour === 'supervisor' ? 0.6 : 0.42;
    const grown = size === 'none' ? 0.62 : least + 0.75 * onScale(sizeScale, large);
    marks.radii[id] = (found ? grown : grown * 0.7) * (0.5 + here / 2);
    paint(
      marks.colours,
      id,
      situation,
      colourScale,
      heat,
      process.behaviour === 'supervisor',
      found ? here : here * FAINT,
    );
    if (process.behaviour === 'supervisor') marks.colours[4 * id + 3] = HOLLOW;
  }
  const circles: number[] = [];
  const levels = new Float32Array(graph.islands.length);
  graph.islands.forEach((_, i) => {
    const mark = markOfIsland(graph, i);
    const [x, z, radius] = islandsOf(positions, flat).subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    const y = flat ? 0 : (top[i]! + low[i]!) / 2;
    marks.positions.set([x, Number.isFinite(y) ? y : 0, z], 3 * mark);
    levels[i] = !flat && Number.isFinite(y) ? y : 0;
    if (inside[i] === 0) return;
    circles.push(x, levels[i]!, z, radius);
    if (shut[i] !== true) return;
    marks.radii[mark] = Math.min(radius * 0.8, 1.2 + Math.sqrt(inside[i]!) * 0.35);
    paint(marks.colours, mark, situation, colourScale, hottest[i]!, true, matching[i] === 1 ? 1 : FAINT);
    key = (Math.imul(key, 31) + mark) | 0;
  });
  const { ring } = colours;
  return {
    marks,
    rings: { circles: Float32Array.from(circles), colour: (ring[0] << 16) | (ring[1] << 8) | ring[2] },
    levels,
    colourScale,
    sizeScale,
    presence,
    alive,
    key,
  };
}

function* known(measures: Measures, heat: Heat, n: number): IterableIterator<number> {
  for (let id = 1; id <= n; id++) yield heatOf(measures, heat, id);
}

function paint(
  out: Uint8Array,
  mark: number,
  { colour, colours }: Situation,
  scale: Scale | undefined,
  heat: number,
  supervisor: boolean,
  share: number,
): void {
  if (colour === 'none')
    mix(out, 4 * mark, colours.background, ...(supervisor ? colours.supervisor : colours.process), share);
  else if (heat < 0) mix(out, 4 * mark, colours.background, ...colours.unknown, share);
  else {
    const step = 3 * Math.round(onScale(scale, heat) * 255);
    const { ramp } = colours;
    mix(out, 4 * mark, colours.background, ramp[step]!, ramp[step + 1]!, ramp[step + 2]!, share);
  }
}

export interface LinesDrawn {
  lines: Lines;
  /** Pairs drawn each for themselves. */
  pairs: number;
  /** Pairs that are drawn together, between applications, and their messages. */
  together: number;
  togetherMessages: number;
}

/** Traffic first, the strongest on top; what is left of the lines shows who started whom and who is linked. */
export function linesOf(situation: Situation, cast: Cast, traffic: Traffic, links: Int32Array): LinesDrawn {
  const { graph, colours, selected, processes } = situation;
  const { radii } = cast.marks;
  const total = graph.processes + 1 + graph.islands.length;
  const counts = new Map<number, number>();
  const rest = new Map<number, number>();
  let together = 0;
  let togetherMessages = 0;
  for (let i = 0; i < traffic.from.length; i++) {
    const a = traffic.from[i]!;
    const b = traffic.to[i]!;
    if (a > graph.processes || b > graph.processes) continue;
    const from = markOf(situation, a);
    const to = markOf(situation, b);
    if (from === to || radii[from] === 0 || radii[to] === 0) continue;
    const key = Math.min(from, to) * total + Math.max(from, to);
    const count = counts.get(key);
    if (count !== undefined) counts.set(key, count + traffic.count[i]!);
    else if (counts.size < MAX_LINES - 200) counts.set(key, traffic.count[i]!);
    else {
      together++;
      togetherMessages += traffic.count[i]!;
      const x = graph.islandOf[graph.placeOf[a]!]!;
      const y = graph.islandOf[graph.placeOf[b]!]!;
      const between = markOfIsland(graph, Math.min(x, y)) * total + markOfIsland(graph, Math.max(x, y));
      if (x !== y && (rest.size < 200 || rest.has(between)))
        rest.set(between, (rest.get(between) ?? 0) + traffic.count[i]!);
    }
  }
  const strongest = Math.max(1, ...first(counts.values(), 5_000));
  const list: { key: number; count: number; together: boolean }[] = [];
  for (const [key, count] of counts) list.push({ key, count, together: false });
  for (const [key, count] of rest) list.push({ key, count, together: true });
  list.sort((a, b) => Number(b.together) - Number(a.together) || a.count - b.count);
  const under: number[] = [];
  const room = (): boolean => under.length / 2 + list.length < MAX_LINES;
  for (let id = 1; id <= graph.processes && room(); id++) {
    if (radii[id] === 0) continue;
    const { parent } = processes[id - 1]!;
    if (parent === 0 || parent > graph.processes) continue;
    const up = markOf(situation, parent);
    if (up !== id && radii[up]! > 0) under.push(up, id);
  }
  for (let i = 0; i + 1 < links.length && room(); i += 2) {
    if (links[i]! > graph.processes || links[i + 1]! > graph.processes) continue;
    const from = markOf(situation, links[i]!);
    const to = markOf(situation, links[i + 1]!);
    if (from !== to && radii[from]! > 0 && radii[to]! > 0) under.push(from, to);
  }
  const size = under.length / 2 + list.length;
  const lines: Lines = { ends: new Uint32Array(size * 2), colours: new Uint8Array(size * 4) };
  lines.ends.set(under);
  const chosen = selected === 0 ? 0 : markOf(situation, selected);
  const { matches } = situation;
  /** Between two that the filter does not match. Islands stand for many, some of which it may. */
  const faint = (from: number, to: number): boolean => matches?.[from] === 0 && matches[to] === 0;
  const put = (at: number, from: number, to: number, rgb: Rgb, share: number): void => {
    lines.ends[2 * at] = from;
    lines.ends[2 * at + 1] = to;
    const mine = chosen > 0 && (from === chosen || to === chosen);
    mix(
      lines.colours,
      4 * at,
      colours.background,
      ...(mine ? colours.accent : rgb),
      mine ? Math.max(share, 0.55) : faint(from, to) ? share * FAINT : share,
    );
  };
  for (let i = 0; i < under.length; i += 2) put(i / 2, under[i]!, under[i + 1]!, colours.line, 0.75);
  list.forEach(({ key, count }, i) => {
    const share = 0.1 + 0.9 * Math.min(1, Math.log(1 + count) / Math.log(1 + strongest)) ** 1.6;
    put(under.length / 2 + i, Math.floor(key / total), key % total, colours.traffic, share);
  });
  return { lines, pairs: counts.size, together, togetherMessages };
}

function first(values: Iterable<number>, count: number): number[] {
  const out: number[] = [];
  for (const value of values) {
    out.push(value);
    if (out.length === count) break;
  }
  return out;
}

/** Messages on their way: where each is follows from the moment alone. */
export function dotsOf(situation: Situation, cast: Cast, flights: readonly Flight[], lastsNs: number): Dots {
  const { graph, ns, selected, colours, matches } = situation;
  const { positions, radii } = cast.marks;
  const flying = flights.filter((flight) => flight.sendNs <= ns && ns < flight.sendNs + Math.max(lastsNs, flight.arriveNs - flight.sendNs)); // prettier-ignore
  const step = Math.max(1, flying.length / MAX_DOTS);
  const dots: Dots = { positions: new Float32Array(MAX_DOTS * 3), colours: new Uint8Array(MAX_DOTS * 4), count: 0 };
  for (let i = 0; i < flying.length && dots.count < MAX_DOTS; i += step) {
    const { from, to, sendNs, arriveNs } = flying[Math.floor(i)]!;
    if (from > graph.processes || to > graph.processes) continue;
    const a = markOf(situation, from);
    const b = markOf(situation, to);
    if (a === b || radii[a] === 0 || radii[b] === 0) continue;
    const share = (ns - sendNs) / Math.max(lastsNs, arriveNs - sendNs);
    for (let axis = 0; axis < 3; axis++)
      dots.positions[3 * dots.count + axis] = positions[3 * a + axis]! + (positions[3 * b + axis]! - positions[3 * a + axis]!) * share; // prettier-ignore
    const rgb = selected > 0 && (from === selected || to === selected) ? colours.accent : colours.message;
    const faint = matches?.[from] === 0 && matches[to] === 0;
    mix(dots.colours, 4 * dots.count, colours.background, ...rgb, faint ? FAINT : 1);
    dots.count++;
  }
  return dots;
}
