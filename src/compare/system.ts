/**
 * Where do two runs first differ? Every process is compared with its counterpart; of all first differences the one that no other led to is
 * the answer.
 */
import type { ProcessId, Recording, Seq } from '../recording/index.js';
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

export class SystemComparison {
  /** Nobody on either side until all processes were looked at. */
  matched: Matched = { pairs: [], onlyLeft: [], onlyRight: [] };
  readonly results: PairResult[] = [];
  private search: DifferenceSearch | undefined;
  private lost: PairResult[] | undefined;
  private matching: Generator<undefined, Matched> | undefined;
  private origins = { left: 0, right: 0 };
  private before = 0;
  private answer: { first: PairResult | undefined; firstOther: PairResult | undefined } | undefined;

  constructor(
    private readonly left: Execution,
    private readonly right: Execution,
  ) {
    this.matching = matchingProcesses(left, right);
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

  /**
   * The first difference as far as compared: the earliest, or one that led to it. `firstOther`: the same without those in which the same
   * things only happened in another order.
   */
  first(): { first: PairResult | undefined; firstOther: PairResult | undefined } {
    this.answer ??= {
      first: this.earliest(() => true),
      firstOther: this.earliest(({ kind }) => kind !== 'order'),
    };
    return this.answer;
  }

  /** Those that differ, the first ones first; then those only in one run. */
  differing(): PairResult[] {
    this.lost ??= [...this.missing()];
    return [...this.results, ...this.lost]
      .filter((each) => each.difference !== undefined)
      .sort((a, b) => a.difference!.afterNs - b.difference!.afterNs);
  }

  private earliest(counts: (difference: PairDifference) => boolean): PairResult | undefined {
    const all = this.differing().filter((each) => counts(each.difference!));
    const byLeft = new Map(all.map((each) => [each.left, each]));
    const byRight = new Map(all.map((each) => [each.right, each]));
    let best = all[0];
    const seen = new Set<PairResult>();
    for (let leap = 0; best !== undefined && leap < MAX_LEAPS && !seen.has(best); leap++) {
      seen.add(best);
      const { left, right } = best.difference!;
      const earlier =
        (left > 0 ? causeAmong(this.left.recording, left, best, byLeft, 'left') : undefined) ??
        (right > 0 ? causeAmong(this.right.recording, right, best, byRight, 'right') : undefined);
      if (earlier === undefined) break;
      best = earlier;
    }
    return best;
  }

  /** Processes without a counterpart; those whose recording merely ended before the other one's are no difference. */
  private *missing(): Generator<PairResult> {
    const ends = { left: this.left.recording.end(), right: this.right.recording.end() };
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
          difference: { kind: 'missing', left: side === 'left' ? spawnSeq : 0, right: side === 'right' ? spawnSeq : 0, afterNs }, // prettier-ignore
        };
      }
    }
  }

  private difference(kind: DifferenceKind, left: Seq, right: Seq): PairDifference {
    const times = [
      ...(left === 0 ? [] : [this.left.recording.momentOf(left).ns - this.origins.left]),
      ...(right === 0 ? [] : [this.right.recording.momentOf(right).ns - this.origins.right]),
    ];
    return { kind, left, right, afterNs: Math.min(...times) };
  }
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
