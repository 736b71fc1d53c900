/**
 * Rows of the timeline: processes as the tree of who started whom, with what comes with Erlang and Elixir itself in a group at the end.
 *
 *   ▾ Shop.Supervisor
 *       Shop.Stock
 *     ▸ Shop.PoolSup          12
 *   ▸ Runtime                 48
 */
import type { ProcessView } from '../../server/index.js';

export interface Lane {
  /** Stable: `p12` for a process, `runtime`, `node1`. */
  key: string;
  /** 0: a header without a process of its own. */
  process: number;
  label: string;
  /** What stands behind the name, fainter. */
  detail: string;
  depth: number;
  /** Processes below, at any depth. */
  below: number;
  open: boolean;
  kind: 'group' | 'supervisor' | 'process';
}

export interface Lanes {
  rows: Lane[];
  /** Row of each process by number; one that is folded away stands in the row of its nearest visible ancestor; -1: not shown. */
  rowOf: Int32Array;
  shown: number;
}

export interface LaneOptions {
  nodes: readonly string[];
  /** Keys of rows folded against their default (open, but closed for the runtime and for those whose many children have mostly ended). */
  toggled: ReadonlySet<string>;
  filter: string;
}

export function processName(process: ProcessView): string {
  return process.name ?? process.label ?? shortRuns(process.runs) ?? process.pid;
}

/** `Shop.Worker` of `Shop.Worker.init/1`: callback modules say it all; other functions stay whole. */
function shortRuns(runs: string | undefined): string | undefined {
  return runs?.replace(/[.:]init\/1$/, '');
}

const MANY = 40;

export function buildLanes(processes: readonly ProcessView[], options: LaneOptions): Lanes {
  const size = processes.length + 1;
  const children: (number[] | undefined)[] = new Array<number[] | undefined>(size);
  const roots: number[] = [];
  const runtime: number[] = [];
  for (const process of processes) {
    const parent = processes[process.parent - 1];
    // What the runtime started may still be the program's own: an application master starts the first supervisor.
    if (process.parent === 0 || parent === undefined || (parent.runtime && !process.runtime)) {
      (process.runtime ? runtime : roots).push(process.id);
    } else {
      (children[process.parent] ??= []).push(process.id);
    }
  }
  const below = new Int32Array(size);
  const wanted = options.filter.trim().toLowerCase();
  const matches = wanted === '' ? undefined : new Uint8Array(size);
  // Parents have smaller numbers than the children they started, except where a process was met before its parent.
  const order = depthFirst([...roots, ...runtime], children, size);
  for (let i = order.length - 1; i >= 0; i--) {
    const id = order[i]!;
    const process = processes[id - 1]!;
    let total = 0;
    let hit = matches !== undefined && matchesFilter(process, wanted);
    for (const child of children[id] ?? []) {
      total += below[child]! + 1;
      if (matches?.[child] === 1) hit = true;
    }
    below[id] = total;
    if (matches !== undefined && hit) matches[id] = 1;
  }

  const rows: Lane[] = [];
  const rowOf = new Int32Array(size).fill(-1);
  const isOpen = (key: string, byDefault: boolean): boolean =>
    matches !== undefined || options.toggled.has(key) !== byDefault;

  /** Hundreds of short-lived tasks under one supervisor: folded until asked for. */
  const isGraveyard = (ids: readonly number[]): boolean => {
    if (ids.length <= MANY) return false;
    let dead = 0;
    for (const id of ids) if (processes[id - 1]!.exitNs >= 0) dead++;
    return dead > MANY && dead > ids.length * 0.75;
  };
  const emit = (ids: readonly number[], depth: number): void => {
    const stack: { id: number; depth: number; hidden: number }[] = [];
    const push = (list: readonly number[], at: number, hidden: number): void => {
      for (let i = list.length - 1; i >= 0; i--) stack.push({ id: list[i]!, depth: at, hidden });
    };
    push(ids, depth, -1);
    while (stack.length > 0) {
      const { id, depth: at, hidden } = stack.pop()!;
      if (matches !== undefined && matches[id] !== 1) continue;
      const process = processes[id - 1]!;
      const mine = children[id] ?? [];
      if (hidden >= 0) {
        rowOf[id] = hidden;
        push(mine, at, hidden);
        continue;
      }
      const key = `p${String(id)}`;
      const open = mine.length > 0 && isOpen(key, !isGraveyard(mine));
      rowOf[id] = rows.length;
      const name = processName(process);
      rows.push({
        key,
        process: id,
        label: name,
        detail: name === process.pid ? '' : process.pid,
        depth: at,
        below: below[id]!,
        open,
        kind: process.behaviour === 'supervisor' ? 'supervisor' : 'process',
      });
      push(mine, at + 1, open ? -1 : rows.length - 1);
    }
  };
  const group = (key: string, label: string, ids: readonly number[], depth: number, byDefault: boolean): void => {
    if (ids.length === 0) return;
    const visible = matches === undefined || ids.some((id) => matches[id] === 1);
    if (!visible) return;
    const open = isOpen(key, byDefault);
    const total = ids.reduce((sum, id) => sum + below[id]! + 1, 0);
    const row = rows.length;
    rows.push({ key, process: 0, label, detail: '', depth, below: total, open, kind: 'group' });
    if (open) emit(ids, depth + 1);
    else for (const id of depthFirst(ids, children, size)) rowOf[id] = row;
  };

  const rank = (id: number): number => (processes[id - 1]!.behaviour === 'supervisor' ? 0 : below[id]! > 0 ? 1 : 2);
  const supervisorsFirst = (ids: number[]): number[] => [...ids].sort((a, b) => rank(a) - rank(b) || a - b);
  const nodes = new Set(processes.map((process) => process.node));
  for (const node of [...nodes].sort((a, b) => a - b)) {
    const mine = (ids: number[]): number[] => supervisorsFirst(ids.filter((id) => processes[id - 1]!.node === node));
    const own = mine(roots);
    const its = mine(runtime);
    const several = nodes.size > 1;
    if (several) group(`node${String(node)}`, options.nodes[node] ?? `node ${String(node)}`, own, 0, true);
    else emit(own, 0);
    group(
      `runtime${String(node)}`,
      several ? `Runtime of ${options.nodes[node] ?? ''}` : 'Runtime',
      its,
      0,
      own.length === 0,
    );
  }
  let shown = 0;
  for (const row of rows) if (row.process > 0) shown++;
  return { rows, rowOf, shown };
}

function matchesFilter(process: ProcessView, wanted: string): boolean {
  return [process.name, process.label, process.runs, process.pid, process.behaviour].some(
    (text) => text?.toLowerCase().includes(wanted) === true,
  );
}

/** Parents before children; each process once, whatever a damaged recording says about parents. */
function depthFirst(
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
