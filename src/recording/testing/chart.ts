/**
 * Recordings drawn as message sequence charts, and answers drawn back.
 *
 *     client      stock        one lane a process, named where the lane is; each line below is one step of time. `queue/gen_server2`
 *                              is one with that behaviour, which handles messages in any order
 *       |--take---->|          sent and arrived
 *       |           #take      the callback that handles the oldest `take` begins
 *       |           =7         the state made by it (or found, when none is open)
 *       |           .          the callback ends (`!`: it raised)
 *       |--lost---o |          sent, never arrives
 *       x           |          exits (`xboom`: for the reason `boom`)
 *
 * What is sent and what a state is are integers or atoms.
 */
import { AtomList, atom, encodeTerms, int, type Term } from '../../term/index.js';
import { Flags, type EventRow } from '../model.js';
import type { StateChange } from '../past.js';
import type { Recording, Timeline } from '../query.js';
import { Kind } from '../queries/kinds.js';
import type { CreateOptions, RecordingWriter } from '../writer-api.js';
import { createRecording } from '../write/writer.js';

/** Time between the lines of a chart. */
export const LINE_NS = 1000;

interface Lane {
  id: number;
  column: number;
  arrivals: { seq: number; word: string }[];
  handle: number;
  state: string | undefined;
  inOrder: boolean;
}

/** Writes the recording that a chart shows and closes it. Processes are numbered by lane, from 1. Throws where the chart is not clear. */
export function writeChart(chart: string, options: Pick<CreateOptions, 'path' | 'blockEvents'>): void {
  const writer = createRecording({ startedAtMs: 0, ...options });
  new Chart(writer).write(chart);
  writer.close();
}

class Chart {
  readonly #atoms = new AtomList();
  readonly #lanes: Lane[] = [];
  #ns = 0;

  constructor(private readonly writer: RecordingWriter) {
    writer.addNode({ name: 'chart@localhost', otp: '25', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: undefined, end: undefined }); // prettier-ignore
  }

  write(chart: string): void {
    const [head, ...lines] = chart.split('\n').filter((line) => line.trim() !== '');
    for (const found of (head ?? '').matchAll(/\S+/g)) {
      const [name, behaviour] = found[0].split('/');
      const id = this.writer.addProcess({ node: 0, number: 100 + this.#lanes.length, serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour, name, label: undefined }); // prettier-ignore
      this.#lanes.push({
        id,
        column: found.index,
        arrivals: [],
        handle: 0,
        state: undefined,
        inOrder: behaviour === undefined,
      });
    }
    for (const line of lines) {
      this.#ns += LINE_NS;
      this.#line(line);
    }
    for (let i = 0; i < this.#atoms.size; i++) this.writer.defineAtom(0, i, this.#atoms.name(i)!);
  }

  #line(line: string): void {
    const right = /\|-+([^\s>-]+)-+(>\||o)/.exec(line);
    const left = /(\|<|o)-+([^\s<-]+)-+\|/.exec(line);
    if (right)
      this.#message(line, right.index, right[2] === 'o' ? undefined : right.index + right[0].length - 1, right[1]!);
    else if (left)
      this.#message(line, left.index + left[0].length - 1, left[1] === 'o' ? undefined : left.index, left[2]!);
    else for (const found of line.matchAll(/[#=]\S+|x\S*|[.!]/g)) this.#mark(this.#lane(line, found.index), found[0]);
  }

  #message(line: string, from: number, to: number | undefined, word: string): void {
    const sender = this.#lane(line, from);
    const receiver = to === undefined ? undefined : this.#lane(line, to);
    const send = this.#add(Kind.SEND, 0, sender, receiver?.id ?? 0, sender.handle, word);
    if (receiver) receiver.arrivals.push({ seq: this.#add(Kind.ARRIVE, 0, receiver, sender.id, send, word), word });
  }

  #mark(lane: Lane, mark: string): void {
    const word = mark.slice(1);
    switch (mark[0]) {
      case '#': {
        const found = lane.arrivals.findIndex((arrival) => arrival.word === word);
        const taken = lane.inOrder ? lane.arrivals.splice(0, found + 1) : lane.arrivals.splice(found, 1);
        const cause = found < 0 ? 0 : taken.at(-1)!.seq;
        lane.handle = this.#add(Kind.HANDLE, 0, lane, 0, cause, word);
        return;
      }
      case '=': {
        const changed = lane.state !== undefined && lane.state !== word ? Flags.CHANGED : 0;
        lane.state = word;
        this.#add(Kind.STATE, lane.handle === 0 ? Flags.BEFORE | changed : Flags.CHANGED, lane, 0, lane.handle, word);
        return;
      }
      case 'x': {
        const seq = this.#add(Kind.EXIT, 0, lane, 0, 0, word || 'normal');
        this.writer.updateProcess(lane.id, { exitSeq: seq });
        return;
      }
      default:
        this.#add(Kind.HANDLED, mark === '!' ? Flags.RAISED : 0, lane, 0, lane.handle, 'noreply');
        lane.handle = 0;
    }
  }

  /** The lane whose name begins nearest to this column. */
  #lane(line: string, column: number): Lane {
    const near = [...this.#lanes].sort((a, b) => Math.abs(a.column - column) - Math.abs(b.column - column))[0];
    if (!near || Math.abs(near.column - column) > 4) throw new Error(`no lane at column ${column} of '${line}'`);
    return near;
  }

  #add(kind: number, flags: number, lane: Lane, peer: number, cause: number, word: string): number {
    const payload = encodeTerms([/^-?\d+$/.test(word) ? int(Number(word)) : atom(word)], this.#atoms);
    const row: EventRow = { kind, flags, ns: this.#ns, process: lane.id, peer, fn: 0, cause, payload };
    return this.writer.append(row);
  }
}

/** A term of a chart as it was drawn. */
export function word(term: Term | undefined): string {
  if (term?.kind === 'integer') return String(term.value);
  return term?.kind === 'atom' ? term.name : (term?.kind ?? '-');
}

/** A timeline as text: a line for each process, a character for each bin, its count from 1 to 9 (`+`: more). */
export function drawTimeline(recording: Recording, timeline: Timeline): string {
  const lines = timeline.processes.map((process, lane) => {
    const counts = timeline.counts.subarray(lane * timeline.bins, (lane + 1) * timeline.bins);
    const strip = Array.from(counts, (count) => (count === 0 ? ' ' : count > 9 ? '+' : String(count))).join('');
    return `${(recording.processes()[process - 1]?.name ?? `p${process}`).padEnd(8)}|${strip}|`;
  });
  return lines.join('\n');
}

/** Callbacks and calls as text, one a line, times in lines of the chart. */
export function drawSlices(recording: Recording, fromLine: number, toLine: number): string {
  const processes = recording.processes().map(({ id }) => id);
  const { slices } = recording.slices({ fromNs: fromLine * LINE_NS, toNs: toLine * LINE_NS, processes, limit: 1000 });
  return slices
    .map(({ process, seq, startNs, endNs, raised }) => {
      const name = recording.processes()[process - 1]?.name ?? `p${process}`;
      const end = endNs < 0 ? '…' : String(endNs / LINE_NS);
      return `${name} ${word(recording.event(seq)?.terms[0])} ${startNs / LINE_NS}–${end}${raised ? ' raised' : ''}`;
    })
    .join('\n');
}

/** Messages as text, one a line: sent, arrived, handled in lines of the chart. */
export function drawArrows(recording: Recording, fromLine: number, toLine: number): string {
  const processes = recording.processes().map(({ id }) => id);
  const { arrows } = recording.arrows({ fromNs: fromLine * LINE_NS, toNs: toLine * LINE_NS, processes, limit: 1000 });
  const name = (id: number): string => recording.processes()[id - 1]?.name ?? '?';
  const line = (ns: number): string => (ns < 0 ? '-' : String(ns / LINE_NS));
  return arrows
    .map(({ sendSeq, from, to, sendNs, arriveNs, handleNs }) => {
      const what = word(recording.event(sendSeq)?.terms[0]);
      return `${name(from)} → ${name(to)} ${what} ${line(sendNs)} ${line(arriveNs)} ${line(handleNs)}`;
    })
    .join('\n');
}

/** Where a state came from, newest first, one step a line: who, what, in which line of the chart. `?`: from here on it is a guess. */
export function drawTrail(recording: Recording, seq: number): string {
  const { steps, end, process } = recording.trail(seq);
  const name = (id: number): string => recording.processes()[id - 1]?.name ?? '-';
  const lines = steps.map(({ event, sure }) => {
    const what = `${name(event.process)} ${event.kind} ${word(event.terms[0])} ${event.ns / LINE_NS}`;
    return sure ? what : `? ${what}`;
  });
  return [...lines, `${end}: ${name(process)}`].join('\n');
}

/** A history, one change a line: what it was and became, in which line of the chart, by which message, from whom. */
export function drawHistory(recording: Recording, changes: Iterable<StateChange>): string {
  const side = (value: StateChange['before']): string =>
    value === undefined ? '' : 'term' in value ? word(value.term) : value.missing;
  return [...changes]
    .map(({ ns, value, before, found, cause }) => {
      const by = cause ? `${word(cause.message)} of ${recording.processes()[cause.from - 1]?.name ?? '-'}` : '-';
      return `${ns / LINE_NS}: ${side(before)}→${side(value)} by ${found ? 'nobody' : by}`;
    })
    .join('\n');
}
