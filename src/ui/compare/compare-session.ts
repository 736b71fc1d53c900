/** Two executions side by side: what is compared, what is known of it so far, and where one stands. The choice itself is in the view's state. */
import type {
  ComparePairsResult,
  CompareRowView,
  CompareSide,
  CompareStatesResult,
  InfoView,
  PairView,
  ProcessView,
} from '../../server/index.js';
import { processName } from '../model/lanes.js';
import { AskError } from '../net/client.js';
import type { Session } from '../state/session.js';
import type { Side } from '../state/view-state.js';
import { Rows } from './rows.js';

/** Rows that are kept; a longer comparison ends there and says so. */
const MAX_ROWS = 1_000_000;
const MAX_TEXTS = 4_000;
const PAGE = 60;
/** While rows come, the list is drawn anew no more often than this. */
const SHOW_MS = 150;

/** The comparison of two histories, as far as it has come. */
export interface Comparison {
  left: CompareSide;
  right: CompareSide;
  rows: Rows;
  state: 'reading' | 'done' | 'enough' | 'failed';
  why: string | undefined;
}

export class CompareSession {
  comparison: Comparison | undefined;
  pairs: ComparePairsResult | undefined;
  pairsFailure: string | undefined;
  /** The recording that this one was opened with. */
  otherInfo: InfoView | undefined;
  /** Its processes, by number - 1. */
  readonly others: ProcessView[] = [];
  states: (CompareStatesResult & { row: number }) | undefined;
  private readonly listeners = new Set<() => void>();
  private version = 0;
  private readonly texts = new Map<number, CompareRowView>();
  private asking = false;
  private pairsRunning = false;
  /** The second recording ended there when all pairs had been compared. */
  private pairsSeq: number | undefined;
  private readingOthers = false;
  private othersVersion = 0;
  private othersSeq: number | undefined;
  private otherSeq: number | undefined;
  /** The second recording has grown since all of it was last compared. */
  private stale = false;
  /** The comparison that is being read; it may not be shown yet. */
  private reading: Comparison | undefined;

  constructor(private readonly session: Session) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly getVersion = (): number => this.version;

  get hasOther(): boolean {
    return this.session.state.info?.other !== undefined;
  }

  process(side: Pick<Side, 'recording' | 'process'>): ProcessView | undefined {
    return side.recording === 0 ? this.session.process(side.process) : this.others[side.process - 1];
  }
  processes(recording: number): readonly ProcessView[] {
    return recording === 0 ? this.session.processes : this.others;
  }
  name(side: Pick<Side, 'recording' | 'process'>): string {
    const process = this.process(side);
    return process === undefined
      ? side.process === 0
        ? 'none chosen'
        : `process ${String(side.process)}`
      : processName(process);
  }

  /** When the view is opened: what it needs is fetched once. */
  open(): void {
    this.follow();
    if (!this.hasOther) return;
    if (this.stale) this.reload();
    else {
      void this.readOthers();
      void this.comparePairs();
    }
  }

  /** `otherSeq`: the last event of the second recording. Where that has grown, what is shown of it is compared anew. */
  tick(otherSeq: number): void {
    const before = this.otherSeq;
    this.otherSeq = otherSeq;
    if (before === undefined || before === otherSeq) return;
    this.stale = true;
    if (this.session.state.main === 'compare') this.reload();
  }

  private reload(): void {
    this.stale = false;
    void this.readOthers();
    void this.comparePairs();
    const { comparison } = this;
    if (comparison === undefined || (comparison.left.recording === 0 && comparison.right.recording === 0)) return;
    // What stands stays until the new one is there as a whole, and nobody is moved.
    const { left, right } = comparison;
    void this.read({ left, right, rows: new Rows(), state: 'reading', why: undefined }, false);
  }

  /** After the choice has changed: compares anew where it is another one. */
  follow(): void {
    const { compare } = this.session.state;
    const old = this.comparison;
    if (compare === undefined || compare.left.process === 0 || compare.right.process === 0) {
      this.reading = undefined;
      if (old !== undefined) this.set({ comparison: undefined, states: undefined });
      return;
    }
    const [left, right] = [sideOf(compare.left), sideOf(compare.right)];
    if (old !== undefined && same(old.left, left) && same(old.right, right)) return;
    this.texts.clear();
    const comparison: Comparison = { left, right, rows: new Rows(), state: 'reading', why: undefined };
    this.set({ comparison, states: undefined });
    void this.read(comparison, true);
  }

  /** Sets both sides, and begins at their first difference. */
  choose(left: Side, right: Side, row = 0): void {
    this.session.store.set({ main: 'compare', compare: { left, right, row } });
    this.follow();
    if (row > 0) this.goTo(row);
  }

  /** Sets one side; the other one becomes the process with the same role where none is chosen yet. */
  async chooseSide(which: 'left' | 'right', side: Side): Promise<void> {
    const { compare } = this.session.state;
    const none: Side = { recording: which === 'left' && this.hasOther ? 1 : 0, process: 0, fromSeq: 0 };
    let other = compare?.[which === 'left' ? 'right' : 'left'] ?? none;
    if (other.process === 0 && other.recording !== side.recording && side.process > 0) {
      try {
        const { process } = await this.session.client.ask('compareMatch', {
          from: { recording: side.recording, process: side.process },
          recording: other.recording,
        });
        other = { ...other, process };
      } catch (error) {
        this.session.fail(error);
      }
    }
    this.choose(which === 'left' ? side : other, which === 'left' ? other : side);
  }

  /** A process of this recording on the left, its counterpart on the right; where there is none, it is chosen next. */
  begin(process: number): Promise<void> {
    this.session.store.set({ compare: undefined });
    return this.chooseSide('left', { recording: 0, process, fromSeq: 0 });
  }

  choosePair(pair: PairView): void {
    if (pair.left === 0 || pair.right === 0) {
      const only = pair.left === 0 ? 'the other recording' : 'this recording';
      this.session.notice(`${pair.role} is only in ${only}: there is nothing to set it beside`);
      return;
    }
    // Up to its first difference all rows are the same, so their number is its place.
    this.choose(
      { recording: 0, process: pair.left, fromSeq: 0 },
      { recording: 1, process: pair.right, fromSeq: 0 },
      pair.same,
    );
  }

  firstDifference(): void {
    const first = this.pairs?.first;
    if (first !== undefined) this.choosePair(first);
    else {
      const row = this.comparison?.rows.hunks[0];
      if (row !== undefined) this.goTo(row);
      else this.session.notice('No difference found');
    }
  }

  /** To a row: both sides move, and the rest of the view with the one that is of this recording. */
  goTo(row: number): void {
    const { compare } = this.session.state;
    if (compare === undefined) return;
    const { comparison } = this;
    const at =
      comparison === undefined || comparison.state === 'reading' ? row : Math.min(row, comparison.rows.length - 1);
    this.session.store.set({ compare: { ...compare, row: Math.max(0, at) } });
    this.arrive();
  }

  step(direction: 1 | -1): void {
    const row = this.session.state.compare?.row ?? 0;
    const length = this.comparison?.rows.length ?? 0;
    if (row + direction >= 0 && row + direction < length) this.goTo(row + direction);
  }

  stepDifference(direction: 1 | -1): void {
    const row = this.session.state.compare?.row ?? 0;
    const next = this.comparison?.rows.nextHunk(row, direction);
    if (next !== undefined) this.goTo(next);
    else {
      const where = direction === 1 ? 'later' : 'earlier';
      this.session.notice(
        this.comparison?.state === 'reading'
          ? `No ${where} difference so far: still reading`
          : `No ${where} difference`,
      );
    }
  }

  /** True when the key meant something here. */
  key(key: string): boolean {
    if (this.comparison === undefined) return false;
    if (key === 'j') this.stepDifference(1);
    else if (key === 'k') this.stepDifference(-1);
    else if (key === 'J') this.firstDifference();
    else if (key === 'ArrowDown') this.step(1);
    else if (key === 'ArrowUp') this.step(-1);
    else return false;
    return true;
  }

  /** What a row says, once it is known; asks for it otherwise. */
  text(row: number): CompareRowView | undefined {
    return this.texts.get(row);
  }

  /** Fetches what the shown rows say. */
  async want(wanted: readonly number[]): Promise<void> {
    const { comparison } = this;
    const missing = wanted.filter((row) => !this.texts.has(row)).slice(0, PAGE);
    if (comparison === undefined || missing.length === 0 || this.asking) return;
    this.asking = true;
    try {
      const { rows } = await this.session.client.ask('compareRows', {
        left: comparison.left,
        right: comparison.right,
        rows: missing.map((row) => [comparison.rows.left(row), comparison.rows.right(row)] as const),
      });
      if (this.comparison === comparison) {
        if (this.texts.size > MAX_TEXTS) this.texts.clear();
        for (const [i, row] of missing.entries()) if (rows[i] !== undefined) this.texts.set(row, rows[i]);
      }
    } catch (error) {
      this.session.fail(error);
      return;
    } finally {
      this.asking = false;
    }
    this.set({});
  }

  /** After the row has changed: states of both there, and the moment of the view. */
  private arrive(): void {
    const { comparison } = this;
    const { compare } = this.session.state;
    if (comparison === undefined || compare === undefined || compare.row >= comparison.rows.length) return;
    const { row } = compare;
    const at = comparison.rows.upTo(row);
    const own =
      comparison.left.recording === 0
        ? { side: comparison.left, seq: at.left }
        : { side: comparison.right, seq: at.right };
    if (own.side.recording === 0 && own.seq > 0) {
      if (this.session.state.selected !== own.side.process) this.session.select(own.side.process);
      void this.session.goTo(`#${String(own.seq)}`);
    }
    this.session.client
      .ask(
        'compareStates',
        { left: comparison.left, right: comparison.right, leftSeq: at.left, rightSeq: at.right },
        'compare-states',
      )
      .then(
        (states) => {
          if (this.comparison === comparison) this.set({ states: { ...states, row } });
        },
        (error: unknown) => {
          this.session.fail(error);
        },
      );
  }

  /** `shown`: it is looked at while it comes; else it takes the place of the one before once it is there. */
  private async read(comparison: Comparison, shown: boolean): Promise<void> {
    this.reading = comparison;
    const { left, right, rows } = comparison;
    let after: { left: number; right: number } | undefined = { left: left.fromSeq, right: right.fromSeq };
    let arrived = !shown;
    let toldAt = 0;
    try {
      while (after !== undefined && this.reading === comparison) {
        const answer: Awaited<ReturnType<typeof this.ask>> = await this.ask(left, right, after);
        if (this.reading !== comparison) return;
        rows.add(answer.kind, answer.left, answer.right);
        after = answer.meta.next;
        if (rows.length >= MAX_ROWS && after !== undefined) {
          comparison.state = 'enough';
          break;
        }
        if (!arrived && rows.length > (this.session.state.compare?.row ?? 0)) {
          arrived = true;
          this.arrive();
        }
        if (shown && performance.now() - toldAt > SHOW_MS) {
          toldAt = performance.now();
          this.set({});
        }
      }
      if (comparison.state === 'reading') comparison.state = 'done';
    } catch (error) {
      if (error instanceof AskError && error.code === 'superseded') return;
      comparison.state = 'failed';
      comparison.why = error instanceof Error ? error.message : String(error);
    }
    if (this.reading !== comparison) return;
    if (!shown) this.texts.clear();
    this.set(shown ? {} : { comparison });
  }

  private ask(left: CompareSide, right: CompareSide, after: { left: number; right: number }) {
    return this.session.client.askColumns('compareAlign', { left, right, after });
  }

  private async comparePairs(): Promise<void> {
    if (this.pairsRunning || (this.pairs?.done === true && this.pairsSeq === this.otherSeq)) return;
    this.pairsRunning = true;
    try {
      for (;;) {
        const pairs = await this.session.client.ask('comparePairs', {});
        this.set({ pairs });
        if (pairs.done) this.pairsSeq = this.otherSeq;
        if (pairs.done || this.session.state.main !== 'compare') break;
      }
    } catch (error) {
      this.set({ pairsFailure: error instanceof Error ? error.message : String(error) });
    } finally {
      this.pairsRunning = false;
    }
  }

  private async readOthers(): Promise<void> {
    if (this.readingOthers || (this.others.length > 0 && this.othersSeq === this.otherSeq)) return;
    this.readingOthers = true;
    this.othersSeq = this.otherSeq;
    try {
      this.set({ otherInfo: await this.session.client.ask('info', {}, undefined, 1) });
      for (let after = 0; ;) {
        const page = await this.session.client.ask('processes', { since: this.othersVersion, after }, undefined, 1);
        for (const process of page.processes) this.others[process.id - 1] = process;
        after = page.processes.at(-1)?.id ?? after;
        if (page.more) continue;
        this.othersVersion = page.version;
        break;
      }
      this.set({});
    } catch (error) {
      this.session.fail(error);
    } finally {
      this.readingOthers = false;
    }
  }

  private set(
    part: Partial<Pick<CompareSession, 'comparison' | 'pairs' | 'pairsFailure' | 'otherInfo' | 'states'>>,
  ): void {
    Object.assign(this, part);
    this.version++;
    for (const listener of this.listeners) listener();
  }
}

const sideOf = ({ recording, process, fromSeq }: Side): CompareSide => ({ recording, process, fromSeq });
const same = (a: CompareSide, b: CompareSide): boolean =>
  a.recording === b.recording && a.process === b.process && a.fromSeq === b.fromSeq;
