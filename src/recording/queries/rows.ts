/** Walks over the events of one process, forwards or backwards, touching only blocks where it has events of the kinds asked for. */
import type { Store } from '../read/store.js';
import { upperBound, type Block } from '../read/block.js';

/** Return false to stop. */
export type Visit = (block: Block, row: number) => boolean | undefined;

/** Events of a process with seq ≤ `to`, newest first, of the kinds in `mask`. True when it was not stopped. */
export function backwards(store: Store, process: number, mask: number, to: number, visit: Visit): boolean {
  const top = Math.min(to, store.events);
  let i = store.nextBlock(process, mask, store.blockOf(top), -1);
  for (; i >= 0; i = store.nextBlock(process, mask, i - 1, -1)) {
    const block = store.blocks[i]!;
    const row = Math.min(top - block.firstSeq, block.count - 1);
    for (let page = block.pageOf(row); page >= 0; page--) {
      const rows = block.pageRows(process, page);
      for (let r = upperBound(rows, row) - 1; r >= 0; r--) {
        if (((1 << block.kindAt(rows[r]!)) & mask) !== 0 && visit(block, rows[r]!) === false) return false;
      }
    }
  }
  return true;
}

/** Events of a process with seq ≥ `from`, oldest first, of the kinds in `mask`. True when it was not stopped. */
export function forwards(store: Store, process: number, mask: number, from: number, visit: Visit): boolean {
  const bottom = Math.max(from, 1);
  if (bottom > store.events) return true;
  let i = store.nextBlock(process, mask, store.blockOf(bottom), 1);
  for (; i >= 0; i = store.nextBlock(process, mask, i + 1, 1)) {
    const block = store.blocks[i]!;
    const row = Math.max(bottom - block.firstSeq, 0);
    const last = block.pageOf(block.count - 1);
    for (let page = block.pageOf(row); page <= last; page++) {
      const rows = block.pageRows(process, page);
      for (let r = upperBound(rows, row - 1); r < rows.length; r++) {
        if (((1 << block.kindAt(rows[r]!)) & mask) !== 0 && visit(block, rows[r]!) === false) return false;
      }
    }
  }
  return true;
}
