/** Lines of sources: which ran, how often, when next, and with which values. */
import type { LineExecutions, LineValues } from '../code.js';
import type { FunctionId, FunctionInfo, Moment, PointInfo, ProcessId, Seq } from '../model.js';
import type { Block } from '../read/block.js';
import type { Place, Store } from '../read/store.js';
import { events } from './events.js';
import { functionInfo, modulePoints } from './functions.js';
import { pagesBack, scan } from './scan.js';

/** How many blocks in which a process ran a module are looked at for the values beside its lines. */
const VALUE_BLOCKS = 32;

export interface LineWindow {
  from?: Moment;
  to?: Moment;
  process?: ProcessId;
}

/** Functions and points of a module, by line. */
export function pointsOf(store: Store, module: string, node?: number): FunctionInfo[] {
  const found = modulePoints(store, module, node)
    .map((id) => functionInfo(store, id))
    .filter((info) => info !== undefined);
  const place = ({ point, line }: FunctionInfo): [number, number] =>
    point ? [point.line, point.column] : [line ?? 0, -1];
  return found.sort((a, b) => {
    const [lineA, columnA] = place(a);
    const [lineB, columnB] = place(b);
    return lineA - lineB || columnA - columnB || a.id - b.id;
  });
}

/** Points at which execution arrives, by id. */
function arrivals(store: Store, module: string): Map<FunctionId, PointInfo> {
  const found = new Map<FunctionId, PointInfo>();
  for (const id of modulePoints(store, module)) {
    const point = store.dictionary.point(id);
    if (point?.what === 'line') found.set(id, point);
  }
  return found;
}

export function lineExecutions(store: Store, module: string, window: LineWindow): LineExecutions[] {
  const points = arrivals(store, module);
  const counts = new Map<FunctionId, number>();
  const from = Math.max(window.from?.seq ?? 1, store.keyframe + 1);
  const to = Math.min(window.to?.seq ?? Infinity, store.events);
  const add = (id: FunctionId, count: number): void => void counts.set(id, (counts.get(id) ?? 0) + count);
  if (points.size > 0 && from <= to) {
    if (window.process === undefined) countAll(store, [...points.keys()], from, to, add);
    else countRows(store, points, { ...window, process: window.process }, from, to, add);
  }
  // The same place has a number for each time that its module was loaded; of several on a line the first is the one that most pass.
  const places = new Map<string, { line: number; count: number }>();
  for (const [id, point] of points) {
    const { inside } = store.dictionary.functions[id - 1]!;
    const key = `${inside ?? 0} ${point.line} ${point.column} ${point.label}`;
    const place = places.get(key) ?? { line: point.line, count: 0 };
    place.count += counts.get(id) ?? 0;
    places.set(key, place);
  }
  const lines = new Map<number, number>();
  for (const { line, count } of places.values()) lines.set(line, Math.max(lines.get(line) ?? 0, count));
  return [...lines]
    .filter(([, count]) => count > 0)
    .map(([line, count]) => ({ line, count }))
    .sort((a, b) => a.line - b.line);
}

type Add = (id: FunctionId, count: number) => void;

/** Blocks that lie in the window as a whole know how often they name each point. */
function countAll(store: Store, ids: readonly FunctionId[], from: Seq, to: Seq, add: Add): void {
  const wanted = new Set(ids);
  const last = store.blockOf(to);
  for (
    let i = store.nextBlockOfFunction(ids, store.blockOf(from), 1);
    i >= 0 && i <= last;
    i = store.nextBlockOfFunction(ids, i + 1, 1)
  ) {
    // prettier-ignore
    const block = store.blocks[i]!;
    if (block.firstSeq >= from && block.firstSeq + block.count - 1 <= to) {
      for (const id of ids) {
        const count = block.functionCount(id);
        if (count > 0) add(id, count);
      }
      continue;
    }
    const functions = block.functions();
    const end = Math.min(block.count - 1, to - block.firstSeq);
    for (let row = Math.max(0, from - block.firstSeq); row <= end; row++)
      if (wanted.has(functions[row]!)) add(functions[row]!, 1);
  }
}

function countRows(
  store: Store,
  points: ReadonlyMap<FunctionId, PointInfo>,
  window: LineWindow & { process: ProcessId },
  from: Seq,
  to: Seq,
  add: Add,
): void {
  const filter = {
    kinds: ['line'] as const,
    processes: [window.process],
    functions: [...points.keys()],
    from: { seq: from, ns: 0 },
    to: { seq: to, ns: 0 },
  };
  for (const { block, rows } of scan(store, filter, false)) {
    const functions = block.functions();
    for (const row of rows) add(functions[row]!, 1);
  }
}

/** The next or previous arrival at a line. */
export function nextLine(
  store: Store,
  query: { module: string; line: number; from: Moment; direction: 1 | -1; process?: ProcessId },
): Seq | undefined {
  const functions = [...arrivals(store, query.module)].filter(([, { line }]) => line === query.line).map(([id]) => id);
  const { from, direction } = query;
  const filter = {
    kinds: ['line'] as const,
    functions,
    ...(query.process === undefined ? {} : { processes: [query.process] }),
    ...(direction > 0 ? { from: { seq: from.seq + 1, ns: from.ns } } : { to: { seq: from.seq - 1, ns: from.ns } }),
  };
  for (const event of events(store, filter, direction < 0)) return event.seq;
  return undefined;
}

interface Held {
  label: string;
  expression: boolean;
  place: Place;
  index: number;
  column: number;
}

/** Of each line of a module what one process saw there last. */
export function lineValues(store: Store, module: string, process: ProcessId, at: Moment): LineValues[] {
  const ids = new Set(modulePoints(store, module).filter((id) => store.dictionary.functions[id - 1]?.point));
  const unseen = new Set(ids);
  const arrived = new Map<number, Place>();
  const held = new Map<string, Held & { line: number }>();
  const hold = (line: number, one: Held): void => {
    const key = `${line} ${one.expression ? one.column : ''} ${one.label}`;
    if (!held.has(key)) held.set(key, { ...one, line });
  };
  const visit = (place: Place): void => {
    const id = place.block.functionAt(place.row);
    const point = store.dictionary.point(id);
    if (point === undefined) return;
    unseen.delete(id);
    if (point.what === 'line' && !arrived.has(point.line)) arrived.set(point.line, place);
    if (point.what === 'expression')
      hold(point.line, { label: point.label, expression: true, place, index: 0, column: point.column });
    else
      point.names.forEach(({ name, line }, index) => hold(line, { label: name, expression: false, place, index, column: 0 })); // prettier-ignore
  };
  // Of a point that was seen nothing older counts, so further back only the others are looked for: a line that never ran has no block to look at.
  let to = at;
  for (let blocks = 0; unseen.size > 0 && blocks < VALUE_BLOCKS; blocks++) {
    const filter = {
      kinds: ['line', 'expression'] as const,
      processes: [process] as const,
      functions: [...unseen],
      to,
    };
    let inside: Block | undefined;
    for (const { block, rows } of pagesBack(store, filter)) {
      if (inside !== undefined && inside !== block) break;
      inside = block;
      for (const row of rows) if (unseen.size > 0) visit({ block, row });
      if (unseen.size === 0) break;
    }
    if (inside === undefined) break;
    to = { seq: inside.firstSeq - 1, ns: inside.firstNs };
  }
  return collect(store, arrived, [...held.values()]);
}

function collect(
  store: Store,
  arrived: ReadonlyMap<number, Place>,
  held: readonly (Held & { line: number })[],
): LineValues[] {
  // prettier-ignore
  const seqOf = (place: Place): Seq => place.block.firstSeq + place.row;
  const lines = new Map<number, LineValues>();
  for (const [line, place] of arrived)
    lines.set(line, { line, seq: seqOf(place), ns: place.block.nsAt(place.row), values: [] });
  // In the order in which they came to be.
  for (const { line, label, expression, place, index } of [...held].sort(
    (a, b) => seqOf(a.place) - seqOf(b.place) || a.index - b.index,
  )) {
    // prettier-ignore
    const seq = seqOf(place);
    let entry = lines.get(line);
    // Of a time before the last arrival: that one has not come so far.
    if (entry !== undefined && arrived.has(line) && seq < entry.seq) continue;
    if (entry === undefined) lines.set(line, (entry = { line, seq, ns: place.block.nsAt(place.row), values: [] }));
    const term = store.termsAt(place.block, place.row)[0];
    const value = expression ? term : term?.kind === 'list' ? term.elements[index] : undefined;
    if (value !== undefined) entry.values.push({ label, expression, value, seq });
  }
  return [...lines.values()].sort((a, b) => a.line - b.line);
}
