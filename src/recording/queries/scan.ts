/** Walks over the rows of many blocks, forwards or backwards, touching only blocks that may have what a filter asks for. */
import type { ProcessId } from '../model.js';
import type { EventFilter } from '../query.js';
import type { Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import { maskOf } from './kinds.js';

/** Rows of one block that pass the filter, in the order asked for. Whoever walks over them asks for each column once. */
export interface Batch {
  block: Block;
  rows: readonly number[];
}

export function* scan(store: Store, filter: EventFilter, reverse: boolean): IterableIterator<Batch> {
  const mask = filter.kinds ? maskOf(filter.kinds) : 0xffff_ffff;
  const first = Math.max(filter.from?.seq ?? 1, 1);
  const last = Math.min(filter.to?.seq ?? Infinity, store.events);
  const { processes } = filter;
  if (first > last || mask === 0 || processes?.length === 0 || filter.functions?.length === 0) return;
  const functions = filter.functions && new Set(filter.functions);
  const step = reverse ? -1 : 1;
  const edge = store.blockOf(reverse ? first : last);
  let i = store.blockOf(reverse ? last : first);
  for (; (edge - i) * step >= 0; i += step) {
    i = candidate(store, filter, mask, i, step);
    if (i < 0 || (edge - i) * step < 0) return;
    const block = store.blocks[i]!;
    const kinds = block.kinds();
    const fns = functions && block.functions();
    const rows = processes && rowsOf(block, processes);
    const count = rows?.length ?? block.count;
    const wanted: number[] = [];
    for (let n = reverse ? count - 1 : 0; n >= 0 && n < count; n += step) {
      const row = rows?.[n] ?? n;
      const seq = block.firstSeq + row;
      if (seq < first || seq > last || ((1 << kinds[row]!) & mask) === 0) continue;
      if (functions && !functions.has(fns![row]!)) continue;
      wanted.push(row);
    }
    if (wanted.length > 0) yield { block, rows: wanted };
  }
}

/** Events of one process, newest first, a page of a block at a time: for whoever soon has enough. Nothing is unpacked beyond the page. */
export function* pagesBack(
  store: Store,
  filter: EventFilter & { processes: readonly [ProcessId] },
): IterableIterator<Batch> {
  const mask = filter.kinds ? maskOf(filter.kinds) : 0xffff_ffff;
  const last = Math.min(filter.to?.seq ?? Infinity, store.events);
  if (last < 1 || mask === 0 || filter.functions?.length === 0) return;
  const functions = filter.functions && new Set(filter.functions);
  const [process] = filter.processes;
  for (let i = store.blockOf(last); i >= 0; i--) {
    i = candidate(store, filter, mask, i, -1);
    if (i < 0) return;
    const block = store.blocks[i]!;
    const end = Math.min(last - block.firstSeq, block.count - 1);
    for (let page = block.pageOf(end); page >= 0; page--) {
      const rows: number[] = [];
      for (const row of block.pageRows(process, page)) {
        if (row > end || ((1 << block.kindAt(row)) & mask) === 0) continue;
        if (functions === undefined || functions.has(block.functionAt(row))) rows.push(row);
      }
      if (rows.length > 0) yield { block, rows: rows.reverse() };
    }
  }
}

function rowsOf(block: Block, processes: readonly number[]): ArrayLike<number> {
  if (processes.length === 1) return block.rows(processes[0]!);
  return [...new Set(processes)].flatMap((process) => [...block.rows(process)]).sort((a, b) => a - b);
}

/** The next block from `i` on in which every index sees something. */
function candidate(store: Store, filter: EventFilter, mask: number, i: number, step: 1 | -1): number {
  for (let at = i; at >= 0 && at < store.blocks.length;) {
    let next = store.nextBlockOfKind(mask, at, step);
    if (next >= 0 && filter.functions) next = store.nextBlockOfFunction(filter.functions, next, step);
    if (next >= 0 && filter.processes) {
      const found = filter.processes
        .map((process) => store.nextBlock(process, mask, next, step))
        .filter((block) => block >= 0);
      next = found.length === 0 ? -1 : step > 0 ? Math.min(...found) : Math.max(...found);
    }
    if (next < 0 || next === at) return next;
    at = next;
  }
  return -1;
}
