/** Moments that the recording offers by itself: crashes, the longest calls, the longest mailboxes. Looked for when somebody wants to see them. */
import type { InterestingResult } from '../../server/index.js';
import type { Session } from './session.js';

/** Answers that are asked for: of a huge recording only the beginning is looked through, and that is said. */
const MAX_ANSWERS = 40;
const SHOWN = 8;

export interface Moments {
  calls: InterestingResult['calls'];
  mailboxes: InterestingResult['mailboxes'];
  /** Up to this event. */
  looked: number;
  state: 'looking' | 'done' | 'partly';
}

export class MomentFinder {
  private readonly listeners = new Set<() => void>();
  private found: Moments = { calls: [], mailboxes: [], looked: 0, state: 'done' };
  private started = false;

  constructor(private readonly session: Session) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (!this.started) {
      this.started = true;
      void this.look();
    }
    return () => this.listeners.delete(listener);
  };
  readonly get = (): Moments => this.found;

  private async look(): Promise<void> {
    this.tell({ ...this.found, state: 'looking' });
    try {
      for (let i = 0; i < MAX_ANSWERS; i++) {
        const page = await this.session.client.ask('interesting', { seq: this.found.looked });
        this.tell({
          calls: longest([...this.found.calls, ...page.calls], (each) => each.lastsNs),
          mailboxes: longest([...this.found.mailboxes, ...page.mailboxes], (each) => each.length),
          looked: page.seq,
          state: page.done ? 'done' : 'looking',
        });
        if (page.done) return;
      }
      this.tell({ ...this.found, state: 'partly' });
    } catch {
      // Looked for again with the next one who wants to see them.
      this.started = false;
      this.tell({ ...this.found, state: 'partly' });
    }
  }

  private tell(found: Moments): void {
    this.found = found;
    for (const listener of this.listeners) listener();
  }
}

/** The longest, of each process no more than two: a hundred slow calls of one say as much. */
function longest<T extends { process: number }>(all: readonly T[], length: (each: T) => number): T[] {
  const of = new Map<number, number>();
  return [...all]
    .sort((a, b) => length(b) - length(a))
    .filter((each) => {
      const seen = (of.get(each.process) ?? 0) + 1;
      of.set(each.process, seen);
      return seen <= 2;
    })
    .slice(0, SHOWN);
}
