/**
 * Processes as trees, in the order in which lanes stand: who started whom, as far as a group reaches. All columns are by process number, so
 * that a hundred thousand processes cost a few milliseconds.
 */
import type { ProcessView } from '../../server/index.js';
import type { ProcessFilter } from './lane-filter.js';

export interface Forest {
  /** Started by nobody of their group: the program's own, and what comes with Erlang and Elixir. */
  own: number[];
  runtime: number[];
  children: readonly (readonly number[] | undefined)[];
  /** Processes below each, at any depth. */
  below: Int32Array;
  /** 1: it or something below it is looked for; undefined: everything is. */
  matches: Uint8Array | undefined;
  /** What each is sorted by, with what lies below it; undefined: sorted by something else. */
  totals: Float64Array | undefined;
}

export interface ForestOptions {
  /** No trees at all. */
  flat: boolean;
  /** Trees end where the application does. */
  byApplication: boolean;
  filter: ProcessFilter | undefined;
  /** By process number: the largest first, a tree by its sum, or by its largest. */
  figures: { values: Float64Array; sum: boolean } | undefined;
  /** By name, rather than in the order of their births. */
  byName: ((process: ProcessView) => string) | undefined;
}

export function plantForest(processes: readonly ProcessView[], options: ForestOptions): Forest {
  const size = processes.length + 1;
  const children = new Array<number[] | undefined>(size);
  const own: number[] = [];
  const runtime: number[] = [];
  for (const process of processes) {
    const parent = options.flat ? undefined : processes[process.parent - 1];
    // What the runtime started may still be the program's own: an application master starts the first supervisor.
    const apart =
      parent === undefined ||
      (parent.runtime && !process.runtime) ||
      (options.byApplication && parent.application !== process.application);
    if (apart) (process.runtime ? runtime : own).push(process.id);
    else (children[process.parent] ??= []).push(process.id);
  }
  const below = new Int32Array(size);
  const matches = options.filter === undefined ? undefined : new Uint8Array(size);
  const totals = options.figures === undefined ? undefined : new Float64Array(size);
  // Parents have smaller numbers than the children they started, except where a process was met before its parent.
  const order = depthFirst([...own, ...runtime], children, size);
  for (let i = order.length - 1; i >= 0; i--) {
    const id = order[i]!;
    let count = 0;
    let hit = options.filter?.(processes[id - 1]!) === true;
    let total = options.figures?.values[id] ?? 0;
    const mine = children[id];
    if (mine !== undefined)
      for (const child of mine) {
        count += below[child]! + 1;
        hit ||= matches?.[child] === 1;
        if (totals !== undefined)
          total = options.figures!.sum ? total + totals[child]! : Math.max(total, totals[child]!);
      }
    below[id] = count;
    if (matches !== undefined && hit) matches[id] = 1;
    if (totals !== undefined) totals[id] = total;
  }
  const compare = comparison(processes, options, totals);
  if (compare !== undefined) {
    own.sort(compare);
    runtime.sort(compare);
    for (const list of children) if (list !== undefined && list.length > 1) list.sort(compare);
  } else if (!options.flat) {
    // Whoever leads a tree before those who are alone.
    const rank = (id: number): number => (processes[id - 1]!.behaviour === 'supervisor' ? 0 : below[id]! > 0 ? 1 : 2);
    const ranked = (ids: readonly number[]): number[] => {
      const byRank: number[][] = [[], [], []];
      for (const id of ids) byRank[rank(id)]!.push(id);
      return byRank.flat();
    };
    return { own: ranked(own), runtime: ranked(runtime), children, below, matches, totals };
  }
  return { own, runtime, children, below, matches, totals };
}

/** Undefined: as they come. */
function comparison(
  processes: readonly ProcessView[],
  { byName }: ForestOptions,
  totals: Float64Array | undefined,
): ((a: number, b: number) => number) | undefined {
  if (totals !== undefined) return (a, b) => totals[b]! - totals[a]! || a - b;
  if (byName === undefined) return undefined;
  const names = ['', ...processes.map((process) => byName(process).toLowerCase())];
  return (a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : a - b);
}

/** Parents before children; each process once, whatever a damaged recording says about parents. */
export function depthFirst(
  ids: readonly number[],
  children: readonly (readonly number[] | undefined)[],
  size: number,
): number[] {
  const out: number[] = [];
  const seen = new Uint8Array(size);
  const stack = [...ids].reverse();
  while (stack.length > 0) {
    const id = stack.pop()!;
    if (seen[id] === 1) continue;
    seen[id] = 1;
    out.push(id);
    const mine = children[id];
    if (mine !== undefined) for (let i = mine.length - 1; i >= 0; i--) stack.push(mine[i]!);
  }
  return out;
}
