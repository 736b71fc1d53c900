/**
 * Moments that the recording offers by itself: failed tests, crashes, restarts, logged errors, exceptions, the longest calls, the longest
 * mailboxes. Looked for when somebody wants to see them.
 */
import type { InterestingResult, OccasionsResult, RaisesResult } from '../../server/index.js';
import type { Session } from './session.js';

/** Answers that are asked for: of a huge recording only the beginning is looked through, and that is said. */
const MAX_ANSWERS = 240;
const SHOWN = 8;
/** Restarts and errors, and answers that are asked for them: they are found by their kind, and so further. */
const MAX_OCCASIONS = 2_000;
const MAX_OCCASION_ANSWERS = 200;

export interface Moments {
  calls: InterestingResult['calls'];
  mailboxes: InterestingResult['mailboxes'];
  /** In order of time. */
  restarts: OccasionsResult['restarts'];
  errors: OccasionsResult['errors'];
  /** Exceptions, each once, with those that ended a test; `moreRaises`: there are more of them. */
  raises: RaisesResult['raises'];
  moreRaises: boolean;
  /** Up to this event. */
  looked: number;
  state: 'looking' | 'done' | 'partly';
  /** All restarts and errors are there. */
  complete: boolean;
}

export class MomentFinder {
  private readonly listeners = new Set<() => void>();
  private found: Moments = {
    calls: [],
    mailboxes: [],
    restarts: [],
    errors: [],
    raises: [],
    moreRaises: false,
    looked: 0,
    state: 'done',
    complete: false,
  };
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
      await this.lookForRaises();
      await this.lookForOccasions();
      for (let i = 0; i < MAX_ANSWERS; i++) {
        // Nobody wants to see them any more.
        if (this.listeners.size === 0) {
          this.started = false;
          return;
        }
        const page = await this.session.client.ask('interesting', { seq: this.found.looked });
        this.tell({
          ...this.found,
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

  private async lookForRaises(): Promise<void> {
    for (let i = 0; i < MAX_OCCASION_ANSWERS; i++) {
      const { raises, more, done } = await this.session.client.ask('raises', {});
      if (!done) continue;
      this.tell({ ...this.found, raises, moreRaises: more });
      return;
    }
  }

  private async lookForOccasions(): Promise<void> {
    const errors: OccasionsResult['errors'] = [];
    const restarts: OccasionsResult['restarts'] = [];
    let seq = 0;
    for (let i = 0; i < MAX_OCCASION_ANSWERS; i++) {
      const page = await this.session.client.ask('occasions', { seq });
      errors.push(...page.errors);
      restarts.push(...page.restarts);
      seq = page.seq;
      this.tell({ ...this.found, errors: [...errors], restarts: [...restarts], complete: page.done });
      if (page.done || errors.length > MAX_OCCASIONS || restarts.length > MAX_OCCASIONS) return;
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
