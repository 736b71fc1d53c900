/** The events of a process that are compared, one after the other from a place on, with their keys. */
import { Flags, type EventKind, type ProcessId, type RecordedEvent, type Seq } from '../recording/index.js';
import { COMPARED, OpenCalls } from './event-keys.js';
import { sameEvents } from './difference.js';
import type { Execution } from './execution.js';
import { Hash } from './hash.js';

export interface KeyedEvent {
  event: RecordedEvent;
  /** The same for the same event with perhaps another value. */
  what: number;
  /** The same for events that say the same. */
  says: number;
  /** Like `says`, and for one that ends or follows what began earlier, within the same. */
  exact: number;
  /** Not all that it says was recorded. */
  lossy: boolean;
}

/** Whether two events say the same, as far as both were recorded. */
export function saysTheSame(left: Execution, a: KeyedEvent, right: Execution, b: KeyedEvent): boolean {
  return a.says === b.says || ((a.lossy || b.lossy) && sameEvents(left, a.event, right, b.event));
}

export class EventReader {
  /** Nothing comes any more. */
  ended = false;
  private readonly events: IterableIterator<RecordedEvent>;
  private readonly open = new OpenCalls();
  private readonly handlesMail: boolean;

  /** @param after the events after this one */
  constructor(
    readonly execution: Execution,
    readonly process: ProcessId,
    after: Seq,
  ) {
    const { recording } = execution;
    this.handlesMail = handlesMail(execution, process);
    const end = recording.end().seq;
    this.ended = after >= end;
    this.events = recording.events({
      processes: [process],
      kinds: COMPARED,
      from: recording.momentOf(Math.min(after + 1, end)),
    });
  }

  next(): KeyedEvent | undefined {
    while (!this.ended) {
      const step = this.events.next();
      if (step.done === true) this.ended = true;
      else if (this.isCompared(step.value)) {
        const event = step.value;
        const { says, lossy } = this.execution.keys.says(event);
        const within = this.open.within(event);
        const exact = within === 0 ? says : new Hash().whole(says).whole(within).value;
        this.open.began(event, exact);
        return { event, says, lossy, exact, what: this.execution.keys.what(event) };
      }
    }
    return undefined;
  }

  /** Appends up to `count` more. */
  read(into: KeyedEvent[], count: number): void {
    for (let i = 0; i < count; i++) {
      const next = this.next();
      if (next === undefined) return;
      into.push(next);
    }
  }

  /**
   * When a message comes to a process that handles its messages one by one changes nothing for it; that it handles it does. Only what a
   * receive waited for counts.
   */
  private isCompared(event: RecordedEvent): boolean {
    if (isMachinery(this.execution, event)) return false;
    if (event.kind === 'arrive') return !this.handlesMail || (event.flags & Flags.TAKEN) !== 0;
    // What stood there when recording began is no step of the program.
    return (event.flags & Flags.KEYFRAME) === 0;
  }
}

/** Loading a module, which happens to whoever calls it first, and what the probe itself asks. */
function isMachinery({ recording }: Execution, event: RecordedEvent): boolean {
  if ((event.kind !== 'send' && event.kind !== 'arrive') || event.peer === 0) return false;
  const peer = recording.processes()[event.peer - 1];
  return (
    peer?.name === 'code_server' ||
    peer?.label === 'elixirscope probe' ||
    peer?.name?.startsWith('elixirscope') === true
  );
}

function handlesMail({ recording }: Execution, process: ProcessId): boolean {
  const kinds: EventKind[] = ['handle'];
  return recording.nextEvent(process, recording.start(), 1, { kinds }) !== undefined;
}
