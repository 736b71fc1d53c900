import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printTerm } from '../term/index.js';
import { counter, reserveTwo, runAgain } from '../../test/support/two-runs.js';
import { shopRecording } from '../../test/support/shop-recording.js';
import { align, alignAll, counterpart, differencesOf, Execution, SystemComparison, type Row } from './index.js';

const shop = shopRecording(60);
const first = new Execution(shop.recording);

/** Of both runs, the whole history of one process. */
function rowsOf(second: Execution, process: number, options = {}): Row[] {
  const other = counterpart(first, process, second)!;
  return [
    ...alignAll({ execution: first, process, after: 0 }, { execution: second, process: other, after: 0 }, options),
  ];
}
const compare = (left: Execution, right: Execution): SystemComparison => {
  const system = new SystemComparison(left, right);
  while (!system.done) system.advance(() => false);
  return system;
};

describe('two runs', () => {
  it('are the same with other pids and times', () => {
    const system = compare(first, new Execution(runAgain(60).recording));
    expect(system.total).toBeGreaterThan(20);
    expect(system.results.filter(({ difference }) => difference !== undefined)).toEqual([]);
    expect(system.matched.onlyLeft).toEqual([]);
    expect(system.first().first).toBeUndefined();
  });

  it('first differ where another message was sent, not where it was noticed', () => {
    const at = shop.reservations[25]!;
    const from = shop.recording.event(at.send)!;
    // The worker asks for two; the stock handles that, and its state is another from there on.
    const again = runAgain(60, (event) => {
      if (event.seq >= at.send && event.seq <= at.handle && event.seq !== at.send + 3) reserveTwo(event);
    });
    const second = new Execution(again.recording);
    const { first: found } = compare(first, second).first();
    expect(found).toMatchObject({ left: from.process, difference: { kind: 'value', left: at.send, right: at.send } });
    const rows = rowsOf(second, shop.stock).filter(({ kind }) => kind !== 'same');
    expect(rows.map(({ kind, left }) => [kind, left?.kind])).toEqual([['changed', 'handle']]);
    const [row] = rows;
    const differences = differencesOf(first, row!.left!, second, row!.right!);
    expect(differences.map(({ where, left, right }) => [where, printTerm(left!), printTerm(right!)])).toEqual([
      ['message{2}', '1', '2'],
    ]);
  });

  it('do not differ where one recording only ends earlier, but do where a process ended', () => {
    const short = shopRecording(60);
    short.recording.list.length = 500;
    short.recording.infos.length = short.recording.infos.filter(({ spawnSeq }) => spawnSeq <= 500).length;
    for (const info of short.recording.infos) if (info.exitSeq > 500) info.exitSeq = 0;
    for (const [id, list] of short.recording.byProcess.entries())
      short.recording.byProcess[id] = list?.filter((seq) => seq <= 500) ?? [];
    const system = compare(first, new Execution(short.recording));
    expect(system.first().first).toBeUndefined();
    expect(system.results.some(({ cutShort }) => cutShort === 'right')).toBe(true);

    const died = runAgain(60);
    const last = died.recording.byProcess[died.stock]![20]!;
    died.recording.list[last - 1] = { ...died.recording.list[last - 1]!, kind: 'exit', terms: [] };
    died.recording.infos[died.stock - 1]!.exitSeq = last;
    const { first: found } = compare(first, new Execution(died.recording)).first();
    expect(found?.left).toBe(shop.stock);
  });
});

describe('aligning histories', () => {
  it('with itself is all the same, whatever the stretches', () => {
    for (const stretch of [4, 33, 512]) {
      const rows = rowsOf(new Execution(shop.recording), shop.stock, { stretch, most: stretch * 2 });
      expect(rows.every(({ kind }) => kind === 'same')).toBe(true);
      expect(rows.length).toBeGreaterThan(100);
    }
  });

  it('keeps all events of both sides, in order, and pairs what stayed', () => {
    const steps = fc.uniqueArray(fc.nat(99), { maxLength: 12 });
    fc.assert(
      fc.property(steps, steps, steps, fc.constantFrom(8, 20, 512), (fewer, less, jumps, stretch) => {
        const a = counter(100, { skips: new Set(fewer) });
        const b = counter(100, { skips: new Set(less), jumps: new Set(jumps) });
        const rows = [
          ...alignAll(
            { execution: new Execution(a), process: 1, after: 0 },
            { execution: new Execution(b), process: 1, after: 0 },
            { stretch, most: 256 },
          ),
        ];
        expect(rows.flatMap(({ left }) => left?.seq ?? [])).toEqual(a.list.map(({ seq }) => seq));
        expect(rows.flatMap(({ right }) => right?.seq ?? [])).toEqual(b.list.map(({ seq }) => seq));
        for (const { kind, left, right } of rows) {
          expect(left === undefined).toBe(kind === 'right');
          expect(right === undefined).toBe(kind === 'left');
          if (left === undefined || right === undefined) continue;
          expect(left.kind).toBe(right.kind);
          expect(printTerm(left.terms[0]!) === printTerm(right.terms[0]!)).toBe(kind === 'same');
        }
        // Small histories are aligned in one piece: then all that is in both is paired.
        if (stretch === 512) {
          const both = 100 - new Set([...fewer, ...less, ...jumps.filter((each) => each > 0)]).size;
          expect(rows.filter(({ kind }) => kind === 'same').length).toBe(both * 2);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('reads no more than a stretch at a time, and finds its way back after a long one that is only in one', () => {
    const missing = new Set(Array.from({ length: 700 }, (_, i) => 100 + i));
    const left = { execution: new Execution(counter(2_000)), process: 1, after: 0 };
    const right = { execution: new Execution(counter(2_000, { skips: missing })), process: 1, after: 0 };
    const part = align(left, right);
    expect(part.rows.length).toBeLessThanOrEqual(4_096 * 2);
    expect(part.next).toBeDefined();
    const totals: Record<string, number> = {};
    for (const { kind } of alignAll(left, right)) totals[kind] = (totals[kind] ?? 0) + 1;
    expect(totals).toEqual({ same: 2_600, left: 1_400 });
  });
});
