/** The constellation: what every process does in a window, how large it is at a moment, which messages fly. */
import { Flags, kindCode } from '../recording/index.js';
import { BinaryResult } from './binary.js';
import type { At } from './protocol.js';
import type { Questions } from './questions.js';
import { blockOf, blocksBetween } from './system-blocks.js';
import { atLeast, spread, strongestPairs, WindowSums } from './system-window.js';

const BUDGET_MS = 30;
const MAX_ROWS = 50_000;
const MAX_PAIRS = 20_000;
/** Windows that are kept: that of each browser, and the one before. */
const KEPT = 4;
/** Blocks looked at for one answer about flights, and back from a moment. */
const FLIGHT_BLOCKS = 6;
const MOMENT_BLOCKS = 32;
/** Mailboxes counted exactly for one answer. */
const EXACT = 64;

const SEND = kindCode('send');
const ARRIVE = kindCode('arrive');
const HANDLE = kindCode('handle');
const STATE = kindCode('state');
const MEMORY = kindCode('memory');
const LINK = kindCode('link');

export class SystemQuestions {
  private readonly sums: WindowSums[] = [];

  constructor(private readonly questions: Questions) {}

  window(query: { fromNs: number; toNs: number }): BinaryResult {
    const until = performance.now() + BUDGET_MS;
    const sums = this.sumsOf(query.fromNs, Math.max(query.toNs, query.fromNs));
    sums.advance(until);
    const { kinds } = this.questions.recording.info();
    const scheduled = (kinds.schedule ?? 0) > 0;
    const running = scheduled ? sums.scheduledNs : sums.callbacksNs;
    const active: number[] = [];
    for (let id = 1; id < running.length; id++)
      if (sums.messages[id]! > 0 || sums.errors[id]! > 0 || running[id]! > 0) active.push(id);
    const least = atLeast(activeMessages(active, sums.messages), active.length, MAX_ROWS);
    const rows = active.filter((id) => sums.messages[id]! >= least).slice(0, MAX_ROWS);
    const pairs = strongestPairs(sums.pairs, MAX_PAIRS);
    const { fromNs, toNs, looked, total, complete, pairsCut } = sums;
    return new BinaryResult(
      {
        fromNs,
        toNs,
        looked,
        total,
        complete,
        running: scheduled ? 'scheduled' : 'callbacks',
        rowsLeftOut: active.length - rows.length,
        pairs: sums.pairs.size,
        messages: sums.sent,
        pairsCut,
      },
      {
        process: Uint32Array.from(rows),
        messages: Float64Array.from(rows, (id) => sums.messages[id]!),
        errors: Float64Array.from(rows, (id) => sums.errors[id]!),
        runningNs: Float64Array.from(rows, (id) => running[id]!),
        reductions: Float64Array.from(rows, (id) => sums.reductions(id)),
        from: Uint32Array.from(pairs, (pair) => pair.from),
        to: Uint32Array.from(pairs, (pair) => pair.to),
        count: Float64Array.from(pairs, (pair) => pair.count),
      },
    );
  }

  /** Looks back from the moment: the newest look or state of each process tells, and what arrived since its last handling waits. */
  moment(query: { at: At }): BinaryResult {
    const { recording } = this.questions;
    const until = performance.now() + BUDGET_MS;
    const at = this.questions.moment(query.at);
    const size = recording.processes().length + 1;
    const looks = (recording.info().kinds.memory ?? 0) > 0;
    const memory = new Float64Array(size).fill(-1);
    const lookedMailbox = new Float64Array(size).fill(-1);
    const taken = new Float64Array(size);
    const handled = new Uint8Array(size);
    const waiting = new Float64Array(size);
    let seq = at.seq;
    let blocks = 0;
    for (; seq > 0 && blocks < MOMENT_BLOCKS && (blocks === 0 || performance.now() < until); blocks++) {
      const block = blockOf(recording, seq);
      if (block === undefined) break;
      const kinds = block.kinds();
      const processes = block.processes();
      const causes = block.causes();
      const flags = block.flags();
      for (let row = seq - block.firstSeq; row >= 0; row--) {
        const process = processes[row]!;
        if (process === 0 || process >= size) continue;
        switch (kinds[row]) {
          case ARRIVE:
            if (block.firstSeq + row > taken[process]! && (flags[row]! & Flags.TAKEN) === 0) waiting[process]!++;
            break;
          case HANDLE:
            handled[process] = 1;
            taken[process] = Math.max(taken[process]!, causes[row]!);
            break;
          case STATE:
            if (!looks && memory[process]! < 0) memory[process] = block.bytes(row);
            break;
          case MEMORY:
            if (memory[process]! < 0) {
              const [seen] = block.terms(row);
              if (seen?.kind !== 'tuple') break;
              const [bytes, mailbox] = seen.elements;
              if (bytes?.kind === 'integer') memory[process] = Number(bytes.value);
              if (mailbox?.kind === 'integer') lookedMailbox[process] = Number(mailbox.value);
            }
            break;
          default:
        }
      }
      seq = block.firstSeq - 1;
    }
    const rows: number[] = [];
    const mailbox = lookedMailbox;
    for (let id = 1; id < size; id++) {
      if (handled[id] === 1) mailbox[id] = waiting[id]!;
      if (memory[id]! >= 0 || mailbox[id]! >= 0) rows.push(id);
    }
    // What a callback received for itself is not told apart by that count: the longest are counted by the book.
    const longest = rows
      .filter((id) => handled[id] === 1 && mailbox[id]! > 0)
      .sort((a, b) => mailbox[b]! - mailbox[a]!);
    for (const id of longest.slice(0, EXACT)) {
      if (performance.now() > until) break;
      mailbox[id] = recording.mailbox(id, at, 1).total;
    }
    const shown = rows.slice(0, MAX_ROWS);
    return new BinaryResult(
      {
        at: { seq: at.seq, ns: at.ns },
        memory: looks ? 'process' : 'state',
        complete: seq <= 0 && shown.length === rows.length,
      },
      {
        process: Uint32Array.from(shown),
        memory: Float64Array.from(shown, (id) => memory[id]!),
        mailbox: Float64Array.from(shown, (id) => mailbox[id]!),
      },
    );
  }

  flights(query: { fromNs: number; toNs: number; limit: number }): BinaryResult {
    const { recording } = this.questions;
    const until = performance.now() + BUDGET_MS;
    const { fromNs, toNs, limit } = query;
    const first = fromNs <= 0 ? recording.start().seq : recording.momentAt(fromNs - 1).seq;
    const last = Math.min(recording.momentAt(toNs).seq, recording.end().seq);
    const all = blocksBetween(recording, first + 1, last);
    const some = spread(all).slice(0, FLIGHT_BLOCKS);
    const found: { from: number; to: number; sendNs: number; arriveNs: number }[] = [];
    let looked = 0;
    for (const block of some) {
      const kinds = block.kinds();
      const ns = block.ns();
      const processes = block.processes();
      const peers = block.peers();
      const causes = block.causes();
      const arrivals = new Int32Array(block.count).fill(-1);
      for (let row = 0; row < block.count; row++) {
        if (kinds[row] !== ARRIVE) continue;
        const cause = causes[row]! - block.firstSeq;
        if (cause >= 0 && cause < block.count) arrivals[cause] = row;
      }
      for (let row = 0; row < block.count; row++) {
        if (kinds[row] !== SEND || ns[row]! < fromNs || ns[row]! >= toNs) continue;
        const arrival = arrivals[row]!;
        const to = peers[row]! > 0 ? peers[row]! : arrival >= 0 ? processes[arrival]! : 0;
        if (to === 0 || processes[row] === 0) continue;
        found.push({ from: processes[row]!, to, sendNs: ns[row]!, arriveNs: arrival < 0 ? -1 : ns[arrival]! });
      }
      looked++;
      if (performance.now() > until) break;
    }
    const kept = Math.min(limit, found.length);
    const rows = Array.from({ length: kept }, (_, i) => found[Math.floor((i * found.length) / kept)]!);
    rows.sort((a, b) => a.sendNs - b.sendNs);
    const total = looked === 0 ? 0 : Math.round((found.length * all.length) / looked);
    return new BinaryResult(
      { total, complete: kept === found.length && looked === all.length },
      {
        from: Uint32Array.from(rows, (row) => row.from),
        to: Uint32Array.from(rows, (row) => row.to),
        sendNs: Float64Array.from(rows, (row) => row.sendNs),
        arriveNs: Float64Array.from(rows, (row) => row.arriveNs),
      },
    );
  }

  links(query: { seq: number; most: number }): BinaryResult {
    const { recording } = this.questions;
    const until = performance.now() + BUDGET_MS;
    const infos = recording.processes();
    const from: number[] = [];
    const to: number[] = [];
    const end = recording.end().seq;
    const told = new Set<number>();
    let seq = query.seq;
    let looked = 0;
    let done = true;
    for (const block of blocksBetween(recording, seq + 1, end, ['link'])) {
      if (looked >= query.most || (looked > 0 && performance.now() > until)) {
        done = false;
        break;
      }
      looked++;
      seq = block.firstSeq + block.count - 1;
      if (block.kindCount(LINK) === 0) continue;
      const kinds = block.kinds();
      const processes = block.processes();
      const peers = block.peers();
      for (let row = 0; row < block.count; row++) {
        if (kinds[row] !== LINK || block.firstSeq + row <= query.seq) continue;
        const a = Math.min(processes[row]!, peers[row]!);
        const b = Math.max(processes[row]!, peers[row]!);
        if (a === 0 || a === b || infos[b - 1]?.parent === a || infos[a - 1]?.parent === b) continue;
        const key = a * 2 ** 26 + b;
        if (told.has(key)) continue;
        told.add(key);
        from.push(a);
        to.push(b);
      }
    }
    return new BinaryResult(
      { seq: done ? end : seq, looked, done },
      { from: Uint32Array.from(from), to: Uint32Array.from(to) },
    );
  }

  /** What was summed up so far of this window. */
  private sumsOf(fromNs: number, toNs: number): WindowSums {
    const { recording } = this.questions;
    const end = Math.min(toNs, recording.end().ns);
    const processes = recording.processes().length + 1;
    const at = this.sums.findIndex(
      (each) => each.fromNs === fromNs && each.toNs === end && each.messages.length === processes,
    );
    const sums = at < 0 ? new WindowSums(recording, fromNs, end) : this.sums.splice(at, 1)[0]!;
    this.sums.unshift(sums);
    this.sums.length = Math.min(this.sums.length, KEPT);
    return sums;
  }
}

function* activeMessages(ids: readonly number[], messages: Float64Array): IterableIterator<number> {
  for (const id of ids) yield messages[id]!;
}
