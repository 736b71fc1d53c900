/** Decoded parts of blocks, the least recently used ones dropped when they hold more than a bound of bytes. */
interface Entry {
  value: unknown;
  bytes: number;
}

export class ColumnCache {
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;

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

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
