/** Every question answered by looking at all rows, with nothing clever: what the queries are compared with. */
import { Flags, EVENT_KINDS, type Gap, type ProcessId } from '../model.js';
import { Kind, maskOf } from '../queries/kinds.js';
import { looksLikeReply } from '../queries/mailbox.js';
import type { Arrow, EventFilter, MailboxAnswer, ProcessAt, RecordedEvent, Slice, StateAnswer } from '../query.js';
import type { ModelProcess, ModelRow } from './random-recording.js';

export class SlowModel {
  constructor(
    readonly rows: readonly ModelRow[],
    readonly processes: readonly ModelProcess[],
  ) {}

  event(seq: number): RecordedEvent | undefined {
    const row = this.rows[seq - 1];
    return row && { ...row, kind: EVENT_KINDS[row.kind]! };
  }

  events(filter: EventFilter): RecordedEvent[] {
    const mask = filter.kinds ? maskOf(filter.kinds) : 0xffffffff;
    return this.rows
      .filter((row) => !filter.processes || filter.processes.includes(row.process))
      .filter((row) => (mask & (1 << row.kind)) !== 0)
      .filter((row) => !filter.functions || filter.functions.includes(row.fn))
      .filter((row) => row.seq >= (filter.from?.seq ?? 0) && row.seq <= (filter.to?.seq ?? Infinity))
      .map((row) => this.event(row.seq)!);
  }

  momentAt(ns: number): { seq: number; ns: number } {
    const row = this.rows.findLast((candidate) => candidate.ns <= ns);
    return row ? { seq: row.seq, ns: row.ns } : { seq: 0, ns: 0 };
  }

  alive(process: ProcessId, seq: number): boolean {
    const spawned = this.processes[process - 1]!.spawnSeq <= seq;
    return spawned && !this.#of(process, seq).some((row) => row.kind === Kind.EXIT);
  }

  gaps(fromNs: number, toNs: number, process?: ProcessId): Gap[] {
    const number = (row: ModelRow, part: number): number => {
      const term = row.terms[0];
      const found = term?.kind === 'tuple' ? term.elements[part] : undefined;
      return found?.kind === 'integer' ? Number(found.value) : NaN;
    };
    return this.rows
      .filter((row) => row.kind === Kind.GAP)
      .filter((row) => process === undefined || row.process === 0 || row.process === process)
      .map((row) => ({ reason: 'ring full', count: number(row, 1), fromNs: number(row, 2), toNs: number(row, 3) }))
      .filter((gap) => gap.fromNs <= toNs && gap.toNs >= fromNs);
  }

  state(process: ProcessId, at: { seq: number; ns: number }): StateAnswer | undefined {
    const states = this.#of(process, at.seq).filter((row) => row.kind === Kind.STATE);
    const current = states.at(-1);
    if (!current) return undefined;
    let i = states.length - 1;
    while (i > 0 && (states[i]!.flags & (Flags.BEFORE | Flags.CHANGED)) === 0) i--;
    const change = states[i]!;
    const found = (change.flags & Flags.BEFORE) !== 0;
    const previous = found && (change.flags & Flags.CHANGED) === 0 ? undefined : states[i - 1];
    return {
      seq: current.seq,
      ns: current.ns,
      value: current.terms[0]!,
      previous: previous && { seq: previous.seq, value: previous.terms[0]! },
      changed: found ? undefined : this.#cause(change),
      gaps: this.gaps(change.ns, at.ns, process),
    };
  }

  #cause(state: ModelRow): StateAnswer['changed'] {
    const handle = this.rows[state.cause - 1];
    if (!handle) return { seq: state.seq, ns: state.ns, fn: state.fn, message: undefined, from: 0, sendSeq: 0, arriveSeq: 0 }; // prettier-ignore
    const arrive = this.rows[handle.cause - 1];
    const send = arrive && this.rows[arrive.cause - 1];
    return {
      seq: handle.seq,
      ns: handle.ns,
      fn: handle.fn,
      message: handle.terms[0],
      from: (arrive?.peer ?? 0) || (send?.process ?? 0),
      sendSeq: send?.seq ?? 0,
      arriveSeq: arrive?.seq ?? 0,
    };
  }

  stateChanges(process: ProcessId, seq: number): { seq: number; ns: number }[] {
    const states = this.#of(process, seq).filter((row) => row.kind === Kind.STATE);
    return states
      .filter((row, i) => i === 0 || (row.flags & Flags.CHANGED) !== 0)
      .map((row) => ({ seq: row.seq, ns: row.ns }))
      .reverse();
  }

  mailbox(process: ProcessId, at: { seq: number; ns: number }): Pick<MailboxAnswer, 'messages' | 'exact'> {
    const exact = this.rows.some((row) => row.process === process && row.kind === Kind.HANDLE);
    if (!this.alive(process, at.seq)) return { messages: [], exact };
    const arrived = this.#of(process, at.seq).filter((row) => row.kind === Kind.ARRIVE);
    const messages = (exact ? this.#waiting(process, at.seq, arrived) : arrived).map((row) => ({
      seq: row.seq,
      ns: row.ns,
      from: row.peer,
      message: row.terms[0]!,
    }));
    return { messages, exact };
  }

  #waiting(process: ProcessId, seq: number, arrived: ModelRow[]): ModelRow[] {
    const own = this.rows.filter((row) => row.process === process);
    const handles = own.filter((row) => row.kind === Kind.HANDLE);
    const taken = Math.max(0, ...handles.filter((row) => row.seq <= seq).map((row) => row.cause));
    const next = handles.find((row) => row.seq > seq && row.cause > taken);
    const left = arrived.filter((row) => row.seq > taken);
    if (next) return left.filter((row) => row.seq >= next.cause);
    return left.filter((row) => {
      const after = own.find(({ seq: s, kind }) => s > row.seq && (kind === Kind.HANDLE || kind === Kind.HANDLED));
      return !(after?.kind === Kind.HANDLED && after.seq <= seq && looksLikeReply(row.terms[0]));
    });
  }

  links(process: ProcessId, seq: number): ProcessId[] {
    const linked = new Set<ProcessId>();
    for (const row of this.rows.slice(0, seq)) {
      const other = row.process === process ? row.peer : row.peer === process ? row.process : 0;
      if (row.kind === Kind.LINK && other !== 0 && other !== process) linked.add(other);
      else if (row.kind === Kind.UNLINK) linked.delete(other);
      else if (row.kind === Kind.EXIT) {
        linked.delete(row.process);
        if (row.process === process) linked.clear();
      }
    }
    return [...linked].sort((a, b) => a - b);
  }

  name(process: ProcessId, seq: number): string | undefined {
    const changes = this.rows.filter(
      (row) => row.process === process && (row.kind === Kind.REGISTER || row.kind === Kind.UNREGISTER),
    );
    const text = (row: ModelRow): string | undefined => (row.terms[0]?.kind === 'atom' ? row.terms[0].name : undefined);
    const last = changes.findLast((row) => row.seq <= seq);
    if (last) return last.kind === Kind.REGISTER ? text(last) : undefined;
    const first = changes[0];
    if (first) return first.kind === Kind.UNREGISTER ? text(first) : undefined;
    return this.processes[process - 1]!.name;
  }

  processesAt(at: { seq: number; ns: number }): ProcessAt[] {
    const found: ProcessAt[] = [];
    this.processes.forEach((info, i) => {
      const id = i + 1;
      if (!this.alive(id, at.seq)) return;
      const mailbox = this.mailbox(id, at);
      const state = this.state(id, at);
      found.push({
        id,
        name: this.name(id, at.seq),
        parent: info.parent,
        mailbox: mailbox.exact ? mailbox.messages.length : undefined,
        // Only whether there is one: the model does not encode.
        stateBytes: state ? 1 : undefined,
        links: this.links(id, at.seq),
      });
    });
    return found;
  }

  timeline(fromNs: number, toNs: number, bins: number, process: ProcessId): { counts: number[]; kinds: number[] } {
    const binNs = (toNs - fromNs) / bins;
    const counts = new Array<number>(bins).fill(0);
    const kinds = new Array<number>(bins).fill(0);
    for (const { ns, kind, process: own } of this.rows) {
      if (own !== process || ns < fromNs || ns >= toNs) continue;
      const bin = Math.min(bins - 1, Math.floor((ns - fromNs) / binNs));
      counts[bin]!++;
      kinds[bin]! |= 1 << kind;
    }
    return { counts, kinds };
  }

  slices(fromNs: number, toNs: number, process: ProcessId): Slice[] {
    const found: Slice[] = [];
    const ends = [Kind.HANDLED, Kind.RETURN, Kind.EXCEPTION] as number[];
    for (const row of this.rows) {
      if (row.process !== process || (row.kind !== Kind.HANDLE && row.kind !== Kind.CALL)) continue;
      const end = this.rows.find(({ cause, kind }) => cause === row.seq && ends.includes(kind));
      if (row.ns > toNs || (end && end.ns < fromNs)) continue;
      found.push({
        process,
        seq: row.seq,
        fn: row.fn,
        startNs: row.ns,
        endNs: end ? end.ns : -1,
        raised: end !== undefined && (end.kind === Kind.EXCEPTION || (end.flags & Flags.RAISED) !== 0),
      });
    }
    return found;
  }

  arrows(fromNs: number, toNs: number, processes: readonly ProcessId[]): Arrow[] {
    return this.rows
      .filter((row) => row.kind === Kind.SEND && row.ns >= fromNs && row.ns <= toNs)
      .filter((row) => processes.includes(row.process) || processes.includes(row.peer))
      .map((send) => {
        const arrive = this.rows.find((row) => row.kind === Kind.ARRIVE && row.cause === send.seq);
        const handle = arrive && this.rows.find((row) => row.kind === Kind.HANDLE && row.cause === arrive.seq);
        return {
          sendSeq: send.seq,
          sendNs: send.ns,
          from: send.process,
          to: arrive?.process ?? send.peer,
          arriveSeq: arrive?.seq ?? 0,
          arriveNs: arrive?.ns ?? -1,
          handleSeq: handle?.seq ?? 0,
          handleNs: handle?.ns ?? -1,
        };
      });
  }

  #of(process: ProcessId, seq: number): ModelRow[] {
    return this.rows.filter((row) => row.process === process && row.seq <= seq);
  }
}
