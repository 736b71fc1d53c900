import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { printTerm, type Term } from '../../term/index.js';
import { Flags, type Moment } from '../model.js';
import type { Recording } from '../query.js';
import { openRecording } from '../read/open.js';
import { Random, RandomRecording, withTempDir } from '../testing/index.js';
import { createRecording } from '../write/writer.js';
import type { CreateOptions, RecordingWriter } from '../writer-api.js';
import { redactRecording } from './redact.js';
import { sliceRecording } from './slice.js';
import { verifyRecording } from './verify.js';

// Segments are synced, which takes its time on a busy disk.
vi.setConfig({ testTimeout: 60_000 });

const text = (term: Term | undefined): string | undefined => term && printTerm(term, { syntax: 'erlang' });

/** What is known about a process at a moment, without the numbers that a slice gives anew. */
function about(recording: Recording, process: number, seq: number, number: (id: number) => number): unknown {
  const at = recording.momentOf(seq);
  const state = recording.state(process, at);
  const mailbox = recording.mailbox(process, at);
  return {
    at: at.ns,
    alive: recording.alive(process, at),
    state: state && {
      ns: state.ns,
      value: text(state.value),
      previous: text(state.previous?.value),
      changed: state.changed && {
        ns: state.changed.ns,
        message: text(state.changed.message),
        from: number(state.changed.from),
        arrived: recording.event(state.changed.arriveSeq)?.ns,
        sent: recording.event(state.changed.sendSeq)?.ns,
      },
      gaps: state.gaps,
    },
    mailbox: { exact: mailbox.exact, messages: mailbox.messages.map((m) => [m.ns, number(m.from), text(m.message)]) },
    links: recording
      .links(process, at)
      .map(number)
      .sort((a, b) => a - b),
    name: recording.processesAt(at).find(({ id }) => id === process)?.name,
  };
}

function slicesIn(recording: Recording, process: number, fromNs: number): unknown {
  const { slices } = recording.slices({ fromNs, toNs: recording.end().ns + 1, processes: [process], limit: 1e6 });
  return slices.map(({ startNs, endNs, raised }) => [startNs, endNs, raised]);
}

describe('a slice', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i))('answers in its window as the whole does (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed + 77);
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: [5, 30, 1000][seed % 3]!, segmentBlocks: 4 });
      const made = new RandomRecording(writer, seed + 500, 1000);
      made.run(500);
      // Of processes that run no behaviour a slice keeps no mailbox: here all do.
      made.processes.forEach((_, i) => writer.updateProcess(i + 1, { behaviour: 'gen_server' }));
      writer.close();
      const whole = openRecording(path);
      const from = whole.momentOf(1 + random.below(450));
      const to = seed % 4 === 3 ? whole.momentOf(from.seq + 1 + random.below(500 - from.seq)) : whole.end();
      const out = join(dir, 's.escope');
      const { events, keyframe } = sliceRecording(path, out, { from, to });
      expect(events).toBe(to.seq - from.seq);
      expect(verifyRecording(out)).toMatchObject({ sound: true, finished: true, events: events + keyframe });
      const slice = openRecording(out);
      expect(slice.info()).toMatchObject({ events, window: { fromNs: from.ns } });
      expect(slice.start()).toEqual({ seq: keyframe, ns: from.ns });
      const shift = keyframe - from.seq;
      // Which process is which, by the events of the window.
      const newOf = new Map<number, number>([[0, 0]]);
      const oldOf = new Map<number, number>([[0, 0]]);
      for (const event of slice.events({})) {
        const before = whole.event(event.seq - shift)!;
        expect([event.ns, event.kind, event.flags]).toEqual([before.ns, before.kind, before.flags]);
        expect(event.terms).toEqual(before.terms);
        if (event.cause > keyframe) expect(event.cause).toBe(before.cause + shift);
        else if (event.cause > 0) {
          expect(slice.event(event.cause)!.flags & Flags.KEYFRAME).toBe(Flags.KEYFRAME);
          expect(slice.event(event.cause)!.ns).toBe(whole.event(before.cause)!.ns);
        } else expect(before.cause).toBeLessThanOrEqual(from.seq);
        for (const [a, b] of [
          [before.process, event.process],
          [before.peer, event.peer],
        ] as const) {
          expect(newOf.get(a) ?? b).toBe(b);
          newOf.set(a, b);
          oldOf.set(b, a);
        }
      }
      const old = (id: number): number => oldOf.get(id) ?? -1;
      const same = (id: number): number => (newOf.has(id) ? id : -1);
      for (let n = 0; n < 12; n++) {
        const seq = n === 0 ? from.seq : from.seq + random.below(events + 1);
        for (const [before, after] of newOf) {
          if (before === 0 || !whole.alive(before, whole.momentOf(seq))) continue;
          const expected = about(whole, before, seq, same);
          // The end of a window is a present of its own: what comes later decides about messages that still wait.
          const found = about(slice, after, seq + shift, old);
          // So do gaps that were reported only later.
          if (to.seq < whole.end().seq)
            for (const one of [expected, found] as { mailbox?: unknown; state?: { gaps?: unknown } }[]) {
              delete one.mailbox;
              delete one.state?.gaps;
            }
          expect(found).toEqual(expected);
        }
      }
      if (to.seq === whole.end().seq)
        for (const [before, after] of newOf)
          if (before !== 0 && whole.alive(before, from))
            expect(slicesIn(slice, after, from.ns + 1)).toEqual(slicesIn(whole, before, from.ns + 1));
      const timeline = slice.timeline({ fromNs: 0, toNs: to.ns + 1, bins: 1, processes: [...oldOf.keys()] });
      expect(timeline.counts.reduce((sum, count) => sum + count, 0)).toBe(events);
      slice.close();
      whole.close();
      // A slice of a slice is a slice.
      const again = join(dir, 't.escope');
      const inner = openRecording(out);
      if (inner.end().seq > inner.start().seq + 2) {
        sliceRecording(out, again, { from: inner.momentOf(inner.start().seq + 1), to: inner.end() });
        expect(verifyRecording(again)).toMatchObject({ sound: true, events: expect.any(Number) as number });
      }
      inner.close();
    });
  });

  it('of one process holds what it said and was told', () => {
    withTempDir((dir) => {
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: 50 });
      const made = new RandomRecording(writer, 4, 1000);
      made.run(600);
      writer.close();
      const whole = openRecording(path);
      const out = join(dir, 's.escope');
      const from = whole.momentOf(300);
      sliceRecording(path, out, { from, to: whole.end(), processes: [2] });
      const slice = openRecording(out);
      const own = [...whole.events({ processes: [2], from: whole.momentOf(301) })];
      const kept = [...slice.events({ processes: [1] })];
      expect(kept.map(({ ns, kind }) => [ns, kind])).toEqual(own.map(({ ns, kind }) => [ns, kind]));
      for (const [i, { cause }] of own.entries())
        if (cause > 300) expect(slice.event(kept[i]!.cause)?.ns).toBe(whole.event(cause)!.ns);
      expect(slice.info().events).toBeLessThan(300);
      slice.close();
      whole.close();
    });
  });
});

/** A writer for which every process runs a behaviour. */
function behaving(options: CreateOptions): RecordingWriter {
  const writer = createRecording(options);
  const add = writer.addProcess.bind(writer);
  writer.addProcess = (info) => add({ ...info, behaviour: 'gen_server' });
  return writer;
}

describe('a recording that keeps a window', () => {
  it.each(Array.from({ length: 8 }, (_, i) => i))(
    'answers in it as the whole does (seed %i)',
    (seed) => {
      withTempDir((dir) => {
        const random = new Random(seed);
        const shape = { startedAtMs: 0, blockEvents: [4, 20, 60][seed % 3]!, segmentBlocks: 2 };
        const path = join(dir, 'kept.escope');
        const kept = behaving({ ...shape, path, keep: seed % 2 === 0 ? { ns: 40_000 } : { bytes: 6_000 } });
        const all = behaving({ ...shape, path: join(dir, 'all.escope') });
        const made = new RandomRecording(kept, seed + 900, 1000);
        const twin = new RandomRecording(all, seed + 900, 1000);
        let live: Recording | undefined;
        let moved = 0;
        for (let stage = 0; stage < 6; stage++) {
          const events = made.rows.length + 10 + random.below(90);
          for (const [one, writer] of [
            [made, kept],
            [twin, all],
          ] as const) {
            // prettier-ignore
            one.run(events);
            if (stage === 5) writer.close();
            else writer.flush();
          }
          const whole = openRecording(join(dir, 'all.escope'));
          // One reader follows, one comes new each time.
          if (live) live.refresh();
          live ??= openRecording(path);
          for (const recording of [live, openRecording(path)]) {
            const start = recording.start().seq;
            moved = Math.max(moved, start);
            expect(recording.end()).toEqual(whole.end());
            expect(recording.info().events).toBe(made.rows.length - start);
            expect(recording.info().gaps.filter(({ reason }) => reason !== 'ring full')).toEqual([]);
            const seqs = [...recording.events({})].map(({ seq }) => seq);
            expect([seqs[0] ?? start + 1, seqs.at(-1) ?? start]).toEqual([start + 1, made.rows.length]);
            for (let n = 0; n < 3; n++) {
              const seq = n === 0 ? start : start + random.below(made.rows.length - start + 1);
              made.processes.forEach((_, i) => {
                if (!whole.alive(i + 1, whole.momentOf(seq))) return expect(recording.alive(i + 1, whole.momentOf(seq))).toBe(false); // prettier-ignore
                const expected = about(whole, i + 1, seq, (id) => id);
                expect(about(recording, i + 1, seq, (id) => id)).toEqual(expected);
              });
            }
            const from = recording.start().ns + 1;
            made.processes.forEach((_, i) => {
              if (whole.alive(i + 1, recording.start()))
                expect(slicesIn(recording, i + 1, from)).toEqual(slicesIn(whole, i + 1, from));
            });
            if (recording !== live) recording.close();
          }
          expect(verifyRecording(path)).toMatchObject({ sound: true });
          whole.close();
        }
        expect(moved).toBeGreaterThan(0);
        live?.close();
        // What keeps a window can be repaired, cut and made free of values like any other.
        const out = join(dir, 'cut.escope');
        const recording = openRecording(path);
        const middle = recording.momentOf(Math.floor((recording.start().seq + recording.end().seq) / 2));
        const state = about(recording, 1, middle.seq, () => 0);
        recording.close();
        sliceRecording(path, out, { from: middle, to: recordingEnd(path) });
        const cut = openRecording(out);
        expect(verifyRecording(out)).toMatchObject({ sound: true, finished: true });
        if (made.processes[0]!.exitSeq === 0) expect(cut.info().window).toEqual({ fromNs: middle.ns });
        expect(state).toBeDefined();
        cut.close();
        redactRecording(path, join(dir, 'red.escope'), { values: true });
        expect(verifyRecording(join(dir, 'red.escope'))).toMatchObject({ sound: true, finished: true });
      });
    },
    60_000,
  );

  it('lets go of the files', () => {
    withTempDir((dir) => {
      const path = join(dir, 'r.escope');
      const writer = createRecording({
        path,
        startedAtMs: 0,
        blockEvents: 50,
        segmentBlocks: 2,
        keep: { bytes: 20_000 },
      });
      const made = new RandomRecording(writer, 3, 1000);
      made.run(4_000);
      writer.close();
      const segments = readdirSync(path).filter((name) => name.endsWith('.seg'));
      expect(segments.length).toBeLessThan(20);
      expect(segments.filter((name) => name.startsWith('keyframe')).length).toBe(1);
    });
  });
});

function recordingEnd(path: string): Moment {
  const recording = openRecording(path);
  const end = recording.end();
  recording.close();
  return end;
}
