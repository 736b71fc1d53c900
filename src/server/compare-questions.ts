/** Two executions side by side: the answers. */
import {
  align,
  counterpart,
  differencesOf,
  Execution,
  sameTerms,
  SystemComparison,
  termDifferences,
  type Aligned,
  type Difference,
  type PairResult,
  type Row,
  type RowKind,
  type Side,
} from '../compare/index.js';
import type { Term } from '../term/index.js';
import { BinaryResult } from './binary.js';
import type {
  ComparePairsResult,
  CompareRowView,
  CompareSide,
  CompareStatesResult,
  DifferenceView,
  Methods,
  PairView,
  PairWithEvents,
  StateSide,
} from './protocol.js';
import { contextFor } from './event-questions.js';
import { viewEvent } from './event-view.js';
import { RpcFailure } from './failure.js';
import type { Questions } from './questions.js';
import { buildTree } from './term-tree.js';
import { line } from './text.js';
import type { CheckedRequest } from './schemas.js';

const BUDGET_MS = 30;
/** What is told while it goes on is at most so old. */
const TELL_MS = 400;
const SHOWN = 400;
const VALUE = 160;
const CODES: Record<RowKind, number> = { same: 0, changed: 1, left: 2, right: 3 };

export type CompareRequest = Extract<CheckedRequest, { method: `compare${string}` }>;

export class CompareQuestions {
  private readonly executions: (Execution | undefined)[] = [];
  private system: SystemComparison | undefined;
  private told: { at: number; result: ComparePairsResult } | undefined;

  /** @param of what is asked of the recording itself, and of the one that it was opened with */
  constructor(private readonly of: readonly (Questions | undefined)[]) {}

  /** The second recording has grown. */
  forgetOther(): void {
    this.executions[1] = undefined;
    this.system = undefined;
    this.told = undefined;
  }

  answer(request: CompareRequest): unknown {
    switch (request.method) {
      case 'comparePairs':
        return this.pairs();
      case 'compareMatch': {
        const { from, recording } = request.params;
        this.known(from);
        const found = counterpart(this.execution(from.recording), from.process, this.execution(recording));
        return { process: found ?? 0 };
      }
      case 'compareRows':
        return this.rows(request.params);
      case 'compareStates':
        return this.states(request.params);
      case 'compareAlign': {
        const { left, right, after } = request.params;
        const until = performance.now() + BUDGET_MS;
        const rows: Row[] = [];
        let next: typeof after | undefined = after;
        do {
          const part: Aligned = align(this.side(left, next.left), this.side(right, next.right));
          rows.push(...part.rows);
          next = part.next;
        } while (next !== undefined && performance.now() < until);
        return new BinaryResult(
          { next },
          {
            kind: Uint8Array.from(rows, (row) => CODES[row.kind]),
            left: Float64Array.from(rows, (row) => row.left?.seq ?? 0),
            right: Float64Array.from(rows, (row) => row.right?.seq ?? 0),
          },
        );
      }
    }
  }

  private questions(recording: number): Questions {
    const questions = this.of[recording];
    if (questions === undefined)
      throw new RpcFailure('not-found', 'there is no second recording: open two with "elixirscope compare A B --open"');
    return questions;
  }

  private execution(recording: number): Execution {
    return (this.executions[recording] ??= new Execution(this.questions(recording).recording));
  }

  private known({ recording, process }: { recording: number; process: number }): void {
    this.questions(recording).known(process);
  }

  private side(side: CompareSide, after: number): Side {
    this.known(side);
    return { execution: this.execution(side.recording), process: side.process, after: Math.max(side.fromSeq, after) };
  }

  private pairs(): ComparePairsResult {
    this.system ??= new SystemComparison(this.execution(0), this.execution(1));
    const { system } = this;
    const until = performance.now() + BUDGET_MS;
    system.advance(() => performance.now() < until);
    // Putting a hundred thousand in order takes longer than comparing a few more: only now and then.
    if (this.told !== undefined && !system.done && performance.now() - this.told.at < TELL_MS)
      return { ...this.told.result, compared: system.results.length, events: system.events };
    const { first, firstOther } = system.first();
    const differing = system.differing();
    const compared = system.results.length;
    const result: ComparePairsResult = {
      total: system.total,
      compared,
      events: system.events,
      same: system.results.reduce((sum, each) => sum + (each.difference === undefined ? 1 : 0), 0),
      done: system.done,
      first: first && this.withEvents(first),
      firstOther: firstOther === first ? undefined : firstOther && this.withEvents(firstOther),
      differing: differing.slice(0, SHOWN).map(pairView),
      differingTotal: differing.length,
    };
    this.told = { at: performance.now(), result };
    return result;
  }

  private withEvents(pair: PairResult): PairWithEvents {
    const { left, right } = pair.difference!;
    const sides = [
      { recording: 0, process: pair.left, fromSeq: 0 },
      { recording: 1, process: pair.right, fromSeq: 0 },
    ] as const;
    return { ...pairView(pair), row: this.row(sides[0], sides[1], left, right) };
  }

  private rows({ left, right, rows }: Methods['compareRows']['params']): Methods['compareRows']['result'] {
    this.known(left);
    this.known(right);
    return { rows: rows.map(([one, other]) => this.row(left, right, one, other)) };
  }

  private row(left: CompareSide, right: CompareSide, leftSeq: number, rightSeq: number): CompareRowView {
    const a = leftSeq === 0 ? undefined : this.execution(left.recording).recording.event(leftSeq);
    const b = rightSeq === 0 ? undefined : this.execution(right.recording).recording.event(rightSeq);
    const view = (event: typeof a, side: CompareSide): CompareRowView['left'] => {
      const questions = this.questions(side.recording);
      return event && viewEvent(event, contextFor(questions, event.process));
    };
    const peer = (event: typeof a, side: CompareSide): string | undefined =>
      event === undefined || event.peer === 0 ? undefined : this.execution(side.recording).roles.text(event.peer);
    const differences =
      a === undefined || b === undefined
        ? []
        : differencesOf(this.execution(left.recording), a, this.execution(right.recording), b);
    return {
      left: view(a, left),
      right: view(b, right),
      leftPeer: peer(a, left),
      rightPeer: peer(b, right),
      differences: this.texts(differences, left),
    };
  }

  private texts(differences: readonly Difference[], { recording, process }: CompareSide): DifferenceView[] {
    const syntax = this.questions(recording).syntaxOf(process);
    const text = (term: Term | undefined): string | undefined => term && line(term, syntax, VALUE).text;
    return differences.map(({ where, left, right }) => ({ where, left: text(left), right: text(right) }));
  }

  private states({ left, right, leftSeq, rightSeq }: Methods['compareStates']['params']): CompareStatesResult {
    this.known(left);
    this.known(right);
    const state = (side: CompareSide, seq: number) =>
      this.execution(side.recording).recording.state(side.process, this.questions(side.recording).moment({ seq }));
    const a = state(left, leftSeq);
    const b = state(right, rightSeq);
    const [one, other] = [this.execution(left.recording), this.execution(right.recording)];
    const all = a && b ? termDifferences(one, left.process, a.value, other, right.process, b.value, '') : [];
    const same = (x: Term, y: Term): boolean => sameTerms(one, left.process, x, other, right.process, y);
    const tree = (
      side: CompareSide,
      from: typeof a,
      against: typeof a,
      equal: (x: Term, y: Term) => boolean,
    ): StateSide | undefined => {
      if (from === undefined) return undefined;
      const questions = this.questions(side.recording);
      const at = questions.moment({ seq: from.seq });
      const node = questions.recording.processes()[side.process - 1]!.node;
      const { tree: built } = buildTree(
        from.value,
        {
          syntax: questions.syntaxOf(side.process),
          pid: (number, serial) => questions.pids.find(node, number, serial, at),
          same: equal,
        },
        against?.value,
      );
      return { seq: from.seq, ns: from.ns, tree: built };
    };
    return {
      left: tree(left, a, b, same),
      right: tree(right, b, a, (x, y) => same(y, x)),
      differences: this.texts(all.slice(0, 60), left),
      more: Math.max(0, all.length - 60),
    };
  }
}

function pairView({ left, right, role, same, difference, own }: PairResult): PairView {
  const { kind, left: leftSeq, right: rightSeq, afterNs } = difference!;
  return { left, right, role, same, own, kind, leftSeq, rightSeq, afterNs };
}
