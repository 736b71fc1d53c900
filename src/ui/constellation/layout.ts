/**
 * Where every place of the graph lies. First a cone tree (after Robertson, Mackinlay and Card, 1991): children on rings below the one that
 * started them, each ring as wide as what hangs below its members; then a relaxation that pulls linked processes together and pushes close
 * ones apart, with a few sampled neighbours a step instead of all. Applications are islands that lie side by side.
 *
 * Everything follows from the graph alone: the same recording always looks the same. A graph that has grown keeps the places it had.
 *
 *         ●               y: depth in the tree
 *       ╱ │ ╲             x, z: the rings, seen from above
 *      ●  ●  ●
 */
import type { Graph } from './graph.js';
import { pack } from './pack.js';
import { numbers } from './random.js';

export interface Positions {
  /** x, y, z by place, place 0 first. */
  space: Float32Array;
  /** The same for the flat view: y is 0. */
  plane: Float32Array;
  /** x, z and radius of each island. */
  islands: Float32Array;
  flatIslands: Float32Array;
}

/** Distance between neighbours on a ring, and between the levels of the tree. */
const ROOM = 2.4;
const LEVEL = 5;
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** The cone tree: good enough to be shown while the rest is computed. */
export function seed(graph: Graph): Positions {
  const children = childrenOf(graph);
  const order = parentsFirst(graph, children);
  const depth = new Int32Array(graph.places + 1);
  for (const place of order) depth[place] = graph.above[place] === 0 ? 0 : depth[graph.above[place]!]! + 1;
  const cone = spread(graph, children, order, false);
  const flat = spread(graph, children, order, true);
  for (const place of order) cone.at[3 * place + 1] = -depth[place]! * LEVEL;
  return { space: cone.at, plane: flat.at, islands: cone.islands, flatIslands: flat.islands };
}

/** Everything as seen from above. In space a process stands over the middle of its children, flat it stands among them. */
function spread(
  graph: Graph,
  children: readonly (readonly number[] | undefined)[],
  order: readonly number[],
  flat: boolean,
): { at: Float32Array; islands: Float32Array } {
  const { places, above, islandOf, islands } = graph;
  const one = ROOM / 2;
  const radius = new Float64Array(places + 1).fill(one);
  const x = new Float64Array(places + 1);
  const z = new Float64Array(places + 1);
  /** Where a place itself lies in the circle of its tree. */
  const ownX = new Float64Array(places + 1);
  const ownZ = new Float64Array(places + 1);
  for (let i = order.length - 1; i >= 0; i--) {
    const place = order[i]!;
    const mine = children[place];
    if (mine === undefined) continue;
    // The place itself is told apart from its tree by 0, which is nobody's.
    const circles = mine.map((child) => ({ id: child, radius: radius[child]! }));
    if (flat) circles.push({ id: 0, radius: one });
    radius[place] = pack(circles, (id, cx, cz) => {
      if (id === 0) {
        ownX[place] = cx;
        ownZ[place] = cz;
      } else {
        x[id] = cx;
        z[id] = cz;
      }
    });
  }

  const tops: number[][] = islands.map(() => []);
  for (const place of order) if (above[place] === 0) tops[islandOf[place]!]!.push(place);
  const wide = tops.map(
    (mine) => pack(mine.map((id) => ({ id, radius: radius[id]! })), (id, cx, cz) => { x[id] = cx; z[id] = cz; }) + one, // prettier-ignore
  );
  const round = new Float32Array(3 * islands.length);
  const apart = islands.map((_, id) => ({ id, radius: wide[id]! + ROOM / 2 }));
  pack(apart, (id, cx, cz) => {
    round.set([cx, cz, wide[id]!], 3 * id);
  });

  const at = new Float32Array(3 * (places + 1));
  for (const place of order) {
    const up = above[place]!;
    x[place]! += up === 0 ? round[3 * islandOf[place]!]! : x[up]!;
    z[place]! += up === 0 ? round[3 * islandOf[place]! + 1]! : z[up]!;
    at[3 * place] = x[place]! + ownX[place]!;
    at[3 * place + 2] = z[place]! + ownZ[place]!;
  }
  return { at, islands: round };
}

const STEPS = 48;
/** Neighbours in the order of a curve that fills the space, to each side, and others anywhere in the island. */
const NEAR = 8;
const FAR = 8;

/** Makes `positions` better in place. Links are pairs of places. */
export function relax(graph: Graph, positions: Positions, links: ArrayLike<number>): void {
  relaxIn(graph, positions.space, links, true);
  relaxIn(graph, positions.plane, links, false);
}

function relaxIn(graph: Graph, at: Float32Array, links: ArrayLike<number>, deep: boolean): void {
  const { places, above, islandOf, islands } = graph;
  const home = at.slice();
  const push = new Float32Array(at.length);
  const random = numbers(places + 1);
  const members: number[][] = islands.map(() => []);
  for (let place = 1; place <= places; place++) members[islandOf[place]!]!.push(place);
  const apart = (a: number, b: number, strength: number): void => {
    let dx = at[3 * a]! - at[3 * b]!;
    let dy = deep ? at[3 * a + 1]! - at[3 * b + 1]! : 0;
    let dz = at[3 * a + 2]! - at[3 * b + 2]!;
    let square = dx * dx + dy * dy + dz * dz;
    if (square > 4 * ROOM * ROOM * 4) return;
    if (square < 1e-4) {
      // Two on one spot part in a direction that their numbers give.
      dx = Math.cos(a * GOLDEN);
      dy = 0;
      dz = Math.sin(a * GOLDEN);
      square = 1;
    }
    const force = (strength * ROOM * ROOM) / (square + 0.5);
    const length = Math.sqrt(square);
    add(push, a, (dx / length) * force, (dy / length) * force, (dz / length) * force);
    add(push, b, (-dx / length) * force, (-dy / length) * force, (-dz / length) * force);
  };
  const together = (a: number, b: number, rest: number, strength: number): void => {
    const dx = at[3 * b]! - at[3 * a]!;
    const dy = deep ? at[3 * b + 1]! - at[3 * a + 1]! : 0;
    const dz = at[3 * b + 2]! - at[3 * a + 2]!;
    const length = Math.sqrt(dx * dx + dy * dy + dz * dz) || 1;
    if (length <= rest) return;
    const force = (Math.min(length - rest, 8) * strength) / length;
    add(push, a, dx * force, dy * force, dz * force);
    add(push, b, -dx * force, -dy * force, -dz * force);
  };
  const order = members.map((list) => list);
  for (let step = 0; step < STEPS; step++) {
    push.fill(0);
    const heat = 1 - step / STEPS;
    for (let k = 0; k < order.length; k++) {
      if (step % 12 === 0) order[k] = alongCurve(order[k]!, at);
      const list = order[k]!;
      for (let i = 0; i < list.length; i++) {
        for (let near = 1; near <= NEAR && i + near < list.length; near++) apart(list[i]!, list[i + near]!, 0.12);
        for (let far = 0; far < FAR; far++) {
          const other = list[Math.floor(random() * list.length)]!;
          if (other !== list[i]) apart(list[i]!, other, 0.12);
        }
      }
    }
    for (let place = 1; place <= places; place++)
      if (above[place]! > 0) together(place, above[place]!, LEVEL * 1.2, 0.02);
    for (let i = 0; i + 1 < links.length; i += 2) {
      const a = links[i]!;
      const b = links[i + 1]!;
      if (a > 0 && b > 0 && a <= places && b <= places && islandOf[a] === islandOf[b]) together(a, b, ROOM, 0.015);
    }
    for (let place = 1; place <= places; place++) {
      for (let axis = 0; axis < 3; axis++) {
        if (axis === 1 && !deep) continue;
        const i = 3 * place + axis;
        // The tree stays readable: nobody goes far from where it put them.
        const back = (home[i]! - at[i]!) * (axis === 1 ? 0.5 : 0.12);
        at[i] = at[i]! + clamp(push[i]! * heat + back, -0.6, 0.6);
      }
    }
  }
}

/** In the order of a curve that visits near places one after the other (Morton, 1966), in the plane. */
function alongCurve(places: readonly number[], at: Float32Array): number[] {
  let low = Infinity;
  let high = -Infinity;
  for (const place of places) {
    low = Math.min(low, at[3 * place]!, at[3 * place + 2]!);
    high = Math.max(high, at[3 * place]!, at[3 * place + 2]!);
  }
  const scale = 1023 / Math.max(1e-6, high - low);
  const keyed = places.map((place) => ({
    place,
    key: interleave((at[3 * place]! - low) * scale) | (interleave((at[3 * place + 2]! - low) * scale) << 1),
  }));
  return keyed.sort((a, b) => a.key - b.key || a.place - b.place).map((each) => each.place);
}

function interleave(value: number): number {
  let v = Math.floor(value) & 1023;
  v = (v | (v << 8)) & 0x00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f;
  v = (v | (v << 2)) & 0x33333333;
  return (v | (v << 1)) & 0x55555555;
}

/**
 * Places for a graph that has grown. `known` is the old graph with its positions: whoever had a place keeps it, and who is new stands as near as
 * there is room to who started it.
 */
export function grow(graph: Graph, known: { graph: Graph; positions: Positions }): Positions {
  const { places, above, islandOf } = graph;
  const old = known.positions;
  const space = new Float32Array(3 * (places + 1));
  const plane = new Float32Array(3 * (places + 1));
  const has = new Uint8Array(places + 1);
  for (let id = 1; id <= Math.min(graph.processes, known.graph.processes); id++) {
    const place = graph.placeOf[id]!;
    const was = known.graph.placeOf[id]!;
    if (has[place] === 1) continue;
    has[place] = 1;
    for (let axis = 0; axis < 3; axis++) {
      space[3 * place + axis] = old.space[3 * was + axis]!;
      plane[3 * place + axis] = old.plane[3 * was + axis]!;
    }
  }
  const round = growIslands(graph, known.graph, old.islands);
  const flatRound = growIslands(graph, known.graph, old.flatIslands);
  const inSpace = new Taken(space, has);
  const inPlane = new Taken(plane, has);
  for (const place of parentsFirst(graph, childrenOf(graph))) {
    if (has[place] === 1) continue;
    const up = above[place]!;
    const island = islandOf[place]!;
    const from = (at: Float32Array, circles: Float32Array): [number, number, number] =>
      up > 0
        ? [at[3 * up]!, at[3 * up + 1]!, at[3 * up + 2]!]
        : [circles[3 * island]!, LEVEL, circles[3 * island + 1]!];
    const [sx, sy, sz] = from(space, round);
    inSpace.settle(place, sx, sy - LEVEL, sz);
    const [px, , pz] = from(plane, flatRound);
    inPlane.settle(place, px, 0, pz);
    has[place] = 1;
    widen(round, island, space, place);
    widen(flatRound, island, plane, place);
  }
  return { space, plane, islands: round, flatIslands: flatRound };
}

function widen(circles: Float32Array, island: number, at: Float32Array, place: number): void {
  const reach =
    Math.hypot(at[3 * place]! - circles[3 * island]!, at[3 * place + 2]! - circles[3 * island + 1]!) + ROOM / 2;
  circles[3 * island + 2] = Math.max(circles[3 * island + 2]!, reach);
}

/** Islands keep their place; a new application lies outside of all others. */
function growIslands({ islands }: Graph, known: Graph, old: Float32Array): Float32Array {
  const round = new Float32Array(3 * islands.length);
  const index = new Map(known.islands.map((island, i) => [island.key, i]));
  let edge = 0;
  for (let i = 0; i < old.length; i += 3) edge = Math.max(edge, Math.hypot(old[i]!, old[i + 1]!) + old[i + 2]!);
  islands.forEach((island, i) => {
    const was = index.get(island.key);
    if (was !== undefined) {
      round.set(old.subarray(3 * was, 3 * was + 3), 3 * i);
      return;
    }
    const wide = ROOM * (1 + Math.sqrt(island.size));
    round.set([Math.cos(i * GOLDEN) * (edge + wide), Math.sin(i * GOLDEN) * (edge + wide), wide], 3 * i);
    edge += 2 * wide;
  });
  return round;
}

/** Which spots are taken, on a grid. */
class Taken {
  private readonly cells = new Map<string, number[]>();

  constructor(
    private readonly at: Float32Array,
    has: Uint8Array,
  ) {
    for (let place = 1; place < has.length; place++) if (has[place] === 1) this.add(place);
  }

  /** On the first free spot of a spiral around a point. */
  settle(place: number, x: number, y: number, z: number): void {
    for (let i = 1; ; i++) {
      const far = ROOM * 0.7 * Math.sqrt(i);
      const sx = x + Math.cos(i * GOLDEN) * far;
      const sz = z + Math.sin(i * GOLDEN) * far;
      if (!this.free(sx, y, sz) && i < 4_000) continue;
      this.at.set([sx, y, sz], 3 * place);
      this.add(place);
      return;
    }
  }

  private key(x: number, y: number, z: number): string {
    return `${String(Math.floor(x / ROOM))},${String(Math.floor(y / ROOM))},${String(Math.floor(z / ROOM))}`;
  }
  private add(place: number): void {
    const key = this.key(this.at[3 * place]!, this.at[3 * place + 1]!, this.at[3 * place + 2]!);
    const cell = this.cells.get(key);
    if (cell === undefined) this.cells.set(key, [place]);
    else cell.push(place);
  }
  private free(x: number, y: number, z: number): boolean {
    for (let dx = -1; dx <= 1; dx++)
      for (let dy = -1; dy <= 1; dy++)
        for (let dz = -1; dz <= 1; dz++)
          for (const other of this.cells.get(this.key(x + dx * ROOM, y + dy * ROOM, z + dz * ROOM)) ?? []) {
            const ox = this.at[3 * other]! - x;
            const oy = this.at[3 * other + 1]! - y;
            const oz = this.at[3 * other + 2]! - z;
            if (ox * ox + oy * oy + oz * oz < ROOM * ROOM * 0.6) return false;
          }
    return true;
  }
}

function childrenOf({ places, above }: Graph): (number[] | undefined)[] {
  const children = new Array<number[] | undefined>(places + 1);
  for (let place = 1; place <= places; place++) if (above[place]! > 0) (children[above[place]!] ??= []).push(place);
  return children;
}

function parentsFirst({ places, above }: Graph, children: readonly (readonly number[] | undefined)[]): number[] {
  const order: number[] = [];
  for (let place = 1; place <= places; place++) if (above[place] === 0) order.push(place);
  // Grows while it is read: each place is met after the one above it.
  for (const place of order) for (const child of children[place] ?? []) order.push(child);
  return order;
}

function add(to: Float32Array, place: number, x: number, y: number, z: number): void {
  to[3 * place]! += x;
  to[3 * place + 1]! += y;
  to[3 * place + 2]! += z;
}
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
