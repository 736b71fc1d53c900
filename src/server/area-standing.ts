/**
 * What is under way in each process when an area begins. The last thing that a process did before tells, with the causes from there out:
 *
 *     call a ── call b ── return b │ area         in a: what b was made in
 *     handle ── handled            │ area         in nothing
 *
 * For all processes at once, from the columns of the blocks just before the area: asking the recording for each of them costs a hundred times as
 * much. What these blocks do not tell it is asked for.
 */
import {
  Flags,
  kindCode,
  type BulkRecording,
  type EventBlock,
  type OpenCall,
  type ProcessId,
  type Seq,
} from '../recording/index.js';

const CALL = kindCode('call');
const HANDLE = kindCode('handle');
const EXIT = kindCode('exit');
const LINES = (1 << kindCode('line')) | (1 << kindCode('expression'));
const ENDS = (['return', 'exception', 'tail', 'handled'] as const).reduce(
  (mask, kind) => mask | (1 << kindCode(kind)),
  0,
);
const SAYS = LINES | ENDS | (1 << CALL) | (1 << HANDLE) | (1 << EXIT);

/** So many blocks before the area are looked at: a million events, some 20 MB of columns while they are. */
const BLOCKS = 16;
/** Calls around the innermost ones are not told apart. */
const MAX_STACK = 10_000;

export class Standing {
  /** Ascending. */
  readonly #blocks: EventBlock[] = [];
  /** Of each process, the last event that says something; 0: none was found. */
  readonly #last: Float64Array;

  /** @param blocks how many blocks before event `first` are looked at */
  constructor(
    private readonly recording: BulkRecording,
    private readonly first: Seq,
    blocks = BLOCKS,
  ) {
    this.#last = new Float64Array(recording.processes().length + 1);
    for (let seq = first - 1, n = 0; seq > 0 && n < blocks; n++) {
      const block = recording.blockAt(seq);
      if (block === undefined) break;
      this.#look(block, seq);
      this.#blocks.unshift(block);
      seq = block.firstSeq - 1;
    }
  }

  #look(block: EventBlock, to: Seq): void {
    const kinds = block.kinds();
    const processes = block.processes();
    const last = this.#last;
    for (let row = to - block.firstSeq; row >= 0; row--) {
      const process = processes[row]!;
      if ((SAYS & (1 << kinds[row]!)) !== 0 && process < last.length && last[process] === 0)
        last[process] = block.firstSeq + row;
    }
  }

  /** The calls and callbacks of a process that are under way, outermost first: as the recording's `openCalls`. */
  of(process: ProcessId): readonly OpenCall[] {
    return this.#chain(process) ?? this.recording.openCalls(process, this.first - 1, MAX_STACK);
  }

  /** Undefined: these blocks do not tell. */
  #chain(process: ProcessId): OpenCall[] | undefined {
    const last = this.#last[process] ?? 0;
    const block = this.#blockOf(last);
    if (block === undefined) return undefined;
    const kind = block.kinds()[last - block.firstSeq]!;
    if (kind === EXIT) return [];
    let seq = last;
    if (kind !== CALL && kind !== HANDLE) {
      seq = block.causes()[last - block.firstSeq]!;
      if (seq === 0) return undefined;
      if ((ENDS & (1 << kind)) !== 0) {
        const ended = this.#frame(seq, process, last);
        if (ended === undefined) return undefined;
        seq = ended.around;
      }
    }
    const calls: OpenCall[] = [];
    for (let before = last + 1; seq !== 0 && calls.length < MAX_STACK;) {
      const frame = this.#frame(seq, process, before);
      if (frame === undefined) return undefined;
      calls.push({ seq, fn: frame.fn, callback: frame.callback });
      before = seq;
      seq = frame.around;
    }
    return calls.reverse();
  }

  /** A call or callback of the process; undefined: it lies further back, is none, or only the recording knows what is around it. */
  #frame(seq: Seq, process: ProcessId, before: Seq): { fn: number; callback: boolean; around: Seq } | undefined {
    const block = seq < before ? this.#blockOf(seq) : undefined;
    if (block === undefined) return undefined;
    const row = seq - block.firstSeq;
    const kind = block.kinds()[row]!;
    if (block.processes()[row] !== process || (kind !== CALL && kind !== HANDLE)) return undefined;
    if (kind === HANDLE && (block.flags()[row]! & Flags.INSIDE) !== 0) return undefined;
    return { fn: block.functions()[row]!, callback: kind === HANDLE, around: kind === CALL ? block.causes()[row]! : 0 };
  }

  #blockOf(seq: Seq): EventBlock | undefined {
    const blocks = this.#blocks;
    if (seq < (blocks[0]?.firstSeq ?? Infinity)) return undefined;
    let low = 0;
    for (let high = blocks.length - 1; low < high;) {
      const middle = (low + high + 1) >>> 1;
      if (blocks[middle]!.firstSeq <= seq) low = middle;
      else high = middle - 1;
    }
    return blocks[low];
  }
}
