import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { termKey, type Term } from '../../term/index.js';
import type { Recording } from '../query.js';
import { openRecording } from '../read/open.js';
import { Random, RandomCode, SlowCode, withTempDir } from '../testing/index.js';
import { createRecording } from '../write/writer.js';

/** Asks about random moments and compares with the model. */
function compare(recording: Recording, made: RandomCode, random: Random, moments: number, from = 0): void {
  const model = new SlowCode(made.rows, made.functions);
  const events = made.rows.length;
  for (let n = 0; n < moments; n++) {
    const seq = n === 0 ? from : from + random.below(events + 1 - from);
    const at = recording.momentOf(seq);
    const process = 1 + random.below(made.processes);
    const expected = model.stack(process, seq);
    const limit = random.chance(0.3) ? random.below(3) : 1000;
    const stack = recording.stack(process, at, limit);
    expect(stack.frames).toEqual(expected.slice(0, limit));
    expect(stack.more).toBe(Math.max(0, expected.length - limit));
    const frame = expected[random.below(expected.length)];
    const answer = recording.variables(process, at, frame && random.chance(0.7) ? frame.seq : undefined);
    const asked = expected.find((one) => one.seq === answer?.frame.seq);
    expect(answer?.frame).toEqual(asked ?? expected[0]);
    if (answer) expect(answer.variables).toEqual(model.variables(process, seq, answer.frame.seq));
    expect(recording.variables(process, at, seq + 1)).toBeUndefined();
    const module = `m${random.below(2)}`;
    if (from > 0) continue;
    expect(recording.lineValues(module, process, at)).toEqual(model.lineValues(module, process, seq));
    const to = recording.momentOf(seq + random.below(events + 1 - seq));
    expect(recording.lines(module, { from: at, to })).toEqual(model.lines(module, seq, to.seq));
    expect(recording.lines(module, { to, process })).toEqual(model.lines(module, 1, to.seq, process));
    expect(recording.lines(module)).toEqual(model.lines(module, 1, events));
    const line = 1 + random.below(48);
    for (const direction of [1, -1] as const) {
      const next = model.nextLine(module, line, seq, direction);
      expect(recording.nextLine({ module, line, from: at, direction })).toBe(next);
      const own = model.nextLine(module, line, seq, direction, process);
      expect(recording.nextLine({ module, line, from: at, direction, process })).toBe(own);
    }
    for (const name of made.tables.keys()) compareTable(recording, made, name, seq);
  }
}

/** What is said of a table is so; where it says that this is all, it is all. */
function compareTable(recording: Recording, made: RandomCode, name: string, seq: number): void {
  const { rows, complete } = recording.tableRows(name, recording.momentOf(seq));
  const really = made.tables.get(name)!.findLast((then) => then.seq <= seq)?.rows;
  const key = (term: Term): number => (term.kind === 'integer' ? Number(term.value) : NaN);
  for (const row of rows) {
    const value = really?.get(key(row.key));
    expect(row.value && termKey(row.value)).toBe(value && termKey(value));
    expect(row.seq).toBeLessThanOrEqual(seq);
  }
  if (complete) expect(rows.map((row) => key(row.key)).sort()).toEqual([...(really ?? []).keys()].sort());
}

describe('questions about functions from inside', () => {
  it.each(Array.from({ length: 16 }, (_, i) => i))('say what a slow model says (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed * 911 + 17);
      const path = join(dir, 'r.escope');
      const blockEvents = [3, 16, 100, 1000][seed % 4]!;
      const writer = createRecording({ path, startedAtMs: 0, blockEvents, segmentBlocks: 1 + random.below(6) });
      const made = new RandomCode(writer, seed);
      made.run(700);
      writer.close();
      const recording = openRecording(path, { cacheBytes: seed % 2 === 0 ? 2000 : 1 << 24 });
      compare(recording, made, random, 40);
      recording.close();
    });
  });

  it.each([0, 1, 2, 3])('say it while the recording grows (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed * 31 + 5);
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: [7, 40, 300][seed % 3]!, segmentBlocks: 3 });
      const made = new RandomCode(writer, seed + 100);
      writer.flush();
      const recording = openRecording(path);
      for (let stage = 0; stage < 8; stage++) {
        made.run(made.rows.length + 1 + random.below(90));
        writer.flush();
        recording.refresh();
        compare(recording, made, random, 6);
      }
      writer.close();
      recording.close();
    });
  });
});
