/**
 * Things asked for by window (single events, slices, arrows): fetched for three times what is seen, kept until one looks beyond it, at
 * other lanes, or so much closer that an incomplete answer would now be complete. One request at a time; an answer that is no longer of
 * use is still better than none and is drawn until the next.
 */
export interface Held<T> {
  fromNs: number;
  toNs: number;
  processes: ReadonlySet<number>;
  complete: boolean;
  /** Of the recording, when asked. */
  endNs: number;
  data: T;
}

export class WindowData<T> {
  held: Held<T> | undefined;
  private busy = false;
  private failedAt = -Infinity;

  constructor(
    private readonly fetch: (
      fromNs: number,
      toNs: number,
      processes: number[],
    ) => Promise<{ data: T; complete: boolean }>,
    private readonly done: () => void,
  ) {}

  need(window: { fromNs: number; toNs: number }, processes: readonly number[], endNs: number): void {
    if (this.busy || processes.length === 0 || performance.now() < this.failedAt + 1_000) return;
    const { held } = this;
    const span = window.toNs - window.fromNs;
    const from = Math.max(0, window.fromNs);
    const to = Math.min(endNs, window.toNs);
    if (to < from) return;
    if (held !== undefined) {
      const covers =
        from >= held.fromNs &&
        Math.min(to, held.endNs) <= held.toNs &&
        processes.every((each) => held.processes.has(each));
      const fine = held.complete || held.toNs - held.fromNs < span * 4;
      const fresh = held.endNs >= Math.min(endNs, window.toNs);
      if (covers && fine && fresh) return;
    }
    const askFrom = Math.max(0, Math.floor(window.fromNs - span));
    const askTo = Math.max(askFrom + 1, Math.min(Math.ceil(endNs), Math.ceil(window.toNs + span)));
    const list = [...processes];
    this.busy = true;
    this.fetch(askFrom, askTo, list)
      .then(({ data, complete }) => {
        this.held = { fromNs: askFrom, toNs: askTo, processes: new Set(list), complete, endNs, data };
      })
      .catch(() => {
        this.failedAt = performance.now();
      })
      .finally(() => {
        this.busy = false;
        this.done();
      });
  }

  clear(): void {
    this.held = undefined;
  }
}
