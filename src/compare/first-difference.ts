/** Where two histories first differ: both are read in step, which needs no alignment up to there. */
import type { RecordedEvent } from '../recording/index.js';
import type { Side } from './align.js';
import { EventReader, saysTheSame, type KeyedEvent } from './event-reader.js';

/**
 * `value`: the same event with another value; `order`: both events happen on both sides, the other way round; `left`, `right`: only there;
 * `other`: something else altogether.
 */
export type DifferenceKind = 'value' | 'order' | 'left' | 'right' | 'other';

export interface FirstDifference {
  kind: DifferenceKind;
  /** The event that differs; undefined: the process ended before. */
  left: RecordedEvent | undefined;
  right: RecordedEvent | undefined;
}

/** How far is looked for the one's event among the other's next. */
const AHEAD = 64;
const CHECK_EVERY = 32;

export class DifferenceSearch {
  /** Events that were the same. */
  same = 0;
  /** Of the last of them. */
  lastSame: { left: number; right: number };
  done = false;
  found: FirstDifference | undefined;
  /** The side whose recording ends while the other's goes on: no difference, nobody knows what it would have done. */
  cutShort: 'left' | 'right' | undefined;
  private readonly a: EventReader;
  private readonly b: EventReader;

  constructor(
    private readonly left: Side,
    private readonly right: Side,
  ) {
    this.a = new EventReader(left.execution, left.process, left.after);
    this.b = new EventReader(right.execution, right.process, right.after);
    this.lastSame = { left: left.after, right: right.after };
  }

  /** Goes on until it is done or `goOn`, asked every 32 events, says no. */
  advance(goOn: () => boolean): void {
    while (!this.done) {
      if (this.same % CHECK_EVERY === CHECK_EVERY - 1 && !goOn()) {
        // So that the next call gets past this place.
        this.step();
        return;
      }
      this.step();
    }
  }

  private step(): void {
    const one = this.a.next();
    const other = this.b.next();
    if (one !== undefined && other !== undefined && this.agree(one, other)) {
      this.same++;
      this.lastSame = { left: one.event.seq, right: other.event.seq };
      return;
    }
    this.done = true;
    if (one === undefined && other === undefined) return;
    if (one === undefined && livesOn(this.left)) this.cutShort = 'left';
    else if (other === undefined && livesOn(this.right)) this.cutShort = 'right';
    else this.found = this.classify(one, other);
  }

  private agree(one: KeyedEvent, other: KeyedEvent): boolean {
    return saysTheSame(this.left.execution, one, this.right.execution, other);
  }

  private classify(one: KeyedEvent | undefined, other: KeyedEvent | undefined): FirstDifference {
    const found = (kind: DifferenceKind): FirstDifference => ({ kind, left: one?.event, right: other?.event });
    if (one === undefined) return found('right');
    if (other === undefined) return found('left');
    const [a, b] = [[one], [other]];
    this.a.read(a, AHEAD);
    this.b.read(b, AHEAD);
    // Where both go on alike it was the value, even if such an event comes again.
    const goesOn = a[1] === undefined || b[1] === undefined ? a.length === b.length : this.agree(a[1], b[1]);
    if (one.what === other.what && goesOn) return found('value');
    const leftComes = b.some(({ exact }) => exact === one.exact);
    const rightComes = a.some(({ exact }) => exact === other.exact);
    if (leftComes && rightComes) return found('order');
    if (leftComes) return { kind: 'right', left: undefined, right: other.event };
    if (rightComes) return { kind: 'left', left: one.event, right: undefined };
    return found(one.what === other.what ? 'value' : 'other');
  }
}

/** Whether the recording ends before the process does. */
function livesOn({ execution, process }: Side): boolean {
  return execution.recording.processes()[process - 1]?.exitSeq === 0;
}
