/** All calls and callbacks of a recording in one pass. Memory: those that are open. */
import type { BulkRecording, EventBlock } from '../bulk.js';
import { Flags, type FunctionId, type ProcessId, type Seq } from '../model.js';
import { Kind } from './kinds.js';

/** A call (call to return or exception) or a callback (handle to handled). */
export interface CallSpan {
  readonly callback: boolean;
  readonly process: ProcessId;
  readonly fn: FunctionId;
  readonly seq: Seq;
  /** Of a callback: the arrival that it handles, 0 for none. */
  readonly cause: Seq;
  /** The call or callback of the same process around it, 0 for none. */
  readonly parent: Seq;
  /** The outermost of those around it; itself where there is none. */
  readonly root: Seq;
  /** How many are around it. */
  readonly depth: number;
  readonly startNs: number;
  /** 0: its end is not recorded, or has not come yet. */
  endSeq: Seq;
  /** -1 where `endSeq` is 0. */
  endNs: number;
  /** Without the calls directly in it, as far as their ends are recorded; -1 where `endSeq` is 0. */
  selfNs: number;
  raised: boolean;
}

export interface SpanOptions {
  process?: ProcessId;
  /** Those that begin at this event or later; what is around them is then not known to them when it began earlier. */
  from?: Seq;
  /** Those that begin at this event or earlier. */
  to?: Seq;
  /** Told of each when it begins, before it is given out. */
  begins?: (span: CallSpan) => void;
  /** Told of each message that is sent, and of the innermost span in which that happens. */
  sends?: (seq: Seq, around: CallSpan | undefined) => void;
}

interface Open {
  span: CallSpan;
  childrenNs: number;
}

/** In the order in which they end; those without an end where that becomes certain: when what is around them ends, their process exits, or at the end. */
export function* everyCall(recording: BulkRecording, options: SpanOptions = {}): IterableIterator<CallSpan> {
  const { process: only, from = 1, to = Infinity } = options;
  const stacks = new CallStacks(options);
  const blocks = recording.blocks({
    from,
    ...(only === undefined ? {} : { process: only }),
    kinds: [
      'call',
      'return',
      'exception',
      'tail',
      'handle',
      'handled',
      'exit',
      ...(options.sends ? (['send'] as const) : []),
    ],
  });
  for (const block of blocks) {
    if (stacks.count === 0 && block.firstSeq > to) break;
    yield* stacks.take(block);
  }
  yield* stacks.open();
}

/** The calls under way in each process, block after block: for whoever goes on with a recording that grows. */
export class CallStacks {
  readonly #stacks = new Map<ProcessId, Open[]>();
  /** How many are under way. */
  count = 0;

  constructor(private readonly options: SpanOptions = {}) {}

  /** Those that end in a block, from event `from` to event `last`. */
  *take(block: EventBlock, from = this.options.from ?? 1, last = Infinity): IterableIterator<CallSpan> {
    const { process: only, to = Infinity, sends, begins } = this.options;
    const kinds = block.kinds();
    const processes = block.processes();
    const functions = block.functions();
    const causes = block.causes();
    const ns = block.ns();
    const rows = only === undefined ? undefined : block.rows(only);
    const count = rows?.length ?? block.count;
    for (let i = 0; i < count; i++) {
      const row = rows === undefined ? i : rows[i]!;
      const kind = kinds[row]!;
      if (kind < Kind.CALL ? kind !== Kind.EXIT && kind !== Kind.SEND : kind > Kind.HANDLED && kind !== Kind.TAIL)
        continue;
      const seq = block.firstSeq + row;
      if (seq < from) continue;
      if (seq > last) return;
      const process = processes[row]!;
      if (kind === Kind.SEND) {
        sends?.(seq, this.#stacks.get(process)?.at(-1)?.span);
        continue;
      }
      let stack = this.#stacks.get(process);
      if (kind === Kind.CALL || kind === Kind.HANDLE) {
        if (seq > to) continue;
        if (stack === undefined) this.#stacks.set(process, (stack = []));
        const span: CallSpan = {
          callback: kind === Kind.HANDLE,
          process,
          fn: functions[row]!,
          seq,
          cause: kind === Kind.HANDLE ? causes[row]! : 0,
          parent: stack.at(-1)?.span.seq ?? 0,
          root: stack[0]?.span.seq ?? seq,
          depth: stack.length,
          startNs: ns[row]!,
          endSeq: 0,
          endNs: -1,
          selfNs: -1,
          raised: false,
        };
        begins?.(span);
        stack.push({ span, childrenNs: 0 });
        this.count++;
        continue;
      }
      if (stack === undefined) continue;
      if (kind === Kind.EXIT) {
        this.#stacks.delete(process);
        this.count -= stack.length;
        for (let s = stack.length - 1; s >= 0; s--) yield stack[s]!.span;
        continue;
      }
      const cause = causes[row]!;
      let at = stack.length - 1;
      while (at >= 0 && stack[at]!.span.seq !== cause) at--;
      // It began before the recording, or before what was asked for.
      if (at < 0) continue;
      while (stack.length - 1 > at) {
        this.count--;
        yield stack.pop()!.span;
      }
      const { span, childrenNs } = stack.pop()!;
      this.count--;
      span.endSeq = seq;
      span.endNs = ns[row]!;
      span.selfNs = span.endNs - span.startNs - childrenNs;
      span.raised = kind === Kind.EXCEPTION || (kind === Kind.HANDLED && (block.flags()[row]! & Flags.RAISED) !== 0);
      const around = stack.at(-1);
      if (around) around.childrenNs += span.endNs - span.startNs;
      yield span;
    }
  }

  /** Those that are still under way, of each process the innermost first. */
  *open(): IterableIterator<CallSpan> {
    for (const stack of this.#stacks.values()) for (let s = stack.length - 1; s >= 0; s--) yield stack[s]!.span;
  }
}
