import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, type Moment } from '../model.js';
import type { Recording, Timeline } from '../query.js';
import { upperBound } from '../read/block.js';
import { openRecording } from '../read/open.js';
import { createRecording } from '../write/writer.js';
import { Random, RandomRecording, SlowModel, withTempDir } from '../testing/index.js';

/** Asks a recording everything about some random moments and compares with the model. */
function compare(recording: Recording, model: SlowModel, random: Random, moments: number): void {
  const events = model.rows.length;
  expect(recording.end()).toEqual({ seq: events, ns: model.rows.at(-1)?.ns ?? 0 });
  expect(recording.info().events).toBe(events);
  const lastNs = recording.end().ns;
  for (let n = 0; n < moments; n++) {
    const seq = n === 0 ? 0 : random.below(events + 1);
    const at: Moment = recording.momentOf(seq);
    expect(at).toEqual(seq === 0 ? { seq: 0, ns: 0 } : { seq, ns: model.rows[seq - 1]!.ns });
    const process = 1 + random.below(model.processes.length);
    expect(recording.event(seq)).toEqual(model.event(seq));
    expect(recording.state(process, at)).toEqual(model.state(process, at));
    expect([...recording.stateChanges(process, at)]).toEqual(model.stateChanges(process, seq));
    expect(recording.mailbox(process, at)).toMatchObject(model.mailbox(process, at));
    expect(recording.links(process, at)).toEqual(model.links(process, seq));
    expect(recording.alive(process, at)).toBe(model.alive(process, seq));
    const ns = random.below(lastNs + 2) - 1;
    expect(recording.momentAt(ns)).toEqual(model.momentAt(ns));
    const fromNs = random.below(lastNs + 1);
    const toNs = fromNs + 1 + random.below(lastNs + 1 - fromNs);
    const processes = [...new Set([process, 1 + random.below(model.processes.length)])];
    const expectedSlices = processes.flatMap((p) => model.slices(fromNs, toNs, p)).sort((a, b) => a.seq - b.seq);
    expect(recording.slices({ fromNs, toNs, processes, limit: 1e6 })).toEqual({
      slices: expectedSlices,
      total: expectedSlices.length,
    });
    const expectedArrows = model.arrows(fromNs, toNs, processes);
    expect(recording.arrows({ fromNs, toNs, processes, limit: 1e6 })).toEqual({
      arrows: expectedArrows,
      total: expectedArrows.length,
    });
    expect(recording.gaps(fromNs, toNs)).toEqual(model.gaps(fromNs, toNs));
    const bins = 1 + random.below(30);
    const strip = recording.timeline({ fromNs, toNs, bins, processes: [process] });
    if (strip.rollupNs === 0) {
      const expected = model.timeline(fromNs, toNs, bins, process);
      expect({ counts: [...strip.counts], kinds: [...strip.kinds] }).toEqual(expected);
    } else expectNear(strip, model, process);
    const some = <T>(list: readonly T[]): T[] => list.filter(() => random.chance(0.3));
    const filter = {
      ...(random.chance(0.5) ? { processes } : {}),
      ...(random.chance(0.5) ? { kinds: some(EVENT_KINDS) } : {}),
      ...(random.chance(0.2) ? { functions: [1 + random.below(8), 1 + random.below(8)] } : {}),
      ...(random.chance(0.5) ? { from: at } : {}),
      ...(random.chance(0.5) ? { to: recording.momentOf(random.below(events + 1)) } : {}),
    };
    const expectedEvents = model.events(filter);
    expect([...recording.events(filter)]).toEqual(expectedEvents);
    expect([...recording.events(filter, { reverse: true })]).toEqual(expectedEvents.reverse());
    const kinds = some(EVENT_KINDS);
    const later = model.events({ processes: [process], kinds }).find((event) => event.seq > seq);
    expect(recording.nextEvent(process, at, 1, { kinds })).toEqual(later);
    const earlier = model.events({ processes: [process], kinds }).findLast((event) => event.seq < seq);
    expect(recording.nextEvent(process, at, -1, { kinds })).toEqual(earlier);
  }
  const at = recording.momentOf(random.below(events + 1));
  const alive = recording.processesAt(at);
  expect(alive.map((p) => ({ ...p, stateBytes: p.stateBytes && 1 }))).toEqual(model.processesAt(at));
}

/** What is counted from a rollup lies at most half a bin of the rollup off. */
function expectNear(strip: Timeline, model: SlowModel, process: number): void {
  const { fromNs, binNs, bins, rollupNs } = strip;
  const own = model.rows.filter((row) => row.process === process);
  const times = own.map((row) => row.ns);
  const count = (from: number, to: number): number => upperBound(times, to) - upperBound(times, from);
  const half = rollupNs / 2 + 1;
  let before = 0;
  for (let bin = 0; bin < bins; bin++) {
    before += strip.counts[bin]!;
    const to = fromNs + (bin + 1) * binNs;
    expect(before).toBeLessThanOrEqual(count(fromNs - half, to + half));
    expect(before).toBeGreaterThanOrEqual(count(fromNs + half, to - half));
    expect(strip.counts[bin]).toBeLessThanOrEqual(count(to - binNs - half, to + half));
  }
  strip.kinds.forEach((mask, bin) => {
    const from = fromNs + bin * binNs - rollupNs / 2 - 1;
    const near = own.filter((row) => row.ns >= from && row.ns < from + binNs + rollupNs + 2);
    expect(mask & ~near.reduce((all, row) => all | (1 << row.kind), 0)).toBe(0);
    expect(mask === 0).toBe(strip.counts[bin] === 0);
  });
}

describe('queries', () => {
  it.each(Array.from({ length: 24 }, (_, i) => i))('say what a slow model says (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed * 7919 + 1);
      const path = join(dir, 'r.escope');
      const blockEvents = [3, 16, 100, 1000][seed % 4]!;
      const writer = createRecording({ path, startedAtMs: 0, blockEvents, segmentBlocks: 1 + random.below(6) });
      const made = new RandomRecording(writer, seed, [10, 1000, 3_000_000][seed % 3]!);
      made.run(450);
      writer.close();
      const recording = openRecording(path, {
        cacheBytes: seed % 2 === 0 ? 2000 : 1 << 24,
        ...(seed % 3 === 0 ? {} : { exactEvents: seed % 3 === 1 ? 0 : 100 }),
      });
      compare(recording, new SlowModel(made.rows, made.processes), random, 25);
      recording.close();
    });
  });

  it.each(Array.from({ length: 8 }, (_, i) => i))('say it while the recording grows (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed * 104_729 + 3);
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: [7, 40, 300][seed % 3]!, segmentBlocks: 3 });
      const made = new RandomRecording(writer, seed + 100, 2000);
      writer.flush();
      const recording = openRecording(path);
      expect(recording.info().live).toBe(true);
      for (let stage = 0; stage < 12; stage++) {
        made.run(made.rows.length + 1 + random.below(60));
        writer.flush();
        expect(recording.refresh()).toBe(true);
        expect(recording.refresh()).toBe(false);
        compare(recording, new SlowModel(made.rows, made.processes), random, 4);
      }
      writer.close();
      recording.refresh();
      expect(recording.info().live).toBe(false);
      compare(recording, new SlowModel(made.rows, made.processes), random, 4);
      recording.close();
    });
  });
});
