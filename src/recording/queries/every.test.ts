import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BulkRecording } from '../bulk.js';
import { openRecording } from '../read/open.js';
import { createRecording } from '../write/writer.js';
import { LINE_NS, RandomRecording, SlowModel, withTempDir, word, writeChart } from '../testing/index.js';
import { everyCall } from './every-call.js';
import { everyMessage } from './every-message.js';

const NS = { fromNs: 0, toNs: Number.MAX_SAFE_INTEGER };

function withRandom(seed: number, run: (recording: BulkRecording, model: SlowModel) => void): void {
  withTempDir((dir) => {
    const path = join(dir, 'r.escope');
    const writer = createRecording({ path, startedAtMs: 0, blockEvents: [5, 40, 1000][seed % 3]!, segmentBlocks: 3 });
    const made = new RandomRecording(writer, seed, 1000);
    made.run(600);
    writer.close();
    const recording = openRecording(path, { cacheBytes: 5000 });
    run(recording, new SlowModel(made.rows, made.processes));
    recording.close();
  });
}

describe('every message', () => {
  it.each([1, 2, 3, 4, 5, 6])('is what following each one gives (seed %i)', (seed) => {
    withRandom(seed, (recording, model) => {
      const processes = recording.processes().map(({ id }) => id);
      const found = [...everyMessage(recording)];
      const sent = found.filter(({ sendSeq }) => sendSeq > 0).sort((a, b) => a.sendSeq - b.sendSeq);
      const { arrows } = recording.arrows({ ...NS, processes, limit: 1e6 });
      expect(
        sent.map(({ from, to, sendSeq, sendNs, arriveSeq, arriveNs, handleSeq, handleNs }) => ({ sendSeq, sendNs, from, to, arriveSeq, arriveNs, handleSeq, handleNs })), // prettier-ignore
      ).toEqual(arrows);
      const arrivals = model.events({ kinds: ['arrive'] }).map(({ seq }) => seq);
      expect(found.map(({ arriveSeq }) => arriveSeq).filter((seq) => seq > 0).sort((a, b) => a - b)).toEqual(arrivals); // prettier-ignore
    });
  });
});

describe('every call', () => {
  it.each([1, 2, 3, 4, 5, 6])('is what the slices of all time show (seed %i)', (seed) => {
    withRandom(seed, (recording, model) => {
      const processes = model.processes.map((_, i) => i + 1);
      const expected = processes.flatMap((process) => model.slices(0, NS.toNs, process)).sort((a, b) => a.seq - b.seq);
      const begun: number[] = [];
      const found = [...everyCall(recording, { begins: ({ seq }) => begun.push(seq) })].sort((a, b) => a.seq - b.seq);
      expect(begun).toEqual(expected.map(({ seq }) => seq));
      found.forEach(({ process, seq, fn, startNs, endNs, raised }, i) => {
        const slice = expected[i]!;
        // What is made up at random may end after what is around it: then its end is not believed.
        const around = expected.some(
          (other) =>
            other.process === process && other.seq < seq && other.endNs >= startNs && other.endNs <= slice.endNs,
        );
        if (endNs === -1 && around) expect(slice).toMatchObject({ process, seq, fn, startNs });
        else expect({ process, seq, fn, startNs, endNs, raised }).toEqual(slice);
      });
      expect(found.filter(({ endNs }) => endNs >= 0).length).toBeGreaterThan(20);
      for (const process of processes)
        expect([...everyCall(recording, { process })].sort((a, b) => a.seq - b.seq)).toEqual(
          found.filter((span) => span.process === process),
        );
    });
  });

  it('knows what is around it and what of its time is its own', () => {
    withTempDir((dir) => {
      const path = join(dir, 'c.escope');
      writeChart(
        `
client     stock
  |--take--->|
             #take
             .
  |--take--->|
             #take
             !
  |--last--->|
             #last
  |--late--->|
`,
        { path, blockEvents: 3 },
      );
      const recording = openRecording(path);
      const spans = [...everyCall(recording)].map((span) =>
        [
          word(recording.event(span.seq)?.terms[0]),
          span.startNs / LINE_NS,
          span.endSeq === 0 ? '…' : span.endNs / LINE_NS,
          span.selfNs,
          span.raised,
        ].join(' '),
      );
      expect(spans).toEqual(['take 2 3 1000 false', 'take 5 6 1000 true', 'last 8 … -1 false']);
      const trips = [...everyMessage(recording)].map((trip) => word(recording.event(trip.arriveSeq)?.terms[0]));
      expect(trips).toEqual(['take', 'take', 'last', 'late']);
      expect([...everyCall(recording, { from: 5, to: 8 })].map(({ startNs }) => startNs / LINE_NS)).toEqual([5]);
      recording.close();
    });
  });

  it('counts the time of what is called inside once', () => {
    withTempDir((dir) => {
      const path = join(dir, 'c.escope');
      const writer = createRecording({ path, startedAtMs: 0 });
      writer.addNode({ name: 'a@b', otp: '27', elixir: undefined, engine: 'nif', engineWhy: undefined, osPid: undefined, end: undefined }); // prettier-ignore
      writer.addProcess({ node: 0, number: 1, serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name: undefined, label: undefined }); // prettier-ignore
      const add = (kind: number, ns: number, cause: number): number =>
        writer.append({ kind, flags: 0, ns, process: 1, peer: 0, fn: 0, cause, payload: new Uint8Array(0) });
      const [CALL, RETURN] = [9, 10];
      const outer = add(CALL, 0, 0);
      const inner = add(CALL, 10, 0);
      const leaf = add(CALL, 12, 0);
      add(RETURN, 15, leaf);
      add(RETURN, 30, inner);
      const lost = add(CALL, 40, 0);
      add(RETURN, 100, outer);
      writer.close();
      const recording = openRecording(path);
      const spans = [...everyCall(recording)];
      expect(spans.map(({ seq, parent, depth, endNs, selfNs }) => [seq, parent, depth, endNs, selfNs])).toEqual([
        [leaf, inner, 2, 15, 3],
        [inner, outer, 1, 30, 17],
        [lost, outer, 1, -1, -1],
        [outer, 0, 0, 100, 80],
      ]);
      recording.close();
    });
  });
});
