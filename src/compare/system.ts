/**
 * Where do two runs first differ? Every process is compared with its counterpart; of all first differences the one that no other led to is
 * the answer. Where calls are recorded, what differs inside of a recorded function counts before all else: a test runner's seed and the
 * compiler's order differ between any two runs.
 */
import type { FunctionId, ProcessId, RecordedEvent, Recording, Seq } from '../recording/index.js';
import type { Execution } from './execution.js';
import { DifferenceSearch, type DifferenceKind } from './first-difference.js';
import { matchingProcesses, type Matched, type ProcessPair } from './match.js';

/** A pair of processes and how it went. One that is only in one run has 0 on the other side. */
export interface PairResult extends ProcessPair {
  /** Events that were the same, from the beginning on. */
  same: number;
  /** Where they first differ; undefined: they do not, as far as both were recorded. */
  difference: PairDifference | undefined;
  /** One recording ends where the other goes on. */
  cutShort: 'left' | 'right' | undefined;
  /** It differs inside of a function that is recorded, or no calls are recorded at all; told of those that differ. */
  own: boolean;
}

export interface PairDifference {
  kind: DifferenceKind | 'missing';
  /** The events; 0: there is none on that side. */
  left: Seq;
  right: Seq;
  /** When, since the first process of the program's own was there; the earlier of both. */
  afterNs: number;
}

/** How far back causes are followed. */
const MAX_LEAPS = 64;
/** Of so many processes that are only in one run is looked whether they ran recorded functions; thousands are in no list that anybody reads. */
const MAX_LOST = 1_000;
/** So far out is looked whether a function is recorded. */
const MAX_FRAMES = 64;

export interface FirstDifferences {
  /** The earliest, or one that led to it. */
  first: PairResult | undefined;
  /** The same without those in which the same things only happened in another order. */
  firstOther: PairResult | undefined;
  /** What differed before, outside of all recorded functions. */
  elsewhere: PairResult | undefined;
}

export class SystemComparison {
  /** Nobody on either side until all processes were looked at. */
  matched: Matched = { pairs: [], onlyLeft: [], onlyRight: [] };
  readonly results: PairResult[] = [];
  private search: DifferenceSearch | undefined;
  private lost: PairResult[] | undefined;
  private matching: Generator<undefined, Matched> | undefined;
  private origins = { left: 0, right: 0 };
  private before = 0;
  private answer: FirstDifferences | undefined;
  private readonly calls: boolean;

  constructor(
    private readonly left: Execution,
    private readonly right: Execution,
  ) {
    this.matching = matchingProcesses(left, right);
    this.calls = [left, right].some(({ recording }) => (recording.info().kinds.call ?? 0) > 0);
  }

  get total(): number {
    return this.matched.pairs.length;
  }
  get done(): boolean {
    return this.matching === undefined && this.results.length >= this.total;
  }
  /** Events of the left that were compared so far. */
  get events(): number {
    return this.before + (this.search?.same ?? 0);
  }

  /** Compares until all are, or `goOn` (asked every 32 events) says no. */
  advance(goOn: () => boolean): void {
    if (!this.match(goOn)) return;
    while (!this.done) {
      const pair = this.matched.pairs[this.results.length]!;
      this.search ??= new DifferenceSearch(
        { execution: this.left, process: pair.left, after: 0 },
        { execution: this.right, process: pair.right, after: 0 },
      );
      this.search.advance(goOn);
      if (!this.search.done) return;
      const { same, cutShort, found } = this.search;
      this.search = undefined;
      this.before += same;
      this.results.push({
        ...pair,
        same,
        cutShort,
        own: found !== undefined && (this.inside('left', found.left) || this.inside('right', found.right)),
        difference: found && this.difference(found.kind, found.left?.seq ?? 0, found.right?.seq ?? 0),
      });
      this.answer = undefined;
      if (!goOn()) return;
    }
  }

  /** Finds out who is whom; false: not yet. */
  private match(goOn: () => boolean): boolean {
    while (this.matching !== undefined) {
      const step = this.matching.next();
      if (step.done === true) {
        this.matching = undefined;
        this.matched = step.value;
        this.lost = undefined;
        this.answer = undefined;
        const { pairs } = step.value;
        this.origins = {
          left: beginning(this.left.recording, pairs.map((each) => each.left)),
          right: beginning(this.right.recording, pairs.map((each) => each.right)),
        }; // prettier-ignore
      }
      if (!goOn()) return this.matching === undefined;
    }
    return true;
  }

  /** As far as compared. */
  first(): FirstDifferences {
    if (this.answer === undefined) {
      const all = this.differing();
      const own = all.filter((each) => each.own);
      const asked = own.length > 0 ? own : all;
      const first = earliest(asked, this.left, this.right);
      const others = asked.filter(({ difference }) => difference!.kind !== 'order');
      // All of them, for what came before in others.
      const elsewhere = earliest(all, this.left, this.right);
      this.answer = {
        first,
        firstOther: earliest(others, this.left, this.right),
        elsewhere: elsewhere?.own === false && first?.own === true ? elsewhere : undefined,
      };
    }
    return this.answer;
  }

  /** Those that differ, inside of recorded functions before others, each the first ones first. */
  differing(): PairResult[] {
    this.lost ??= [...this.missing()];
    return [...this.results, ...this.lost]
      .filter((each) => each.difference !== undefined)
      .sort((a, b) => Number(b.own) - Number(a.own) || a.difference!.afterNs - b.difference!.afterNs);
  }

  /** Processes without a counterpart; those whose recording merely ended before the other one's are no difference. */
  private *missing(): Generator<PairResult> {
    const ends = { left: this.left.recording.end(), right: this.right.recording.end() };
    let looked = 0;
    for (const side of ['left', 'right'] as const) {
      const { recording, roles } = this[side];
      const other = side === 'left' ? 'right' : 'left';
      for (const id of side === 'left' ? this.matched.onlyLeft : this.matched.onlyRight) {
        const { spawnSeq } = recording.processes()[id - 1]!;
        if (spawnSeq === 0) continue;
        const afterNs = recording.momentOf(spawnSeq).ns - this.origins[side];
        if (afterNs >= ends[other].ns - this.origins[other]) continue;
        yield {
          left: side === 'left' ? id : 0,
          right: side === 'right' ? id : 0,
          role: roles.text(id),
          same: 0,
          cutShort: undefined,
          own: looked++ < MAX_LOST && this.ran(side, id),
          difference: { kind: 'missing', left: side === 'left' ? spawnSeq : 0, right: side === 'right' ? spawnSeq : 0, afterNs }, // prettier-ignore
        };
      }
    }
  }

  /** Whether an event happened in a recorded function; where no calls are recorded, all count. */
  private inside(side: 'left' | 'right', event: RecordedEvent | undefined): boolean {
    if (!this.calls || event === undefined) return !this.calls;
    const { recording } = this[side];
    const recorded = (fn: FunctionId): boolean => recording.function(fn)?.depth !== undefined;
    if (recorded(event.fn)) return true;
    const { frames } = recording.stack(event.process, event, MAX_FRAMES);
    return frames.some(({ fn }) => recorded(fn));
  }

  /** Whether a process ran a recorded function. */
  private ran(side: 'left' | 'right', process: ProcessId): boolean {
    const { recording } = this[side];
    return !this.calls || recording.nextEvent(process, recording.start(), 1, { kinds: ['call'] }) !== undefined;
  }

  private difference(kind: DifferenceKind, left: Seq, right: Seq): PairDifference {
    const times = [
      ...(left === 0 ? [] : [this.left.recording.momentOf(left).ns - this.origins.left]),
      ...(right === 0 ? [] : [this.right.recording.momentOf(right).ns - this.origins.right]),
    ];
    return { kind, left, right, afterNs: Math.min(...times) };
  }
}

/** The earliest of these, or one of them that led to it. */
function earliest(all: readonly PairResult[], left: Execution, right: Execution): PairResult | undefined {
  const byLeft = new Map(all.map((each) => [each.left, each]));
  const byRight = new Map(all.map((each) => [each.right, each]));
  let best: PairResult | undefined;
  for (const each of all) if (best === undefined || each.difference!.afterNs < best.difference!.afterNs) best = each;
  const seen = new Set<PairResult>();
  for (let leap = 0; best !== undefined && leap < MAX_LEAPS && !seen.has(best); leap++) {
    seen.add(best);
    const at: PairDifference = best.difference!;
    const earlier =
      (at.left > 0 ? causeAmong(left.recording, at.left, best, byLeft, 'left') : undefined) ??
      (at.right > 0 ? causeAmong(right.recording, at.right, best, byRight, 'right') : undefined);
    if (earlier === undefined) break;
    best = earlier;
  }
  return best;
}

/** The difference of another pair that an event follows from, on one side. */
function causeAmong(
  recording: Recording,
  seq: Seq,
  of: PairResult,
  by: ReadonlyMap<ProcessId, PairResult>,
  side: 'left' | 'right',
): PairResult | undefined {
  for (const { event } of recording.trail(seq).steps) {
    const other = by.get(event.process);
    const at = other?.difference?.[side] ?? 0;
    if (other !== undefined && other !== of && at > 0 && at <= event.seq) return other;
  }
  return undefined;
}

/** When the first of these processes was there. */
function beginning(recording: Recording, processes: readonly ProcessId[]): number {
  const all = recording.processes();
  let first = Infinity;
  for (const id of processes) {
    const { spawnSeq } = all[id - 1]!;
    if (spawnSeq > 0) first = Math.min(first, spawnSeq);
  }
  return first === Infinity ? 0 : recording.momentOf(first).ns;
}
