/**
 * The processes as the constellation places them: applications as islands, in each the tree of who started whom, and places that processes
 * share who never live at the same time: hundreds of short tasks of one supervisor need only as many places as there are tasks at once.
 */
import type { ProcessView } from '../../server/index.js';
import { processName } from '../model/lanes.js';

export interface Island {
  /** Stands in the address: stable while the recording grows. */
  key: string;
  label: string;
  /** How many processes, over the whole recording. */
  size: number;
  node: number;
  runtime: boolean;
}

export interface Graph {
  /** Processes have the numbers 1 to `processes`. */
  processes: number;
  /** Place of each process, by number; place 0 is nobody's. */
  placeOf: Int32Array;
  places: number;
  /** The place that is above a place in the same island; 0: none. */
  above: Int32Array;
  /** Index of the island of each place. */
  islandOf: Int32Array;
  islands: Island[];
}

/** A tree with fewer processes is not worth an island of its own. */
const ISLAND = 5;

export function buildGraph(processes: readonly ProcessView[]): Graph {
  const n = processes.length;
  const root = roots(processes);
  const below = new Int32Array(n + 1);
  for (let id = 1; id <= n; id++) below[root[id]!]!++;

  const islands: Island[] = [];
  const byKey = new Map<string, number>();
  const islandOfProcess = new Int32Array(n + 1);
  const several = processes.some((process) => process.node !== processes[0]!.node);
  for (const process of processes) {
    const { key, label } = islandNamed(process, processes[root[process.id]! - 1]!, below[root[process.id]!]!);
    const full = several ? `${String(process.node)}/${key}` : key;
    let index = byKey.get(full);
    if (index === undefined) {
      index = islands.length;
      byKey.set(full, index);
      islands.push({ key: full, label, size: 0, node: process.node, runtime: process.runtime });
    }
    const island = islands[index]!;
    island.size++;
    island.runtime &&= process.runtime;
    islandOfProcess[process.id] = index;
  }

  // In the order of birth, so that parents have their places before their children, and a recording that grows gives the old ones the same.
  const placeOf = new Int32Array(n + 1);
  const above: number[] = [0];
  const islandOf: number[] = [0];
  const owner: number[] = [0];
  const free = new Map<string, Free>();
  const inOrder = Array.from({ length: n }, (_, i) => i + 1).sort(
    (a, b) => processes[a - 1]!.spawnNs - processes[b - 1]!.spawnNs || a - b,
  );
  const parentIn = (id: number): number => {
    const { parent } = processes[id - 1]!;
    return parent > 0 && parent <= n && islandOfProcess[parent] === islandOfProcess[id] && root[parent] === root[id]
      ? parent
      : 0;
  };
  for (const id of inOrder) {
    const process = processes[id - 1]!;
    const up = placeOf[parentIn(id)]!;
    // Whoever is started again under its name comes back to its place.
    const group = `${String(up)}/${String(islandOfProcess[id])}/${process.name ?? ''}`;
    let list = free.get(group);
    if (list === undefined) free.set(group, (list = new Free()));
    let place = list.take(process.spawnNs);
    if (place === 0) {
      place = above.length;
      above.push(up);
      islandOf.push(islandOfProcess[id]!);
      owner.push(id);
    }
    placeOf[id] = place;
    if (process.exitNs >= 0) list.give(place, process.exitNs);
  }
  // Children may come before the parents that a recording learns of later.
  for (let place = 1; place < above.length; place++) {
    const up = placeOf[parentIn(owner[place]!)]!;
    if (above[place] === 0 && up !== place && !isAbove(above, place, up)) above[place] = up;
  }
  return {
    processes: n,
    placeOf,
    places: above.length - 1,
    above: Int32Array.from(above),
    islandOf: Int32Array.from(islandOf),
    islands,
  };
}

function isAbove(above: readonly number[], place: number, from: number): boolean {
  for (let here = from; here !== 0; here = above[here]!) if (here === place) return true;
  return false;
}

/** Places whose process has ended, by when: a heap. */
class Free {
  private readonly heap: { place: number; ns: number }[] = [];

  give(place: number, ns: number): void {
    const { heap } = this;
    heap.push({ place, ns });
    let i = heap.length - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (heap[up]!.ns <= heap[i]!.ns) break;
      [heap[up], heap[i]] = [heap[i]!, heap[up]!];
      i = up;
    }
  }

  /** A place that is free at a time; 0: none. */
  take(ns: number): number {
    const { heap } = this;
    const first = heap[0];
    if (first === undefined || first.ns >= ns) return 0;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      let i = 0;
      for (;;) {
        const left = 2 * i + 1;
        if (left >= heap.length) break;
        const right = left + 1;
        const least = right < heap.length && heap[right]!.ns < heap[left]!.ns ? right : left;
        if (heap[i]!.ns <= heap[least]!.ns) break;
        [heap[least], heap[i]] = [heap[i]!, heap[least]!];
        i = least;
      }
    }
    return first.place;
  }
}

/** The topmost process above each one, by number. A circle of parents, as a damaged recording may have it, is cut where it is entered. */
function roots(processes: readonly ProcessView[]): Int32Array {
  const n = processes.length;
  const root = new Int32Array(n + 1);
  for (let id = 1; id <= n; id++) {
    const way: number[] = [];
    let here = id;
    while (root[here] === 0) {
      way.push(here);
      root[here] = -1;
      const process = processes[here - 1]!;
      const parent = processes[process.parent - 1];
      // What the runtime started may still be the program's own.
      if (parent === undefined || (parent.runtime && !process.runtime)) break;
      here = parent.id;
    }
    const top = root[here]! > 0 ? root[here]! : way.at(-1)!;
    for (const each of way) root[each] = top;
  }
  return root;
}

function islandNamed(process: ProcessView, top: ProcessView, size: number): { key: string; label: string } {
  const { application } = process;
  if (application !== undefined && application !== '') return { key: application, label: application };
  if (process.runtime) return { key: 'runtime', label: 'Runtime' };
  if (size < ISLAND) return { key: 'others', label: 'Other processes' };
  return { key: `p${String(top.id)}`, label: processName(top) };
}
