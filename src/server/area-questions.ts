/** Totals of an area: the work goes on a little with each question, and is kept for the areas asked for last. */
import type { BulkRecording, Recording, Seq } from '../recording/index.js';
import { ROOT, type Flames } from './area-flames.js';
import type { AreaAnswer, AreaFlame, AreaMethods, AreaSort } from './area-protocol.js';
import { AreaTotals } from './area-totals.js';
import { RpcFailure } from './failure.js';
import type { EventView } from './protocol.js';
import type { Questions } from './questions.js';
import { viewEvent } from './event-view.js';

type Params = AreaMethods['area']['params'];

const BUDGET_MS = 30;
/** Areas whose work is kept. */
const KEPT = 6;
const ROWS = 200;
const GAPS = 50;
const MAX_FLAME = 1_500;
/** Nodes with a smaller share than this cannot be seen. */
const SMALLEST = 1 / 4_000;

const isBulk = (recording: Recording): recording is BulkRecording => 'blocks' in recording && 'openCalls' in recording;

export class Areas {
  /** Asked for last, last. */
  readonly #works = new Map<string, AreaTotals>();

  constructor(private readonly recording: Recording) {}

  of({ fromNs, toNs, processes }: Params): AreaTotals {
    const { recording } = this;
    if (!isBulk(recording)) throw new RpcFailure('failed', 'the events of this recording do not lie on this machine');
    const key = JSON.stringify([fromNs, toNs, processes]);
    let work = this.#works.get(key);
    if (work === undefined) work = new AreaTotals(recording, { fromNs, toNs, processes });
    else work.grow();
    this.#works.delete(key);
    this.#works.set(key, work);
    if (this.#works.size > KEPT) this.#works.delete(this.#works.keys().next().value!);
    return work;
  }
}

export function area(questions: Questions, areas: Areas, params: Params): AreaAnswer {
  if (params.toNs <= params.fromNs) throw new RpcFailure('bad-request', 'an area ends after it begins');
  for (const each of params.processes ?? []) questions.known(each);
  const totals = areas.of(params);
  const until = performance.now() + BUDGET_MS;
  totals.look(() => performance.now() < until);
  const gaps = questions.recording.gaps(params.fromNs, Math.max(params.fromNs, totals.toNs));
  let busyNs = 0;
  for (const each of totals.processes.values()) busyNs += each.busyNs;
  const { part, total } = partOf(questions, totals, params);
  return {
    share: totals.share,
    done: totals.done,
    toNs: totals.toNs,
    events: totals.events,
    messages: totals.messages,
    calls: totals.calls,
    processes: totals.processes.size,
    born: totals.born,
    ended: totals.ended,
    errors: totals.errors,
    busyNs,
    gaps: gaps.slice(0, GAPS),
    gapsMore: Math.max(0, gaps.length - GAPS),
    scheduled: totals.scheduled,
    total,
    part,
  };
}

function partOf(
  questions: Questions,
  totals: AreaTotals,
  { part, sort, path = [], limit = ROWS }: Params,
): Pick<AreaAnswer, 'part' | 'total'> {
  switch (part) {
    case 'functions': {
      const key = pick(sort, { own: 'ownNs', total: 'totalNs', calls: 'calls', longest: 'longest' }, 'ownNs');
      const all = [...totals.functions.values()];
      const rows = most(all, (each) => (key === 'longest' ? each.longest.ns : each[key]), limit);
      return {
        total: all.length,
        part: { part, rows: rows.map((each) => ({ ...each, ...code(questions, each.fn) })) },
      };
    }
    case 'messages': {
      const all = totals.pairs.all;
      const by = pick(sort, { count: 'count', bytes: 'bytes', median: 'median', max: 'max' }, 'count');
      const rows = most(
        all,
        (each) =>
          by === 'median'
            ? Math.max(each.handle.median, each.arrive.median)
            : by === 'max'
              ? each.slowest.ns
              : each[by],
        limit,
      );
      return {
        total: all.length,
        part: {
          part,
          others: totals.pairs.others,
          rows: rows.map(({ from, to, count, bytes, arrive, handle, slowest }) => ({
            from,
            to,
            count,
            bytes,
            arriveNs: arrive.median,
            handleNs: handle.median,
            slowest,
          })),
        },
      };
    }
    case 'processes': {
      const by = pick(sort, { running: 'running', events: 'events', sent: 'sent', received: 'received' }, 'running');
      const all = [...totals.processes.values()];
      const running = totals.scheduled ? ('runningNs' as const) : ('busyNs' as const);
      const rows = most(all, (each) => each[by === 'running' ? running : by], limit);
      return {
        total: all.length,
        part: {
          part,
          rows: rows.map(({ process, busyNs, runningNs, scheduled, events, sent, received }) => ({
            process,
            busyNs,
            runningNs: scheduled ? runningNs : -1,
            events,
            sent,
            received,
          })),
        },
      };
    }
    case 'errors':
      return {
        total: totals.errors,
        part: { part, rows: totals.errorSeqs.slice(0, limit).flatMap((seq) => eventView(questions, seq)) },
      };
    case 'flame':
      return { total: totals.flames.fns.length - 1, part: { part, flame: flame(questions, totals.flames, path) } };
  }
}

function eventView(questions: Questions, seq: Seq): EventView[] {
  const event = questions.recording.event(seq);
  return event === undefined
    ? []
    : [viewEvent(event, { syntax: questions.syntaxOf(event.process), functionName: questions.functionName })];
}

const pick = <T extends string>(sort: AreaSort | undefined, keys: Partial<Record<AreaSort, T>>, first: T): T =>
  (sort === undefined ? undefined : keys[sort]) ?? first;

/** The largest first. */
function most<T>(all: readonly T[], value: (each: T) => number, limit: number): T[] {
  return [...all].sort((a, b) => value(b) - value(a)).slice(0, limit);
}

function code(questions: Questions, fn: number): { text: string; module: string; line: number } {
  const info = questions.recording.function(fn);
  return { text: questions.functionName(fn) ?? 'unknown', module: info?.module ?? '', line: info?.line ?? 0 };
}

/** What lies in a node, the largest parts of it. Undefined: there is no such way of calls (yet). */
function flame(questions: Questions, flames: Flames, path: readonly number[]): AreaFlame | undefined {
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
  const names: Record<number, string> = {};
  for (const node of order) {
    const fn = flames.fns[node]!;
    if (node !== ROOT) names[fn] ??= fn === 0 ? 'others' : (questions.functionName(fn) ?? 'unknown');
  }
  return {
    names,
    fn: order.map((node) => flames.fns[node]!),
    parent: order.map((node) => (node === root ? -1 : placeOf.get(flames.parents[node]!)!)),
    ownNs: order.map((node) => flames.ownNs[node]!),
    totalNs: order.map((node) => totals[node]!),
    calls: order.map((node) => flames.calls[node]!),
    left: below - kept.length,
  };
}
