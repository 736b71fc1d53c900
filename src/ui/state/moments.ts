/**
 * Moments that the recording offers by itself: failed tests, crashes, restarts, logged errors, exceptions, the longest calls, the longest
 * mailboxes. Looked for when somebody wants to see them, and again while that one looks and the recording grows.
 */
import type { InterestingResult, OccasionsResult, RaisesResult } from '../../server/index.js';
import type { Session } from './session.js';

/** Answers that are asked for: of a huge recording only the beginning is looked through, and that is said. */
const MAX_ANSWERS = 240;
const SHOWN = 8;
/** Restarts and errors, and answers that are asked for them: they are found by their kind, and so further. */
const MAX_OCCASIONS = 2_000;
const MAX_OCCASION_ANSWERS = 200;
/** What a growing recording has gained is looked through so often, and so many answers are asked for it. */
const AGAIN_MS = 2_000;
const AGAIN_ANSWERS = 40;

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
  private busy = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The end of the recording when it was last looked for, and up to where restarts and errors are known. */
  private endSeq = 0;
  private occasionsSeq = 0;

  constructor(private readonly session: Session) {
    session.store.subscribe(() => {
      this.goOn();
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (!this.started) {
      this.started = true;
      void this.look(MAX_ANSWERS);
    } else this.goOn();
    return () => this.listeners.delete(listener);
  };
  readonly get = (): Moments => this.found;

  /** Looks again, some time after the recording has grown. */
  private goOn(): void {
    const { info } = this.session.state;
    if (!this.started || this.busy || this.timer !== undefined || this.listeners.size === 0) return;
    if (info === undefined || info.end.seq <= this.endSeq) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.started && !this.busy && this.listeners.size > 0) void this.look(AGAIN_ANSWERS);
    }, AGAIN_MS);
  }

  private async look(answers: number): Promise<void> {
    this.busy = true;
    this.endSeq = this.session.state.info?.end.seq ?? 0;
    if (answers === MAX_ANSWERS) this.tell({ ...this.found, state: 'looking' });
    try {
      await this.lookForRaises();
      await this.lookForOccasions();
      await this.lookForLongest(answers);
    } catch {
      // Looked for again with the next one who wants to see them.
      this.started = false;
      this.tell({ ...this.found, state: 'partly' });
    } finally {
      this.busy = false;
      this.goOn();
    }
  }

  private async lookForLongest(answers: number): Promise<void> {
    const { state } = this.found;
    for (let i = 0; i < answers; i++) {
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
        state: page.done ? 'done' : state,
      });
      if (page.done) return;
    }
    this.tell({ ...this.found, state: 'partly' });
  }

  private async lookForRaises(): Promise<void> {
    // The first of them are told, and those are there.
    if (this.found.moreRaises) return;
    for (let i = 0; i < MAX_OCCASION_ANSWERS; i++) {
      const { raises, more, done } = await this.session.client.ask('raises', {});
      if (!done) continue;
      this.tell({ ...this.found, raises, moreRaises: more });
      return;
    }
  }

  private async lookForOccasions(): Promise<void> {
    for (let i = 0; i < MAX_OCCASION_ANSWERS; i++) {
      if (this.found.errors.length > MAX_OCCASIONS || this.found.restarts.length > MAX_OCCASIONS) return;
      const page = await this.session.client.ask('occasions', { seq: this.occasionsSeq });
      this.occasionsSeq = page.seq;
      const errors = [...this.found.errors, ...page.errors];
      const restarts = [...this.found.restarts, ...page.restarts];
      this.tell({ ...this.found, errors, restarts, complete: page.done });
      if (page.done) return;
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
