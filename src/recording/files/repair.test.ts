import { copyFileSync, cpSync, existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync, statSync } from 'node:fs'; // prettier-ignore
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordingError } from '../errors.js';
import { BLOCK_HEADER_BYTES } from '../format/layout.js';
import { SEGMENT_HEAD_BYTES } from '../format/segment-file.js';
import { EVENT_KINDS } from '../model.js';
import { openRecording } from '../read/open.js';
import { Random, RandomRecording, withTempDir } from '../testing/index.js';
import { createRecording } from '../write/writer.js';
import { repairRecording } from './repair.js';
import { verifyRecording } from './verify.js';

function scene(dir: string, seed: number, close: boolean): { path: string; made: RandomRecording } {
  const path = join(dir, 'r.escope');
  const writer = createRecording({ path, startedAtMs: 0, blockEvents: 40, segmentBlocks: 3 });
  const made = new RandomRecording(writer, seed, 1000);
  for (let i = 0; i < 8; i++) {
    made.run(made.rows.length + 37);
    writer.flush();
  }
  if (close) writer.close();
  else leave(path);
  return { path, made };
}

/** As if the recorder had been killed: its process number is nobody's. */
function leave(path: string): void {
  const file = join(path, 'recording.json');
  const { crc: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...manifest, writer: { host: 'elsewhere', pid: 1 } }));
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 1 << (at % 8);
  writeFileSync(file, bytes);
}

/** The events, told apart from all others by time, kind and payload; without seqs, which change where something is lost. */
function told(path: string): string[] {
  const recording = openRecording(path);
  const found = [...recording.events({})]
    .filter(({ terms }) => !JSON.stringify(terms).includes('damaged file'))
    .map(({ ns, kind, process, fn, terms }) => JSON.stringify([ns, kind, process, fn, terms]));
  recording.close();
  return found;
}
const expected = (made: RandomRecording): string[] =>
  made.rows.map(({ ns, kind, process, fn, terms }) => JSON.stringify([ns, EVENT_KINDS[kind], process, fn, terms]));

describe('verify', () => {
  it('finds nothing wrong with a recording that was closed', () => {
    withTempDir((dir) => {
      const { path, made } = scene(dir, 1, true);
      expect(verifyRecording(path)).toMatchObject({
        sound: true,
        finished: true,
        problems: [],
        events: made.rows.length,
      });
    });
  });

  it('tells a recorder that was killed from damage', () => {
    withTempDir((dir) => {
      const { path, made } = scene(dir, 1, false);
      expect(verifyRecording(path)).toMatchObject({ sound: true, finished: false, events: made.rows.length });
    });
  });

  it('names file, block and column of every flipped bit', () => {
    withTempDir((dir) => {
      const { path, made } = scene(dir, 2, true);
      const segment = join(path, 'segment-000002.seg');
      const original = readFileSync(segment);
      const sizes = Array.from({ length: 13 }, (_, c) => original.readUInt32LE(SEGMENT_HEAD_BYTES + 48 + c * 8));
      const names = ['directory', 'processes', 'peers', 'functions', 'states', 'kind', 'flags', 'ns', 'process', 'peer', 'function', 'cause', 'length']; // prettier-ignore
      let at = SEGMENT_HEAD_BYTES + BLOCK_HEADER_BYTES;
      names.forEach((column, c) => {
        flip(segment, at + sizes[c]! - 3);
        const { sound, problems } = verifyRecording(path);
        expect(sound).toBe(false);
        expect(problems).toContainEqual(expect.objectContaining({ file: 'segment-000002.seg', block: 0, column }));
        writeFileSync(segment, original);
        at += sizes[c]!;
      });
      flip(segment, SEGMENT_HEAD_BYTES + 20);
      expect(verifyRecording(path).problems[0]).toMatchObject({ block: 0, column: 'header' });
      writeFileSync(segment, original);
      for (const name of readdirSync(path)) {
        const file = join(path, name);
        const whole = readFileSync(file);
        const random = new Random(5);
        for (let n = 0; n < 60; n++) {
          flip(file, random.below(whole.length));
          let answer: ReturnType<typeof verifyRecording> | undefined;
          try {
            answer = verifyRecording(path);
          } catch (error) {
            if (!(error instanceof RecordingError)) throw error;
          }
          // A bit of white space in the manifest, or of its own sum's name, says nothing.
          // zstd leaves a bit of each frame's head without meaning.
          if (name !== 'recording.json' && answer?.sound) expect(told(path)).toEqual(expected(made));
          else if (name !== 'recording.json' && answer)
            expect(answer.problems.some((problem) => problem.file === name || problem.what.includes('dictionary'))).toBe(true); // prettier-ignore
          writeFileSync(file, whole);
        }
      }
    });
  });
});

describe('repair', () => {
  it('seals what a killed recorder left, and keeps what was there', () => {
    withTempDir((dir) => {
      const { path, made } = scene(dir, 3, false);
      const repair = repairRecording(path);
      expect(repair).toMatchObject({ path, events: made.rows.length, lost: 0 });
      expect(existsSync(join(repair.kept!, 'recording.json'))).toBe(true);
      expect(verifyRecording(path)).toMatchObject({ sound: true, finished: true });
      expect(told(path)).toEqual(expected(made));
      expect(repairRecording(path)).toMatchObject({ problems: [], kept: undefined });
    });
  });

  it.each(Array.from({ length: 60 }, (_, i) => i))(
    'keeps what is whole and shows the rest as a gap (seed %i)',
    (seed) => {
      withTempDir((dir) => {
        const { path, made } = scene(dir, seed + 10, seed % 2 === 0);
        const random = new Random(seed);
        const before = verifyRecording(path);
        const names = readdirSync(path).filter((name) => name !== 'recording.json' || seed % 5 === 0);
        const name = names[random.below(names.length)]!;
        const file = join(path, name);
        if (random.chance(0.7)) flip(file, random.below(statSync(file).size));
        else if (random.chance(0.7)) truncateSync(file, random.below(statSync(file).size));
        else rmSync(file);
        const out = join(dir, 'out.escope');
        let repair: ReturnType<typeof repairRecording>;
        try {
          repair = repairRecording(path, out);
        } catch (error) {
          // The one thing that cannot be repaired: it says that it is of a newer format.
          if (error instanceof RecordingError && error.message.includes('newer ElixirScope')) return;
          throw error;
        }
        if (repair.problems.length === 0) return;
        expect(before.events).toBe(made.rows.length);
        expect(verifyRecording(out)).toMatchObject({ sound: true, finished: true });
        const kept = told(out);
        const whole = expected(made);
        if (name.startsWith('segment') || name.startsWith('tail')) {
          let at = 0;
          for (const event of kept) {
            at = whole.indexOf(event, at) + 1;
            expect(at, event).toBeGreaterThan(0);
          }
          expect(kept.length).toBeGreaterThanOrEqual(made.rows.length - 120);
          const recording = openRecording(out);
          if (kept.length < whole.length && name.startsWith('segment'))
            expect(recording.info().gaps.some(({ reason }) => reason === 'damaged file')).toBe(true);
          recording.close();
        } else expect(kept.length).toBe(made.rows.length);
      });
    },
  );

  it('does not lose events over a lost piece of the dictionary', () => {
    withTempDir((dir) => {
      const { path, made } = scene(dir, 4, true);
      const file = join(path, 'dictionary.log');
      flip(file, readFileSync(file).readUInt32LE(0) + 8 + 30);
      const out = join(dir, 'out.escope');
      repairRecording(path, out);
      const recording = openRecording(out);
      expect(recording.info().events).toBe(made.rows.length);
      expect(recording.processes().length).toBe(made.processes.length);
      made.processes.forEach((info, i) => {
        const found = recording.processes()[i]!;
        expect([found.spawnSeq, found.exitSeq]).toEqual([info.spawnSeq, info.exitSeq]);
      });
      recording.close();
    });
  });

  it('never writes over anything', () => {
    withTempDir((dir) => {
      const { path } = scene(dir, 5, false);
      const out = join(dir, 'taken');
      cpSync(path, out, { recursive: true });
      expect(() => repairRecording(path, out)).toThrow(/not empty/);
      copyFileSync(join(out, 'recording.json'), join(path, 'recording.json'));
      expect(existsSync(join(path, 'segment-000001.seg'))).toBe(true);
    });
  });
});
