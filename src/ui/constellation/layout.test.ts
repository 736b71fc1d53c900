import { describe, expect, it } from 'vitest';
import { buildGraph } from './graph.js';
import { grow, relax, seed, type Positions } from './layout.js';
import { numbers } from './random.js';
import { process } from './testing.js';

/** A supervision tree of `n` processes in three applications, always the same. */
function system(n: number): ReturnType<typeof process>[] {
  const random = numbers(5);
  return Array.from({ length: n }, (_, i) => {
    const id = i + 1;
    const parent = id <= 3 ? 0 : Math.max(1, Math.floor(random() * Math.min(id - 1, 60)) + 1);
    return process(id, {
      parent,
      application: `app${String((parent === 0 ? id : parent) % 3)}`,
      spawnNs: i * 10,
      exitNs: random() < 0.3 ? i * 10 + 500 : -1,
    });
  });
}

const links = (n: number, count: number): Int32Array => {
  const random = numbers(9);
  return Int32Array.from({ length: count * 2 }, () => 1 + Math.floor(random() * n));
};

function laidOut(n: number): { graph: ReturnType<typeof buildGraph>; positions: Positions } {
  const graph = buildGraph(system(n));
  const positions = seed(graph);
  relax(graph, positions, links(graph.places, n));
  return { graph, positions };
}

const all = (positions: Positions): number[] => [positions.space, positions.plane, positions.islands, positions.flatIslands].flatMap((each) => [...each]); // prettier-ignore

describe('the layout', () => {
  it('is the same for the same recording', () => {
    expect(all(laidOut(700).positions)).toEqual(all(laidOut(700).positions));
  });

  it('gives every place a finite spot of its own', () => {
    for (const n of [1, 2, 3, 40, 1_500]) {
      const { graph, positions } = laidOut(n);
      expect(all(positions).every(Number.isFinite)).toBe(true);
      for (const at of [positions.space, positions.plane]) {
        const spots = new Set<string>();
        for (let place = 1; place <= graph.places; place++)
          spots.add([0, 1, 2].map((axis) => at[3 * place + axis]!.toFixed(2)).join());
        expect(spots.size).toBe(graph.places);
      }
    }
  });

  it('keeps islands apart and their places inside of them', () => {
    const { graph, positions } = laidOut(600);
    for (const [at, islands] of [
      [positions.space, positions.islands],
      [positions.plane, positions.flatIslands],
    ] as const) {
      // prettier-ignore
      for (let a = 0; a < graph.islands.length; a++)
        for (let b = a + 1; b < graph.islands.length; b++) {
          const far = Math.hypot(islands[3 * a]! - islands[3 * b]!, islands[3 * a + 1]! - islands[3 * b + 1]!);
          expect(far).toBeGreaterThan(islands[3 * a + 2]! + islands[3 * b + 2]!);
        }
      for (let place = 1; place <= graph.places; place++) {
        const island = 3 * graph.islandOf[place]!;
        const far = Math.hypot(at[3 * place]! - islands[island]!, at[3 * place + 2]! - islands[island + 1]!);
        expect(far).toBeLessThan(islands[island + 2]! * 1.3 + 4);
      }
    }
  });

  it('brings linked processes closer than the tree alone would', () => {
    const graph = buildGraph(system(600));
    const before = seed(graph);
    const pairs = links(graph.places, 300).filter((_, i) => i < 600);
    const length = (positions: Positions): number => {
      let sum = 0;
      for (let i = 0; i < pairs.length; i += 2) {
        const [a, b] = [pairs[i]!, pairs[i + 1]!];
        if (graph.islandOf[a] !== graph.islandOf[b]) continue;
        sum += Math.hypot(...[0, 1, 2].map((axis) => positions.space[3 * a + axis]! - positions.space[3 * b + axis]!));
      }
      return sum;
    };
    const first = length(before);
    relax(graph, before, pairs);
    expect(length(before)).toBeLessThan(first);
  });

  it('leaves the old ones where they are when processes are added, and finds room for the new', () => {
    const whole = system(900);
    const then = buildGraph(whole.slice(0, 800));
    const positions = seed(then);
    relax(then, positions, new Int32Array(0));
    const now = buildGraph(whole);
    const grown = grow(now, { graph: then, positions });
    expect(all(grown).every(Number.isFinite)).toBe(true);
    for (let id = 1; id <= 800; id++) {
      const [before, after] = [3 * then.placeOf[id]!, 3 * now.placeOf[id]!];
      expect([...grown.space.subarray(after, after + 3)]).toEqual([...positions.space.subarray(before, before + 3)]);
      expect([...grown.plane.subarray(after, after + 3)]).toEqual([...positions.plane.subarray(before, before + 3)]);
    }
    const spots = new Set<string>();
    for (let place = 1; place <= now.places; place++)
      spots.add([0, 1, 2].map((axis) => grown.space[3 * place + axis]!.toFixed(2)).join());
    expect(spots.size).toBe(now.places);
  });
});
