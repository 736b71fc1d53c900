/**
 * Rows of the timeline: processes as the tree of who started whom, by application, by node or as one list, with what comes with Erlang and
 * Elixir itself in a group at the end. Pinned ones stand first, apart from all others.
 *
 *     Shop.Checkout            pinned
 *   ──────────────────────
 *   ▾ Shop.Supervisor
 *       Shop.Stock
 *     ▸ Shop.PoolSup          12
 *   ▸ Runtime                 48
 */
import type { ProcessView } from '../../server/index.js';
import { depthFirst, plantForest } from './lane-forest.js';
import { parseFilter } from './lane-filter.js';

export interface Lane {
  /** Stable: `p12` for a process, `runtime0`, `node1`, `a:shop`. */
  readonly key: string;
  /** 0: a header without a process of its own. */
  readonly process: number;
  readonly label: string;
  /** What stands behind the name, fainter. */
  readonly detail: string;
  readonly depth: number;
  /** Processes below, at any depth. */
  readonly below: number;
  readonly open: boolean;
  /** `node`: what the node as a whole weighs. */
  readonly kind: 'group' | 'node' | 'supervisor' | 'process';
  readonly node: number;
}

export interface Lanes {
  rows: Lane[];
  /** Row of each process by number; one that is folded away stands in the row of its nearest visible ancestor; -1: not shown. */
  rowOf: Int32Array;
  shown: number;
  /** The first so many rows are pinned. */
  pinned: number;
  /** What each process, with all below it, is sorted by; undefined: by start or name, or not known yet. */
  totals: Float64Array | undefined;
}

export interface LaneOptions {
  nodes: readonly string[];
  /** Keys of rows folded against their default (open, but closed for the runtime and for those whose many children have mostly ended). */
  toggled: ReadonlySet<string>;
  filter: string;
  grouping: 'supervisor' | 'application' | 'node' | 'none';
  /** `figures`: by what is known of each process, the largest first. */
  sorting: 'start' | 'name' | 'figures';
  figures?: { values: Float64Array; sum: boolean } | undefined;
  pinned: readonly number[];
  crashed: ReadonlySet<number>;
  /** Nodes were looked at: each has a row of its own. */
  nodeLanes: boolean;
}

export function processName(process: ProcessView): string {
  return process.name ?? process.label ?? shortRuns(process.runs) ?? process.pid;
}

/** `Shop.Worker` of `Shop.Worker.init/1`: callback modules say it all; other functions stay whole. */
function shortRuns(runs: string | undefined): string | undefined {
  return runs?.replace(/[.:]init\/1$/, '');
}

/** Most rows are never seen: their texts are made for those that are. */
class ProcessLane implements Lane {
  readonly process: number;

  constructor(
    private readonly view: ProcessView,
    readonly depth: number,
    readonly below: number,
    readonly open: boolean,
  ) {
    this.process = view.id;
  }
  get key(): string {
    return `p${String(this.process)}`;
  }
  get label(): string {
    return processName(this.view);
  }
  get detail(): string {
    return this.label === this.view.pid ? '' : this.view.pid;
  }
  get kind(): Lane['kind'] {
    return this.view.behaviour === 'supervisor' ? 'supervisor' : 'process';
  }
  get node(): number {
    return this.view.node;
  }
}

const MANY = 40;

export function buildLanes(processes: readonly ProcessView[], options: LaneOptions): Lanes {
  const { nodes, grouping, toggled } = options;
  const size = processes.length + 1;
  const pins = new Set(options.pinned.filter((id) => id > 0 && id < size));
  const filter = parseFilter(options.filter, { nodes, crashed: options.crashed, pinned: pins });
  const { own, runtime, children, below, matches, totals } = plantForest(processes, {
    flat: grouping === 'none',
    byApplication: grouping === 'application',
    filter,
    figures: options.sorting === 'figures' ? options.figures : undefined,
    byName: options.sorting === 'name' ? processName : undefined,
  });
  const rows: Lane[] = [];
  const rowOf = new Int32Array(size).fill(-1);
  const isOpen = (key: string, byDefault: boolean): boolean => matches !== undefined || toggled.has(key) !== byDefault;

  const laneOf = (id: number, depth: number, open: boolean): ProcessLane =>
    new ProcessLane(processes[id - 1]!, depth, below[id]!, open);
  for (const id of pins) {
    rowOf[id] = rows.length;
    rows.push(new ProcessLane(processes[id - 1]!, 0, 0, false));
  }
  const pinned = rows.length;

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
      const mine = children[id];
      const isPinned = pins.has(id);
      if (hidden >= 0) {
        if (!isPinned) rowOf[id] = hidden;
        if (mine !== undefined) push(mine, at, hidden);
        continue;
      }
      if (isPinned && mine === undefined) continue;
      const open = mine !== undefined && isOpen(`p${String(id)}`, !isGraveyard(mine));
      const lane = laneOf(id, at, open);
      // Its own lane stands above; here is only the place of those it started.
      if (isPinned) {
        const { key, label, node } = lane;
        rows.push({ key, process: 0, label, detail: '', depth: at, below: lane.below, open, kind: 'group', node });
      } else {
        rowOf[id] = rows.length;
        rows.push(lane);
      }
      if (mine !== undefined) push(mine, at + 1, open ? -1 : rows.length - 1);
    }
  };
  /** Gives whether what is in it is to be shown. */
  const header = (
    lane: Pick<Lane, 'key' | 'label' | 'depth' | 'kind'>,
    ids: readonly number[],
    byDefault: boolean,
    node = 0,
  ): boolean => {
    if (matches !== undefined && !ids.some((id) => matches[id] === 1)) return false;
    const open = isOpen(lane.key, byDefault);
    let total = 0;
    for (const id of ids) total += below[id]! + 1;
    const row = rows.length;
    rows.push({ ...lane, process: 0, detail: '', below: total, open, node });
    if (!open) for (const id of depthFirst(ids, children, size)) if (!pins.has(id)) rowOf[id] = row;
    return open;
  };
  const group = (key: string, label: string, ids: readonly number[], depth: number, byDefault: boolean): void => {
    if (ids.length > 0 && header({ key, label, depth, kind: 'group' }, ids, byDefault)) emit(ids, depth + 1);
  };
  const nodeName = (node: number): string => nodes[node] ?? `node ${String(node)}`;
  const nodeLane = (node: number): void => {
    if (!options.nodeLanes || matches !== undefined) return;
    rows.push({ key: `node${String(node)}`, process: 0, label: nodeName(node), detail: '', depth: 0, below: 0, open: false, kind: 'node', node }); // prettier-ignore
  };

  const used = new Set<number>();
  for (const process of processes) used.add(process.node);
  const numbers = [...used].sort((a, b) => a - b);
  const several = numbers.length > 1;
  if (grouping === 'supervisor' || grouping === 'node') {
    for (const node of numbers) {
      const here = (ids: number[]): number[] => (several ? ids.filter((id) => processes[id - 1]!.node === node) : ids);
      const mine = here(own);
      const its = here(runtime);
      const headed = several || grouping === 'node';
      const key = `node${String(node)}`;
      const within = grouping === 'node' ? [...mine, ...its] : mine;
      if (!headed) {
        nodeLane(node);
        emit(mine, 0);
      } else if (
        within.length > 0 &&
        header({ key, label: nodeName(node), depth: 0, kind: 'node' }, within, true, node)
      ) {
        emit(mine, 1);
        if (grouping === 'node') group(`runtime${String(node)}`, 'Runtime', its, 1, mine.length === 0);
      }
      const label = several ? `Runtime of ${nodeName(node)}` : 'Runtime';
      if (grouping === 'supervisor') group(`runtime${String(node)}`, label, its, 0, mine.length === 0);
    }
  } else {
    for (const node of numbers) nodeLane(node);
    if (grouping === 'none') {
      emit(own, 0);
      group('runtime0', 'Runtime', runtime, 0, own.length === 0);
    } else
      for (const each of applications(processes, own, runtime, below))
        group(each.key, each.label, each.ids, 0, !each.runtime);
  }
  let shown = 0;
  for (const row of rows) if (row.process > 0) shown++;
  return { rows, rowOf, shown, pinned, totals };
}

interface Application {
  key: string;
  label: string;
  ids: number[];
  /** Nothing in it is the program's own. */
  runtime: boolean;
}

/**
 * The program's own first. Where a recording does not name applications, whoever leads a tree stands for one.
 */
function applications(
  processes: readonly ProcessView[],
  own: readonly number[],
  runtime: readonly number[],
  below: Int32Array,
): Application[] {
  const groups = new Map<string, Application>();
  const add = (id: number, its: boolean): void => {
    const process = processes[id - 1]!;
    const { application } = process;
    let key = 'a:';
    let label = 'No application';
    if (application === undefined && its) [key, label] = ['runtime0', 'Runtime'];
    else if (application === undefined) {
      const leads = below[id]! > 0;
      [key, label] = leads ? [`t${String(id)}`, processName(process)] : ['a:?', 'Application not known'];
    } else if (application !== '') [key, label] = [`a:${encodeURIComponent(application)}`, application];
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { key, label, ids: [], runtime: true }));
    group.ids.push(id);
    group.runtime &&= its;
  };
  for (const id of own) add(id, false);
  for (const id of runtime) add(id, true);
  const rank = (group: Application): number => (group.runtime ? 2 : group.key === 'a:' || group.key === 'a:?' ? 1 : 0);
  return [...groups.values()].sort((a, b) => rank(a) - rank(b));
}
