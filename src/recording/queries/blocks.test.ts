import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '../model.js';
import { openRecording } from '../read/open.js';
import { createRecording } from '../write/writer.js';
import { RandomRecording, withTempDir, type ModelRow } from '../testing/index.js';

/** A random recording in small blocks, the last of them not sealed. */
function withRandom(
  seed: number,
  run: (recording: ReturnType<typeof openRecording>, rows: readonly ModelRow[]) => void,
): void {
  withTempDir((dir) => {
    const path = join(dir, 'r.escope');
    const writer = createRecording({ path, startedAtMs: 0, blockEvents: 16, segmentBlocks: 4 });
    const made = new RandomRecording(writer, seed, 1000);
    made.run(333);
    writer.flush();
    const recording = openRecording(path, { cacheBytes: 4000 });
    run(recording, made.rows);
    recording.close();
    writer.close();
  });
}

describe('blocks', () => {
  it.each([1, 2, 3])('hold every event once, in order (seed %i)', (seed) => {
    withRandom(seed, (recording, rows) => {
      const found: ModelRow[] = [];
      for (const block of recording.blocks()) {
        expect(block.firstSeq).toBe(found.length + 1);
        expect(recording.blockAt(block.firstSeq + block.count - 1)?.firstSeq).toBe(block.firstSeq);
        for (let row = 0; row < block.count; row++)
          found.push({
            seq: block.firstSeq + row,
            ns: block.ns()[row]!,
            kind: block.kinds()[row]!,
            flags: block.flags()[row]!,
            process: block.processes()[row]!,
            peer: block.peers()[row]!,
            fn: block.functions()[row]!,
            cause: block.causes()[row]!,
            terms: block.terms(row),
          });
      }
      expect(found).toEqual(rows);
      expect(recording.blockAt(0)).toBeUndefined();
      expect(recording.blockAt(rows.length + 1)).toBeUndefined();
    });
  });

  it('are left out where nothing of what is asked for lies', () => {
    withRandom(7, (recording, rows) => {
      const gaps = rows.filter((row) => EVENT_KINDS[row.kind] === 'gap').map(({ seq }) => seq);
      const all = [...recording.blocks()].length;
      const some = [...recording.blocks({ kinds: ['gap'] })];
      expect(some.length).toBeLessThan(all);
      for (const seq of gaps)
        expect(some.some(({ firstSeq, count }) => firstSeq <= seq && seq < firstSeq + count)).toBe(true);
      for (const block of recording.blocks({ process: 5 })) expect(block.rows(5).length).toBeGreaterThan(0);
      expect([...recording.blocks({ from: 100, to: 120 })].map(({ firstSeq }) => firstSeq)).toEqual([97, 113]);
      expect([...recording.blocks({ from: 5, to: 4 })]).toEqual([]);
      expect([...recording.blocks({ kinds: [] })]).toEqual([]);
    });
  });
});
