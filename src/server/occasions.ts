/** Restarts and logged errors, a stretch of the recording at a time: each is there, unlike what `interesting` picks out. */
import { isCrashReason, isError, type ProcessInfo } from '../recording/index.js';
import { viewEvent } from './event-view.js';
import type { OccasionsResult } from './occasions-protocol.js';
import type { Questions } from './questions.js';

const BUDGET_MS = 15;
const MOST = 500;
const TEXT = 160;

type Pair = [born: ProcessInfo, before: ProcessInfo];

export class Occasions {
  private known: { version: number; pairs: readonly Pair[] } = { version: 0, pairs: [] };

  constructor(private readonly questions: Questions) {}

  /** Those after event `seq`. Ask again from the `seq` of the answer, until it is done. */
  after(seq: number): OccasionsResult {
    const { recording, functionName } = this.questions;
    const until = performance.now() + BUDGET_MS;
    const end = recording.end().seq;
    const errors: OccasionsResult['errors'] = [];
    const restarts: OccasionsResult['restarts'] = [];
    let reached = end;
    if (seq < end) {
      let looked = 0;
      for (const event of recording.events({ kinds: ['log'], from: recording.momentOf(seq + 1) })) {
        if (isError(event)) {
          const { process, ns } = event;
          errors.push({
            process,
            seq: event.seq,
            ns,
            text: viewEvent(event, { syntax: this.questions.syntaxOf(process), functionName }).text.text.slice(0, TEXT),
          });
        }
        if (errors.length >= MOST || ((++looked & 15) === 0 && performance.now() > until)) {
          reached = event.seq;
          break;
        }
      }
    }
    for (const [born, before] of this.again()) {
      if (born.spawnSeq <= seq) continue;
      if (born.spawnSeq > reached) break;
      if (restarts.length >= MOST || performance.now() > until + BUDGET_MS) {
        reached = (restarts.at(-1)?.seq ?? born.spawnSeq - 1) || seq;
        break;
      }
      // A worker without a name that follows another is only its successor where that one crashed.
      if (born.name === undefined && !isCrashReason(recording.event(before.exitSeq)?.terms[0])) continue;
      const { ns } = recording.momentOf(born.spawnSeq);
      restarts.push({ process: born.id, before: before.id, seq: born.spawnSeq, ns });
    }
    const kept = errors.filter((each) => each.seq <= reached);
    return { errors: kept, restarts, seq: reached, done: reached >= end };
  }

  /** Children that a supervisor started where one of the same name or kind had ended, each with that one, by birth. */
  private again(): readonly Pair[] {
    const { table, recording } = this.questions;
    if (this.known.version === table.version) return this.known.pairs;
    const processes = recording.processes();
    // By supervisor, name and kind: those that ended and that nobody has followed yet, the first that ended first.
    const ended = new Map<string, ProcessInfo[]>();
    const moments: { seq: number; process: ProcessInfo; born: boolean }[] = [];
    for (const process of processes) {
      const parent = processes[process.parent - 1];
      if (parent === undefined || !isSupervisor(parent)) continue;
      if (process.spawnSeq > 0) moments.push({ seq: process.spawnSeq, process, born: true });
      if (process.exitSeq > 0) moments.push({ seq: process.exitSeq, process, born: false });
    }
    moments.sort((a, b) => a.seq - b.seq);
    const pairs: Pair[] = [];
    for (const { process, born } of moments) {
      const key = `${String(process.parent)} ${process.name ?? `${process.label ?? ''} ${String(process.fn)}`}`;
      if (!born) {
        const list = ended.get(key);
        if (list === undefined) ended.set(key, [process]);
        else list.push(process);
        continue;
      }
      const before = ended.get(key)?.shift();
      if (before !== undefined) pairs.push([process, before]);
    }
    this.known = { version: table.version, pairs };
    return pairs;
  }
}

const isSupervisor = ({ behaviour }: ProcessInfo): boolean => behaviour !== undefined && /supervisor/i.test(behaviour);
