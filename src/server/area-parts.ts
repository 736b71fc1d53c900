/** What is told of an area's totals: the largest rows of the part that is looked at, without names. Plain data: it may come from another thread. */
import type { Seq } from '../recording/index.js';
import { ROOT, type Flames } from './area-flames.js';
import type {
  AreaAnswer,
  AreaFlame,
  AreaFunction,
  AreaMethods,
  AreaPair,
  AreaProcess,
  AreaSort,
} from './area-protocol.js';
import type { AreaTotals } from './area-totals.js';

export type AreaParams = AreaMethods['area']['params'];
/** Of an area: what is counted, and what of it is told. */
export type PartParams = Pick<AreaParams, 'part' | 'path' | 'limit'> & { sort?: AreaSort | undefined };

export type NamelessFunction = Omit<AreaFunction, 'text' | 'module' | 'line'>;
export type NamelessFlame = Omit<AreaFlame, 'names'>;

export type NamelessPart =
  | { part: 'functions'; rows: NamelessFunction[] }
  | { part: 'messages'; rows: AreaPair[]; others: number }
  | { part: 'flame'; flame: NamelessFlame | undefined }
  | { part: 'processes'; rows: AreaProcess[] }
  | { part: 'errors'; seqs: Seq[] };

export type NamelessAnswer = Omit<AreaAnswer, 'gaps' | 'gapsMore' | 'part'> & { part: NamelessPart };

const ROWS = 200;
const MAX_FLAME = 1_500;
/** Nodes with a smaller share than this cannot be seen. */
const SMALLEST = 1 / 4_000;

export function answerOf(totals: AreaTotals, params: PartParams): NamelessAnswer {
  return {
    share: totals.share,
    done: totals.done,
    toNs: totals.toNs,
    events: totals.events,
    messages: totals.messages,
    calls: totals.calls.begun,
    processes: totals.met,
    born: totals.born,
    ended: totals.ended,
    errors: totals.errors,
    busyNs: totals.busyNs,
    scheduled: totals.scheduled,
    ...partOf(totals, params),
  };
}

function partOf(
  totals: AreaTotals,
  { part, sort, path = [], limit = ROWS }: PartParams,
): { part: NamelessPart; total: number } {
  switch (part) {
    case 'functions':
      return { total: totals.calls.functions.count, part: { part, rows: functionRows(totals, sort, limit) } };
    case 'messages': {
      const all = totals.pairs.all;
      return { total: all.length, part: { part, others: totals.pairs.others, rows: pairRows(totals, sort, limit) } };
    }
    case 'processes':
      return { total: totals.met, part: { part, rows: processRows(totals, sort, limit) } };
    case 'errors':
      return { total: totals.errors, part: { part, seqs: totals.errorSeqs.slice(0, limit) } };
    case 'flame':
      return { total: totals.calls.flames.fns.length - 1, part: { part, flame: flame(totals.calls.flames, path) } };
  }
}

/** The functions of an area, those with the largest figure first. */
export function functionRows(totals: AreaTotals, sort: AreaSort | undefined, limit: number): NamelessFunction[] {
  const { functions } = totals.calls;
  const { calls, totalNs, longestNs, ownNs } = functions;
  const by = pick(sort, { own: ownNs, total: totalNs, calls, longest: longestNs }, ownNs);
  return most(functions.count, (place) => by[place]!, limit).map((place) => ({
    fn: functions.fns[place]!,
    calls: calls[place]!,
    before: functions.before[place]!,
    raised: functions.raised[place]!,
    ownNs: ownNs[place]!,
    totalNs: totalNs[place]!,
    longest: { seq: functions.longestSeq[place]!, ns: longestNs[place]! },
  }));
}

/** The pairs that speak in an area, those with the largest figure first. */
export function pairRows(totals: AreaTotals, sort: AreaSort | undefined, limit: number): AreaPair[] {
  const all = totals.pairs.all;
  const by = pick<'count' | 'bytes' | 'median' | 'max'>(
    sort,
    { count: 'count', bytes: 'bytes', median: 'median', max: 'max' },
    'count',
  );
  const value = (at: number): number => {
    const each = all[at]!;
    if (by === 'median') return Math.max(each.handle.median, each.arrive.median);
    return by === 'max' ? each.slowest.ns : each[by];
  };
  return most(all.length, value, limit).map((at) => {
    const { from, to, count, bytes, arrive, handle, slowest } = all[at]!;
    return { from, to, count, bytes, arriveNs: arrive.median, handleNs: handle.median, slowest };
  });
}

function processRows(totals: AreaTotals, sort: AreaSort | undefined, limit: number): AreaProcess[] {
  const { eventsOf, sentOf, receivedOf, runningOf, metOf } = totals;
  const { busyNs } = totals.calls;
  const running = totals.scheduled ? runningOf : busyNs;
  const by = pick(sort, { running, events: eventsOf, sent: sentOf, received: receivedOf }, running);
  const met: number[] = [];
  for (let process = 1; process < metOf.length; process++) if (metOf[process] === 1) met.push(process);
  return most(met.length, (at) => by[met[at]!]!, limit).map((at) => {
    const process = met[at]!;
    return {
      process,
      busyNs: busyNs[process]!,
      runningNs: runningOf[process]!,
      events: eventsOf[process]!,
      sent: sentOf[process]!,
      received: receivedOf[process]!,
    };
  });
}

const pick = <T>(sort: AreaSort | undefined, keys: Partial<Record<AreaSort, T>>, first: T): T =>
  (sort === undefined ? undefined : keys[sort]) ?? first;

/** Places below `count`, those with the largest value first. */
function most(count: number, value: (place: number) => number, limit: number): number[] {
  const values = Float64Array.from({ length: count }, (_, place) => value(place));
  const places = Array.from({ length: count }, (_, place) => place);
  return places.sort((a, b) => values[b]! - values[a]! || a - b).slice(0, limit);
}

/** What lies in a node, the largest parts of it. Undefined: there is no such way of calls (yet). */
function flame(flames: Flames, path: readonly number[]): NamelessFlame | undefined {
  const root = flames.find(path);
  if (root === undefined) return undefined;
  const totals = flames.totals();
  const inside = new Uint8Array(totals.length);
  inside[root] = 1;
  const seen: number[] = [];
  const least = totals[root]! * SMALLEST;
  let below = 0;
  for (let node = root + 1; node < totals.length; node++) {
    if (inside[flames.parents[node]!] !== 1) continue;
    inside[node] = 1;
    below++;
    if (totals[node]! > 0 && totals[node]! >= least) seen.push(node);
  }
  // A node is at least as large as what lies in it, and stands before it: the largest are a tree.
  const kept = seen
    .sort((a, b) => totals[b]! - totals[a]! || a - b)
    .slice(0, MAX_FLAME)
    .sort((a, b) => a - b);
  const order = [root, ...kept];
  const placeOf = new Map(order.map((node, place) => [node, place]));
  return {
    fn: order.map((node) => (node === ROOT ? 0 : flames.fns[node]!)),
    parent: order.map((node) => (node === root ? -1 : placeOf.get(flames.parents[node]!)!)),
    ownNs: order.map((node) => flames.ownNs[node]!),
    totalNs: order.map((node) => totals[node]!),
    calls: order.map((node) => flames.calls[node]!),
    left: below - kept.length,
  };
}
