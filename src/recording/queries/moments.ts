/** Between time and order. */
import type { Moment } from '../model.js';
import type { Store } from '../read/store.js';

export function momentOf(store: Store, seq: number): Moment {
  const wanted = Math.min(Math.max(Math.trunc(seq), 0), store.events);
  const place = store.place(wanted);
  return place ? { seq: wanted, ns: place.block.nsAt(place.row) } : { seq: 0, ns: 0 };
}

/** After the last event at or before `ns`. */
export function momentAt(store: Store, ns: number): Moment {
  const { blocks } = store;
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks[middle]!.firstNs <= ns) low = middle + 1;
    else high = middle;
  }
  const block = blocks[low - 1];
  if (block === undefined) return { seq: 0, ns: 0 };
  let row = 0;
  let after = block.count;
  while (row < after) {
    const middle = (row + after) >>> 1;
    if (block.nsAt(middle) <= ns) row = middle + 1;
    else after = middle;
  }
  return { seq: block.firstSeq + row - 1, ns: block.nsAt(row - 1) };
}
