/** Decoded parts of blocks, the least recently used ones dropped when they hold more than a bound of bytes. */
interface Entry {
  value: unknown;
  bytes: number;
}

const RECENT = 16;

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
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.value as T;
    }
    const made = make();
    this.#entries.set(key, made);
    this.#bytes += made.bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.limit || oldest === key) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
    return made.value;
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
