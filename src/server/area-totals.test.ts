import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRecording,
  Flags,
  kindCode,
  openRecording,
  type BulkRecording,
  type RecordingWriter,
} from '../recording/index.js';
import { Random, withTempDir } from '../recording/testing/index.js';
import { AreaTotals } from './area-totals.js';
import { Lengths } from './area-pairs.js';

interface Row {
  seq: number;
  ns: number;
  kind: string;
  flags: number;
  process: number;
  peer: number;
  fn: number;
  cause: number;
}
interface Open {
  seq: number;
  fn: number;
  callback: boolean;
}

/** Processes that call, raise, call on in their place, lose events, are born and end: all that makes totals hard. */
class Program {
  readonly rows: Row[] = [];
  private readonly stacks: Open[][] = [];
  private readonly alive: number[] = [];
  private readonly flying: { send: number; from: number; to: number }[] = [];
  private readonly arrived: { seq: number; process: number }[] = [];
  private ns = 0;

  constructor(
    private readonly writer: RecordingWriter,
    private readonly choose: (below: number) => number,
  ) {
    writer.addNode({ name: 'a@b', otp: '27', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: undefined, end: undefined }); // prettier-ignore
    for (let i = 0; i < 3; i++) this.born(0);
  }

  private add(kind: string, process: number, rest: Partial<Row> = {}): number {
    this.ns += this.choose(4) * 10;
    const seq = this.rows.length + 1;
    const row = { flags: 0, peer: 0, fn: 0, cause: 0, ...rest, seq, ns: this.ns, kind, process };
    this.rows.push(row);
    this.writer.append({ ...row, kind: kindCode(kind as 'call'), payload: new Uint8Array(0) });
    return seq;
  }

  private born(parent: number): void {
    const spawnSeq = parent === 0 ? 0 : this.rows.length + 1;
    const id = this.writer.addProcess({ node: 0, number: this.stacks.length + 1, serial: 0, spawnSeq, exitSeq: 0, parent, fn: 0, behaviour: undefined, name: undefined, label: undefined }); // prettier-ignore
    this.stacks.push([]);
    this.alive.push(id);
    if (parent > 0) this.add('spawn', id, { peer: parent });
  }

  step(): void {
    const process = this.alive[this.choose(this.alive.length)];
    if (process === undefined) return this.born(0);
    const stack = this.stacks[process - 1]!;
    const top = stack.at(-1);
    const fn = 1 + this.choose(4);
    const what = this.choose(20);
    // A lost end: the next event knows nothing of it.
    if (what === 0 && top !== undefined) stack.pop();
    else if (what < 6) {
      const own = top?.callback === true && this.choose(2) === 0 ? top.fn : fn;
      stack.push({ seq: this.add('call', process, { fn: own, cause: top?.seq ?? 0 }), fn: own, callback: false });
    } else if (what < 11) {
      if (top === undefined) return;
      stack.pop();
      const raised = this.choose(5) === 0;
      if (top.callback) this.add('handled', process, { fn: top.fn, cause: top.seq, flags: raised ? Flags.RAISED : 0 });
      else this.add(raised ? 'exception' : this.choose(4) === 0 ? 'tail' : 'return', process, { fn: top.fn, cause: top.seq }); // prettier-ignore
    } else if (what < 13) {
      const next = this.arrived.findIndex((each) => each.process === process);
      const cause = next < 0 ? 0 : this.arrived.splice(next, 1)[0]!.seq;
      const flags = stack.length > 0 ? Flags.INSIDE : 0;
      stack.push({ seq: this.add('handle', process, { fn, cause, flags }), fn, callback: true });
    } else if (what < 16) {
      const to = this.alive[this.choose(this.alive.length)]!;
      const send = this.add('send', process, { peer: this.choose(6) === 0 ? 0 : to });
      this.flying.push({ send, from: process, to });
    } else if (what < 18) {
      const next = this.flying.shift();
      if (next === undefined || !this.alive.includes(next.to)) return;
      const lost = this.choose(6) === 0;
      this.arrived.push({ seq: this.add('arrive', next.to, { peer: next.from, cause: lost ? 0 : next.send }), process: next.to }); // prettier-ignore
    } else if (what === 18 && this.alive.length < 7) this.born(process);
    else if (what === 19 && this.choose(3) === 0) {
      this.alive.splice(this.alive.indexOf(process), 1);
      const seq = this.add('exit', process);
      this.writer.updateProcess(process, { exitSeq: seq });
      this.stacks[process - 1] = [];
    }
  }
}

interface Totals {
  own: Record<number, number>;
  total: Record<number, number>;
  calls: Record<number, number>;
  flame: Record<string, number>;
  busy: Record<number, number>;
  pairs: Record<string, number>;
}
const plus = (table: Record<string | number, number>, key: string | number, by: number): void => {
  if (by !== 0) table[key] = (table[key] ?? 0) + by;
};

/** By replaying everything from the beginning, an instant at a time. */
function slow(rows: readonly Row[], fromNs: number, toNs: number, wanted: (process: number) => boolean): Totals {
  const out: Totals = { own: {}, total: {}, calls: {}, flame: {}, busy: {}, pairs: {} };
  const endNs = Math.min(toNs, rows.at(-1)?.ns ?? 0);
  const inside = ({ ns }: Row): boolean => ns >= fromNs && ns <= toNs;
  for (const process of new Set(rows.map((row) => row.process))) {
    if (!wanted(process)) continue;
    let stack: Open[] = [];
    const own = rows.filter((row) => row.process === process);
    const same = (at: number): boolean => at > 0 && !stack[at]!.callback && stack[at - 1]!.callback && stack[at - 1]!.fn === stack[at]!.fn; // prettier-ignore
    for (const [i, row] of own.entries()) {
      const at = stack.findIndex((each) => each.seq === row.cause);
      if (row.kind === 'call') stack = stack.slice(0, row.cause === 0 ? 0 : at + 1);
      if (row.kind === 'handle' && (row.flags & Flags.INSIDE) === 0) stack = [];
      if (row.kind === 'call' || row.kind === 'handle') {
        stack.push({ seq: row.seq, fn: row.fn, callback: row.kind === 'handle' });
        if (inside(row) && !same(stack.length - 1)) plus(out.calls, row.fn, 1);
      }
      if (['return', 'exception', 'tail', 'handled'].includes(row.kind) && at >= 0) stack = stack.slice(0, at);
      if (row.kind === 'exit') stack = [];
      const spent = Math.min(own[i + 1]?.ns ?? Infinity, endNs) - Math.max(row.ns, fromNs);
      if (spent <= 0 || stack.length === 0) continue;
      plus(out.busy, process, spent);
      plus(out.own, stack.at(-1)!.fn, spent);
      for (const fn of new Set(stack.map((each) => each.fn))) plus(out.total, fn, spent);
      plus(out.flame, stack.filter((_, n) => !same(n)).map((each) => each.fn).join('>'), spent); // prettier-ignore
    }
  }
  for (const row of rows.filter(inside)) {
    if (row.kind === 'send') {
      // Where it is not known to whom, an arrival in the area tells.
      const arrival = rows.find((each) => each.kind === 'arrive' && each.cause === row.seq && inside(each));
      const to = row.peer > 0 ? row.peer : arrival !== undefined && wanted(arrival.process) ? arrival.process : 0;
      if (wanted(row.process) || (to > 0 && wanted(to))) plus(out.pairs, `${String(row.process)}>${String(to)}`, 1);
    }
    if (row.kind === 'arrive' && row.cause === 0 && wanted(row.process))
      plus(out.pairs, `${String(row.peer)}>${String(row.process)}`, 1);
  }
  return out;
}

function fast(
  recording: BulkRecording,
  fromNs: number,
  toNs: number,
  processes: number[] | undefined,
  stops: number,
): Totals {
  // First a part of it, which ends sooner.
  const first = stops === 3 ? toNs : Math.max(fromNs + 1, Math.floor((fromNs + toNs) / 2));
  const area = new AreaTotals(recording, { fromNs, toNs: first, processes }, { step: 7, back: stops - 1 });
  // Left and taken up again, wherever that may be.
  const look = (): void => {
    for (let n = 0; !area.done; n++) {
      let left = stops;
      area.look(() => left-- > 0 || n > 1_000);
    }
  };
  look();
  expect(area.stretch({ fromNs, toNs, processes })).toBe(true);
  look();
  const out: Totals = { own: {}, total: {}, calls: {}, flame: {}, busy: {}, pairs: {} };
  const { functions, flames, busyNs } = area.calls;
  functions.fns.subarray(0, functions.count).forEach((fn, place) => {
    plus(out.own, fn, functions.ownNs[place]!);
    plus(out.total, fn, functions.totalNs[place]!);
    plus(out.calls, fn, functions.calls[place]!);
  });
  busyNs.forEach((ns, process) => {
    plus(out.busy, process, ns);
  });
  for (let node = 1; node < flames.fns.length; node++) {
    const path: number[] = [];
    for (let at = node; at > 0; at = flames.parents[at]!) path.unshift(flames.fns[at]!);
    plus(out.flame, path.join('>'), flames.ownNs[node]!);
  }
  for (const each of area.pairs.all) plus(out.pairs, `${String(each.from)}>${String(each.to)}`, each.count);
  return out;
}

describe('the totals of an area', () => {
  it('are what replaying every instant of it gives', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 3 }), (seed, stops) => {
        const random = new Random(seed);
        withTempDir((dir) => {
          const path = join(dir, 'r.escope');
          const writer = createRecording({ path, startedAtMs: 0, blockEvents: 40, segmentBlocks: 3 });
          const program = new Program(writer, (below) => random.below(below));
          for (let i = 0; i < 260; i++) program.step();
          writer.close();
          const { rows } = program;
          const recording = openRecording(path);
          const end = rows.at(-1)?.ns ?? 0;
          const areas = [[0, end + 1], [end * 0.3, end * 0.6], [end * 0.5, end + 100], [Math.floor(end / 2), Math.floor(end / 2) + 1]]; // prettier-ignore
          for (const [from, to] of areas as [number, number][]) {
            const fromNs = Math.round(from);
            const toNs = Math.round(to);
            const found = fast(recording, fromNs, toNs, undefined, stops);
            expect(found).toEqual(slow(rows, fromNs, toNs, () => true));
            expect(fast(recording, fromNs, toNs, [1, 3, 4], stops)).toEqual(slow(rows, fromNs, toNs, (each) => [1, 3, 4].includes(each))); // prettier-ignore
            const { pairs, ...own } = slow(rows, fromNs, toNs, (each) => each === 2);
            const { pairs: spoken, ...alone } = fast(recording, fromNs, toNs, [2], stops);
            expect(alone).toEqual(own);
            // Of a single process, what others sent counts when it arrives.
            for (const [pair, count] of Object.entries(spoken)) expect(count).toBeLessThanOrEqual(pairs[pair] ?? 0);
          }
          recording.close();
        });
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe('lengths', () => {
  it('know the longest, and the middle of few exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 63 }), (list) => {
        const lengths = new Lengths();
        list.forEach((ns, i) => {
          lengths.add(ns, i);
        });
        const sorted = [...list].sort((a, b) => a - b);
        expect(lengths.median).toBe(sorted[(sorted.length - 1) >> 1]);
        expect(lengths.longest.ns).toBe(sorted.at(-1));
      }),
    );
    const many = new Lengths();
    for (let i = 0; i < 100_000; i++) many.add((i * 7_919) % 100_003, i);
    expect(Math.abs(many.median - 50_000)).toBeLessThan(15_000);
    expect(new Lengths().median).toBe(-1);
  });
});
