/** What the lanes of the timeline ask beyond events: figures to sort by, running and waiting, nodes as a whole. */
import { kindCode, type Recording, type Seq } from '../recording/index.js';
import type { Term } from '../term/index.js';
import { ActivitySample } from './activity-sample.js';
import { ActivityScan, type ActivityWindow } from './activity.js';
import { BinaryResult } from './binary.js';
import type { FigureName } from './lane-protocol.js';
import type { Questions } from './questions.js';
import { blockOf } from './system-blocks.js';

const BUDGET_MS = 15;
/** Windows that are being looked through: those of a few browsers, and the ones they have just left. */
const KEPT = 6;
const MAX_SAMPLES = 100_000;
/** Messages that wait in one mailbox, beyond which it is no longer counted exactly. */
const MAX_WAITING = 200_000;

const SEND = kindCode('send');
const ARRIVE = kindCode('arrive');
const HANDLE = kindCode('handle');
const MEMORY = kindCode('memory');
const TAKEN = 1;

export class LaneQuestions {
  private readonly scans: (ActivityScan | ActivitySample)[] = [];
  private readonly figureScans = new Map<FigureName, FigureScan>();

  constructor(private readonly questions: Questions) {}

  activity({ roughly = false, ...query }: ActivityWindow & { roughly?: boolean }): BinaryResult {
    const { recording, table } = this.questions;
    const processes = [...new Set(query.processes)].filter((id) => id <= table.size);
    const window = { ...query, toNs: Math.max(query.toNs, query.fromNs + 1), processes };
    const same = ({ window: other, rough }: ActivityScan | ActivitySample): boolean =>
      rough === roughly &&
      other.fromNs === window.fromNs &&
      other.toNs === window.toNs &&
      other.bins === window.bins &&
      other.processes.length === processes.length &&
      other.processes.every((id, i) => id === processes[i]);
    let scan = this.scans.find(same);
    if (scan === undefined) {
      scan = roughly ? new ActivitySample(recording, window) : new ActivityScan(recording, window);
      this.scans.push(scan);
      if (this.scans.length > KEPT) this.scans.shift();
    }
    scan.advance(performance.now() + BUDGET_MS);
    if (scan.complete) this.scans.splice(this.scans.indexOf(scan), 1);
    const { binNs, complete, doneNs } = scan;
    const share = (sum: number): number => (sum <= 0 ? 0 : Math.min(255, Math.max(1, Math.round((sum / binNs) * 255))));
    return new BinaryResult(
      { fromNs: window.fromNs, binNs, bins: window.bins, processes, complete, doneNs },
      { running: Uint8Array.from(scan.runningNs, share), waiting: Uint8Array.from(scan.waitingNs, share) },
    );
  }

  figures(query: { figure: FigureName }): BinaryResult {
    const { recording } = this.questions;
    const end = recording.end();
    let scan = this.figureScans.get(query.figure);
    if (scan === undefined || (scan.complete && scan.seq < end.seq)) {
      scan = query.figure === 'running' ? new RunningFigures(recording) : new CountedFigures(recording, query.figure);
      this.figureScans.set(query.figure, scan);
    }
    if (!scan.complete) scan.advance(performance.now() + BUDGET_MS);
    const rows: number[] = [];
    const { values } = scan;
    if (scan.complete) for (let id = 1; id < values.length; id++) if (values[id]! > 0) rows.push(id);
    return new BinaryResult(
      { complete: scan.complete, seq: scan.seq, of: end.seq },
      { process: Uint32Array.from(rows), value: Float64Array.from(rows, (id) => values[id]!) },
    );
  }

  nodeMemory(query: { fromNs: number; toNs: number; node: number; limit: number }): BinaryResult {
    const { recording } = this.questions;
    const { limit, node } = query;
    const from = query.fromNs <= 0 ? recording.start() : recording.momentAt(query.fromNs - 1);
    const to = this.questions.moment({ ns: query.toNs });
    const until = performance.now() + BUDGET_MS;
    let rows: { ns: number; bytes: number; queue: number; processes: number }[] = [];
    let complete = true;
    for (const event of recording.events({ processes: [0], kinds: ['memory'], from, to })) {
      if (event.ns < query.fromNs || (event.node ?? 0) !== node) continue;
      if (rows.length >= MAX_SAMPLES || ((rows.length & 63) === 63 && performance.now() > until)) {
        complete = false;
        break;
      }
      const [look] = event.terms;
      if (look?.kind !== 'tuple') continue;
      const [bytes, queue, , processes] = look.elements;
      rows.push({ ns: event.ns, bytes: integer(bytes), queue: integer(queue), processes: integer(processes) });
    }
    if (rows.length > limit) {
      // Of each stretch the one with the longest run queue, with the most memory of them all.
      const each = rows.length / limit;
      rows = Array.from({ length: limit }, (_, i) => {
        const some = rows.slice(Math.floor(i * each), Math.max(Math.floor(i * each) + 1, Math.floor((i + 1) * each)));
        const bytes = Math.max(...some.map((row) => row.bytes));
        return { ...some.reduce((most, row) => (row.queue > most.queue ? row : most)), bytes };
      });
      complete = false;
    }
    return new BinaryResult(
      { complete },
      {
        ns: Float64Array.from(rows, (row) => row.ns),
        bytes: Float64Array.from(rows, (row) => row.bytes),
        queue: Float64Array.from(rows, (row) => row.queue),
        processes: Float64Array.from(rows, (row) => row.processes),
      },
    );
  }
}

const integer = (term: Term | undefined): number => (term?.kind === 'integer' ? Number(term.value) : 0);

/** One number a process, gathered in turns. */
interface FigureScan {
  readonly values: Float64Array;
  readonly complete: boolean;
  /** Looked up to here. */
  readonly seq: Seq;
  advance(until: number): void;
}

class RunningFigures implements FigureScan {
  private readonly scan: ActivityScan;
  readonly values: Float64Array;
  complete = false;
  readonly seq: Seq;

  constructor(recording: Recording) {
    const end = recording.end();
    this.seq = end.seq;
    const processes = recording.processes().map((each) => each.id);
    this.values = new Float64Array(processes.length + 1);
    this.scan = new ActivityScan(recording, { fromNs: 0, toNs: Math.max(1, end.ns + 1), bins: 1, processes });
  }

  advance(until: number): void {
    this.scan.advance(until);
    if (!this.scan.complete) return;
    this.complete = true;
    this.values.set(this.scan.runningNs, 1);
  }
}

class CountedFigures implements FigureScan {
  readonly values: Float64Array;
  complete = false;
  seq = 0;
  private readonly end: Seq;
  /** Mailboxes were looked at; else they are counted from what arrived and was handled. */
  private readonly looks: boolean;
  /** What arrived and is not handled yet, as far as it is recorded. */
  private readonly waiting = new Map<number, { seqs: number[]; from: number }>();

  constructor(
    private readonly recording: Recording,
    private readonly figure: Exclude<FigureName, 'running'>,
  ) {
    this.values = new Float64Array(recording.processes().length + 1);
    this.end = recording.end().seq;
    this.looks = (recording.info().kinds.memory ?? 0) > 0;
  }

  advance(until: number): void {
    do {
      const block = this.seq >= this.end ? undefined : blockOf(this.recording, this.seq + 1);
      if (block === undefined) {
        this.seq = this.end;
        this.complete = true;
        return;
      }
      const { values, figure } = this;
      const processes = block.processes();
      const kinds = block.kinds();
      const first = this.seq + 1 - block.firstSeq;
      if (figure === 'events') {
        for (let row = first; row < block.count; row++) values[processes[row]!]!++;
      } else if (figure === 'messages') {
        for (let row = first; row < block.count; row++)
          if (kinds[row] === SEND || kinds[row] === ARRIVE) values[processes[row]!]!++;
      } else if (this.looks) {
        if (block.kindCount(MEMORY) > 0)
          for (let row = first; row < block.count; row++) {
            if (kinds[row] !== MEMORY || processes[row] === 0) continue;
            const [look] = block.terms(row);
            if (look?.kind !== 'tuple') continue;
            const value = integer(look.elements[figure === 'memory' ? 0 : 1]);
            values[processes[row]!] = Math.max(values[processes[row]!]!, value);
          }
      } else if (figure === 'mailbox') {
        const flags = block.flags();
        const causes = block.causes();
        for (let row = first; row < block.count; row++) {
          if (kinds[row] === ARRIVE && (flags[row]! & TAKEN) === 0) this.arrived(processes[row]!, block.firstSeq + row);
          else if (kinds[row] === HANDLE && causes[row]! > 0) this.handled(processes[row]!, causes[row]!);
        }
      }
      values[0] = 0;
      this.seq = block.firstSeq + block.count - 1;
    } while (performance.now() < until);
  }

  private arrived(process: number, seq: number): void {
    let box = this.waiting.get(process);
    if (box === undefined) this.waiting.set(process, (box = { seqs: [], from: 0 }));
    if (box.seqs.length - box.from < MAX_WAITING) box.seqs.push(seq);
  }

  /** Counted just before it was handled, since of a process that handles nothing nobody knows what it took. */
  private handled(process: number, cause: number): void {
    const box = this.waiting.get(process);
    if (box === undefined) return;
    this.values[process] = Math.max(this.values[process]!, box.seqs.length - box.from);
    while (box.from < box.seqs.length && box.seqs[box.from]! <= cause) box.from++;
    if (box.from <= 1_024) return;
    box.seqs = box.seqs.slice(box.from);
    box.from = 0;
  }
}
