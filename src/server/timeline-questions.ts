/** What the canvas draws, as columns. */
import { kindCode } from '../recording/index.js';
import { BinaryResult } from './binary.js';
import type { Questions } from './questions.js';

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

const CHUNK = 256;

/** All processes added up. */
export function overview(questions: Questions, bins: number): BinaryResult {
  const ns = Math.max(questions.recording.end().ns, bins);
  const counts = new Uint32Array(bins);
  const kinds = new Uint32Array(bins);
  let binNs = ns / bins;
  for (let first = 1; first <= questions.table.size; first += CHUNK) {
    const processes: number[] = [];
    for (let id = first; id < first + CHUNK && id <= questions.table.size; id++) processes.push(id);
    const strip = questions.recording.timeline({ fromNs: 0, toNs: ns, bins, processes });
    binNs = strip.binNs;
    for (let i = 0; i < strip.counts.length; i++) {
      const bin = i % strip.bins;
      counts[bin] = counts[bin]! + strip.counts[i]!;
      kinds[bin] = kinds[bin]! | strip.kinds[i]!;
    }
  }
  return new BinaryResult({ binNs, bins, ns }, { counts, kinds });
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
