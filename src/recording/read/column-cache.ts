/**
 * Decoded parts of blocks; when they hold more than a bound of bytes, those go that were not asked for since the last time that some had to go
 * (the clock algorithm: a hit sets a mark and moves nothing).
 */
interface Entry {
  value: unknown;
  bytes: number;
  /** Asked for since it was made, or passed over. */
  used: boolean;
}

const RECENT = 16;
/** Of the bound, so much is left when it was passed. */
const DROP_TO = 7 / 8;

export class ColumnCache {
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;
  /** The part asked for last in each slot: walks over rows ask for the same few pages again and again. */
  readonly #recentKeys = new Float64Array(RECENT).fill(NaN);
  readonly #recentValues: unknown[] = new Array<unknown>(RECENT).fill(undefined);

  constructor(readonly limit: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** The part under `key`, made when it is not there. One key always stands for one type: whoever asks knows which. */
  get<T>(key: number, make: () => { value: T; bytes: number }): T {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.used = true;
      return known.value as T;
    }
    const made = make();
    this.#entries.set(key, { ...made, used: false });
    this.#bytes += made.bytes;
    if (this.#bytes > this.limit) this.#drop(key);
    return made.value;
  }

  /** Drops several at once: a Map passes over the places of what was deleted from it each time that one looks for its first. */
  #drop(kept: number): void {
    // What is passed over comes again at the end, without its mark.
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.limit * DROP_TO || this.#entries.size === 1) return;
      this.#entries.delete(oldest);
      if (entry.used || oldest === kept) {
        entry.used = false;
        this.#entries.set(oldest, entry);
      } else this.#bytes -= entry.bytes;
    }
  }

  /** Whether the part is there without being made. */
  has(key: number): boolean {
    return this.#entries.has(key);
  }

  /** As `get`, faster when the same part is asked for again in this slot (0 to 15). */
  recent<T>(slot: number, key: number, make: () => { value: T; bytes: number }): T {
    if (this.#recentKeys[slot] === key) return this.#recentValues[slot] as T;
    const value = this.get(key, make);
    this.#recentKeys[slot] = key;
    this.#recentValues[slot] = value;
    return value;
  }

  clear(): void {
    this.#recentKeys.fill(NaN);
    this.#recentValues.fill(undefined);
    this.#entries.clear();
    this.#bytes = 0;
  }
}
