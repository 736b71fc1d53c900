/** Gives the ids that occur in a column dense numbers within its block, in ascending order of id. Reused from block to block. */
export class Localizer {
  /** The distinct ids, ascending. */
  ids = new Uint32Array(0);
  /** How often each occurs. */
  counts = new Uint32Array(0);
  /** Local number of each row. */
  local = new Uint16Array(0);
  #epoch = 0;
  #seen = new Uint32Array(1 << 12);
  #slot = new Uint32Array(1 << 12);

  run(column: Uint32Array, n: number): this {
    const epoch = ++this.#epoch;
    const found: number[] = [];
    // In local variables: these loops run for every event of a recording, three times.
    let seen = this.#seen;
    for (let i = 0; i < n; i++) {
      const id = column[i]!;
      if (id >= seen.length) {
        this.#grow(id);
        seen = this.#seen;
      }
      if (seen[id] !== epoch) {
        seen[id] = epoch;
        found.push(id);
      }
    }
    const ids = Uint32Array.from(found).sort();
    const counts = new Uint32Array(found.length);
    if (this.local.length < n) this.local = new Uint16Array(n);
    const slots = this.#slot;
    for (let i = 0; i < ids.length; i++) slots[ids[i]!] = i;
    const locals = this.local;
    for (let i = 0; i < n; i++) {
      const local = slots[column[i]!]!;
      locals[i] = local;
      counts[local]!++;
    }
    this.ids = ids;
    this.counts = counts;
    return this;
  }

  /** All rows, grouped by local number, in order within each. */
  rows(n: number): Uint16Array {
    return groupRows(this.local, n, this.counts);
  }

  #grow(id: number): void {
    const size = Math.max(this.#seen.length * 2, id + 1);
    const seen = new Uint32Array(size);
    seen.set(this.#seen);
    this.#seen = seen;
    const slot = new Uint32Array(size);
    slot.set(this.#slot);
    this.#slot = slot;
  }
}

/** Counting sort of rows by their local number. */
export function groupRows(local: ArrayLike<number>, n: number, counts: Uint32Array): Uint16Array {
  const next = new Uint32Array(counts.length);
  for (let p = 1; p < counts.length; p++) next[p] = next[p - 1]! + counts[p - 1]!;
  const rows = new Uint16Array(n);
  for (let i = 0; i < n; i++) rows[next[local[i]!]!++] = i;
  return rows;
}
