/** What is first answered roughly for a large recording, and then exactly. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openRecording, type Recording } from '../recording/index.js';
import { withTempDir, writeSyntheticRecording } from '../recording/testing/index.js';
import type { BinaryResult } from './binary.js';
import { Questions } from './questions.js';

/** Of many small blocks. */
const withRecording = (test: (recording: Recording) => void): Promise<void> =>
  Promise.resolve(
    withTempDir((directory) => {
      const path = join(directory, 'many.escope');
      writeSyntheticRecording({ path, events: 8_000, processes: 40, seed: 5, blockEvents: 128, segmentBlocks: 8 });
      const recording = openRecording(path);
      try {
        test(recording);
      } finally {
        recording.close();
      }
    }),
  );

it('tells births and ends roughly at first, then exactly', () =>
  withRecording((recording) => {
    const questions = new Questions(recording);
    const first = questions.answer({ method: 'processes', params: {} }) as {
      rough: boolean;
      processes: { spawnNs: number; exitNs: number }[];
    };
    expect(first.rough).toBe(true);
    const infos = recording.processes();
    const exact = infos.map((info) => [info.spawnSeq, info.exitSeq].map((seq) => (seq === 0 ? -1 : recording.momentOf(seq).ns))); // prettier-ignore
    const block = (recording.end().ns / recording.end().seq) * 128 * 4;
    first.processes.forEach(({ spawnNs, exitNs }, i) => {
      expect(Math.abs(spawnNs - exact[i]![0]!)).toBeLessThan(block);
      expect(Math.abs(exitNs - exact[i]![1]!)).toBeLessThan(block);
    });
    let after = 0;
    const rows: number[][] = [];
    for (let turn = 0; turn < 1_000; turn++) {
      const { meta, columns } = questions.answer({ method: 'lives', params: { after, limit: 30 } }) as BinaryResult & {
        meta: { exact: boolean; more: boolean };
      };
      [...columns['spawnNs']!].forEach((ns, i) => rows.push([ns, columns['exitNs']![i]!]));
      after = rows.length;
      if (meta.exact && !meta.more) break;
    }
    expect(rows).toEqual(exact);
    expect(exact.filter(([, end]) => end! >= 0).length).toBeGreaterThan(3);
    expect(questions.answer({ method: 'processes', params: {} })).toMatchObject({ rough: false });
  }));

it('draws the map of the whole at once, and in the end event by event', () =>
  withRecording((recording) => {
    const questions = new Questions(recording);
    const bins = 50;
    const { ns: end, seq: events } = recording.end();
    const expected = new Array<number>(bins).fill(0);
    for (const event of recording.events({})) {
      const bin = Math.min(bins - 1, Math.floor((event.ns / end) * bins));
      expected[bin]!++;
    }
    let answer: BinaryResult;
    for (let turn = 0; ; turn++) {
      answer = questions.answer({ method: 'overview', params: { bins } }) as BinaryResult;
      const sum = [...answer.columns['counts']!].reduce((all, each) => all + each, 0);
      expect(sum).toBeGreaterThanOrEqual(events);
      expect(sum).toBeLessThan(events + bins);
      if ((answer.meta as { done: boolean }).done) break;
      expect(turn).toBeLessThan(1_000);
    }
    expect([...answer.columns['counts']!]).toEqual(expected);
  }));
