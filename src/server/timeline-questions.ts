/** What the canvas draws, as columns. */
import { kindCode, type RecordedEvent } from '../recording/index.js';
import { BinaryResult } from './binary.js';
import type { Questions } from './questions.js';
import type { Term } from '../term/index.js';

interface Window {
  fromNs: number;
  toNs: number;
  processes: number[];
}

const known = (questions: Questions, processes: readonly number[]): number[] =>
  processes.filter((id) => id <= questions.table.size);

export function timeline(questions: Questions, query: Window & { bins: number }): BinaryResult {
  const processes = known(questions, query.processes);
  const { fromNs, bins } = query;
  const toNs = Math.max(query.toNs, fromNs + bins);
  const strip = questions.recording.timeline({ fromNs, toNs, bins, processes });
  return new BinaryResult(
    { fromNs: strip.fromNs, binNs: strip.binNs, bins: strip.bins, processes: strip.processes },
    { counts: strip.counts, kinds: strip.kinds },
  );
}

const MARKS_BUDGET_MS = 200;

export function marks(questions: Questions, query: Window & { limit: number }): BinaryResult {
  const processes = known(questions, query.processes);
  const rows: { ns: number; seq: number; process: number; kind: number; flags: number }[] = [];
  const { recording } = questions;
  const until = performance.now() + MARKS_BUDGET_MS;
  let complete = true;
  if (processes.length > 0) {
    const from = query.fromNs <= 0 ? recording.start() : recording.momentAt(query.fromNs - 1);
    const to = questions.moment({ ns: query.toNs });
    for (const event of recording.events({ processes, from, to })) {
      if (event.ns < query.fromNs) continue;
      if (rows.length >= query.limit || ((rows.length & 63) === 63 && performance.now() > until)) {
        complete = false;
        break;
      }
      rows.push({
        ns: event.ns,
        seq: event.seq,
        process: event.process,
        kind: kindCode(event.kind),
        flags: event.flags,
      });
    }
  }
  return new BinaryResult(
    { complete },
    {
      ns: Float64Array.from(rows, (row) => row.ns),
      seq: Float64Array.from(rows, (row) => row.seq),
      process: Uint32Array.from(rows, (row) => row.process),
      kind: Uint8Array.from(rows, (row) => row.kind),
      flags: Uint8Array.from(rows, (row) => row.flags),
    },
  );
}

export function slices(questions: Questions, query: Window & { limit: number }): BinaryResult {
  const found = questions.recording.slices({ ...query, processes: known(questions, query.processes) });
  const list = found.slices;
  const index = new Map<number, number>();
  const names: string[] = [];
  for (const { fn } of list) {
    if (index.has(fn)) continue;
    index.set(fn, names.length);
    names.push(questions.functionName(fn) ?? '');
  }
  return new BinaryResult(
    { total: found.total, names },
    {
      startNs: Float64Array.from(list, (each) => each.startNs),
      endNs: Float64Array.from(list, (each) => each.endNs),
      seq: Float64Array.from(list, (each) => each.seq),
      process: Uint32Array.from(list, (each) => each.process),
      name: Uint32Array.from(list, (each) => index.get(each.fn)!),
      raised: Uint8Array.from(list, (each) => (each.raised ? 1 : 0)),
    },
  );
}

export function arrows(questions: Questions, query: Window & { limit: number }): BinaryResult {
  const found = questions.recording.arrows({ ...query, processes: known(questions, query.processes) });
  const list = found.arrows;
  return new BinaryResult(
    { total: found.total },
    {
      sendSeq: Float64Array.from(list, (each) => each.sendSeq),
      sendNs: Float64Array.from(list, (each) => each.sendNs),
      arriveSeq: Float64Array.from(list, (each) => each.arriveSeq),
      arriveNs: Float64Array.from(list, (each) => each.arriveNs),
      handleSeq: Float64Array.from(list, (each) => each.handleSeq),
      handleNs: Float64Array.from(list, (each) => each.handleNs),
      from: Uint32Array.from(list, (each) => each.from),
      to: Uint32Array.from(list, (each) => each.to),
    },
  );
}

const MEMORY_BUDGET_MS = 120;
/** Looks at a process in one window, before they are thinned out. */
const MAX_LOOKS = 200_000;

/** What looks at a process showed. Where there are more than asked for, the one with the longest mailbox of each stretch of time. */
export function memory(
  questions: Questions,
  query: { fromNs: number; toNs: number; process: number; limit: number },
): BinaryResult {
  const { recording } = questions;
  const { process, limit } = query;
  if (process > 0) questions.known(process);
  const from = query.fromNs <= 0 ? recording.start() : recording.momentAt(query.fromNs - 1);
  const to = questions.moment({ ns: query.toNs });
  const until = performance.now() + MEMORY_BUDGET_MS;
  let rows: { ns: number; bytes: number; mailbox: number }[] = [];
  let complete = true;
  const look = (event: RecordedEvent): void => {
    const [seen] = event.terms;
    if (seen?.kind !== 'tuple') return;
    rows.push({ ns: event.ns, bytes: number(seen.elements[0]), mailbox: number(seen.elements[1]) });
  };
  // What was seen last before the window still holds at its beginning.
  const before =
    process === 0
      ? undefined
      : recording.nextEvent(process, { seq: from.seq + 1, ns: from.ns }, -1, { kinds: ['memory'] });
  if (before !== undefined && before.ns < query.fromNs) look(before);
  for (const event of recording.events({ processes: [process], kinds: ['memory'], from, to })) {
    if (event.ns < query.fromNs) continue;
    if (rows.length >= MAX_LOOKS || ((rows.length & 63) === 63 && performance.now() > until)) {
      complete = false;
      break;
    }
    look(event);
  }
  if (rows.length > limit) {
    complete = false;
    const each = rows.length / limit;
    rows = Array.from({ length: limit }, (_, i) => {
      const some = rows.slice(Math.floor(i * each), Math.max(Math.floor(i * each) + 1, Math.floor((i + 1) * each)));
      return some.reduce((most, row) => (row.mailbox > most.mailbox ? row : most));
    });
  }
  return new BinaryResult(
    { complete },
    {
      ns: Float64Array.from(rows, (row) => row.ns),
      bytes: Float64Array.from(rows, (row) => row.bytes),
      mailbox: Float64Array.from(rows, (row) => row.mailbox),
    },
  );
}

function number(term: Term | undefined): number {
  return term?.kind === 'integer' ? Number(term.value) : 0;
}
