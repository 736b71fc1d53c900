/** The questions about changes, causes and occurrences, answered by looking at all rows: what the queries are compared with. */
import type { Resolved, Term } from '../../term/index.js';
import { Flags, type ProcessId } from '../model.js';
import { Kind } from '../queries/kinds.js';
import type { FlyingMessage, RegisteredName, StateChange, Trail, TrailEnd } from '../past.js';
import type { EventFilter } from '../query.js';
import type { ModelRow } from './random-recording.js';
import type { SlowModel } from './slow-model.js';

export class SlowPast {
  constructor(private readonly model: SlowModel) {}

  /** Of whole states where no part is given. Parts are compared as text. */
  history(process: ProcessId, part: ((whole: Term) => Resolved) | undefined, from: number, to: number): StateChange[] {
    const states = this.#of(process).filter((row) => row.kind === Kind.STATE && row.seq <= to);
    const kept = states.filter((row, i) => i === 0 || (row.flags & Flags.CHANGED) !== 0);
    const value = (row: ModelRow): Resolved => part?.(row.terms[0]!) ?? { term: row.terms[0]! };
    return kept
      .map((row, i): StateChange => {
        const before = kept[i - 1];
        return {
          seq: row.seq,
          ns: row.ns,
          value: value(row),
          before: before && value(before),
          state: row.terms[0]!,
          stateBefore: before?.terms[0],
          certain: true,
          found: (row.flags & Flags.BEFORE) !== 0,
          cause: (row.flags & Flags.BEFORE) !== 0 ? undefined : this.model.state(process, row)?.changed,
        };
      })
      .filter((change) => !part || JSON.stringify(change.before) !== JSON.stringify(change.value))
      .filter((change) => change.seq >= from);
  }

  trail(seq: number): Omit<Trail, 'gaps'> {
    const steps: Trail['steps'] = [];
    let sure = true;
    let row = this.model.rows[seq - 1];
    const done = (end: TrailEnd, process: number): Omit<Trail, 'gaps'> => ({ steps, end, process });
    while (row) {
      steps.push({ event: this.model.event(row.seq)!, sure });
      const { process } = row;
      const cause: ModelRow | undefined = this.model.rows[row.cause - 1];
      const earlier = this.#of(process).filter((other) => other.seq < row!.seq);
      const spawned = (kinds: number[]): ModelRow | undefined => {
        const last = earlier.findLast(({ kind }) => kind === Kind.SPAWN || kinds.includes(kind));
        return last?.kind === Kind.SPAWN ? last : undefined;
      };
      if (row.kind === Kind.STATE && (row.flags & Flags.BEFORE) !== 0) return done('found', process);
      if (
        row.kind === Kind.STATE ||
        row.kind === Kind.HANDLED ||
        row.kind === Kind.RETURN ||
        row.kind === Kind.EXCEPTION
      ) {
        if (!cause) return done('no callback', process);
        row = cause;
      } else if (row.kind === Kind.ARRIVE) {
        if (!cause) return done('no send', row.peer);
        row = cause;
      } else if (row.kind === Kind.HANDLE) {
        row = cause ?? spawned([Kind.ARRIVE, Kind.HANDLE]);
        if (!row) return done('no message', process);
      } else if (row.kind === Kind.SPAWN && row.peer === 0) return done('no parent', 0);
      else {
        const who: number = row.kind === Kind.SPAWN ? row.peer : process;
        const before = this.#of(who).filter((other) => other.seq < row!.seq);
        const arrival = before.findLast(({ kind }) => kind === Kind.ARRIVE);
        const spawn = before.findLast(({ kind }) => kind === Kind.SPAWN);
        if (arrival && !sure) return done('plain code', who);
        if (arrival) sure = false;
        row = arrival ?? spawn;
        if (!row) return done('plain code', who);
      }
    }
    return done('no callback', 0);
  }

  /** Numbers of the events in which a part satisfies the test. */
  occurrences(filter: EventFilter, test: (part: Term) => boolean): number[] {
    return this.model
      .events(filter)
      .filter(({ terms }) => terms.flatMap(partsOf).some(test))
      .map(({ seq }) => seq);
  }

  inFlight(at: number): FlyingMessage[] {
    const { rows } = this.model;
    const flying: FlyingMessage[] = [];
    for (const row of rows.slice(0, at)) {
      if (row.kind !== Kind.SEND) continue;
      const arrival = rows.find(({ kind, cause }) => kind === Kind.ARRIVE && cause === row.seq);
      if (arrival && arrival.seq <= at) continue;
      const arrived = rows.filter(({ kind, process }) => kind === Kind.ARRIVE && process === row.peer);
      const lost =
        !this.#lives(row.peer, at) ||
        arrived.length === 0 ||
        arrived.some(({ cause }) => cause > row.seq && cause <= at);
      if (!arrival && lost) continue;
      const to = arrival?.process ?? row.peer;
      flying.push({ sendSeq: row.seq, ns: row.ns, from: row.process, to, message: row.terms[0]!, arriveSeq: arrival?.seq ?? 0 }); // prettier-ignore
    }
    return flying;
  }

  names(at: number): RegisteredName[] {
    return this.model.processes
      .map((_, i) => ({ name: this.#lives(i + 1, at) ? this.model.name(i + 1, at) : undefined, process: i + 1 }))
      .filter((entry): entry is RegisteredName => entry.name !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.process - b.process));
  }

  #lives = (process: ProcessId, seq: number): boolean => process > 0 && this.model.alive(process, seq);
  #of = (process: ProcessId): ModelRow[] => this.model.rows.filter((row) => row.process === process);
}

const partsOf = (term: Term): Term[] => {
  switch (term.kind) {
    case 'tuple':
    case 'list':
      return [term, ...term.elements.flatMap(partsOf)];
    case 'map':
      return [term, ...term.entries.flat().flatMap(partsOf)];
    default:
      return [term];
  }
};
