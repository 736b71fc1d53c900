/** Real processes and a real disk: what simulations in `src/recording` show at ten thousand places holds there, too. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  EVENT_KINDS,
  RecordingError,
  createRecording,
  openRecording,
  repairRecording,
  verifyRecording,
} from '../../src/recording/index.js';
import { MemoryDisk, Random, RandomRecording, withTempDir, type ModelRow } from '../../src/recording/testing/index.js';

const CHILD = fileURLToPath(new URL('../support/recorder-child.mjs', import.meta.url));

/** Runs a recorder, kills it some milliseconds after its first flush, and gives how many events it had called safe. */
async function killed(path: string, seed: number, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, path, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (told === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    told += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on('close', (...how) => resolve(how)),
  );
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  return Number(told.split('\n').at(-2) ?? 0);
}

/** The events that the same numbers give. */
function twin(seed: number, events: number): ModelRow[] {
  const writer = createRecording({ path: '/twin', startedAtMs: 0, disk: new MemoryDisk() });
  const made = new RandomRecording(writer, seed, 1000);
  made.run(events);
  return made.rows.slice(0, events);
}

describe('a recorder that is killed', () => {
  it('leaves everything that it had flushed, fifty times', async () => {
    const random = new Random(Date.now());
    for (let n = 0; n < 50; n++) {
      await withTempDirAsync(async (dir) => {
        const path = join(dir, 'r.escope');
        const seed = random.below(1e9);
        const safe = await killed(path, seed, random.below(120));
        expect(safe).toBeGreaterThan(0);
        const recording = openRecording(path);
        const { events, live, gaps } = recording.info();
        expect(live).toBe(false);
        expect(gaps.filter(({ reason }) => reason.includes('damage'))).toEqual([]);
        expect(events, `seed ${seed}`).toBeGreaterThanOrEqual(safe);
        const found = [...recording.events({})].map(({ seq, ns, kind, process, cause }) => [seq, ns, kind, process, cause]); // prettier-ignore
        const rows = twin(seed, events).map(({ seq, ns, kind, process, cause }) => [seq, ns, EVENT_KINDS[kind], process, cause]); // prettier-ignore
        expect(found).toEqual(rows);
        recording.close();
        expect(verifyRecording(path)).toMatchObject({ sound: true, events });
        repairRecording(path);
        expect(verifyRecording(path)).toMatchObject({ sound: true, finished: true, problems: [], events });
      });
    }
  });
});

async function withTempDirAsync(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'escope-killed-'));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A disk of so many bytes; undefined where only others may mount one. */
function smallDisk(at: string, bytes: number): (() => void) | undefined {
  try {
    mkdirSync(at);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', at], { stdio: 'ignore' });
    return () => execFileSync('umount', [at]);
  } catch {
    return undefined;
  }
}

describe('a disk that is really full', () => {
  it('ends the recording with what had been flushed, and the recording says so', ({ skip }) => {
    withTempDir((dir) => {
      const disk = join(dir, 'disk');
      const unmount = smallDisk(disk, 256 << 10);
      if (unmount === undefined) return skip('no right to mount a small disk');
      try {
        const path = join(disk, 'r.escope');
        const writer = createRecording({ path, startedAtMs: 0, blockEvents: 500, segmentBlocks: 3 });
        const made = new RandomRecording(writer, 1, 1000);
        let safe = 0;
        let failure: unknown;
        try {
          while (made.rows.length < 1_000_000) {
            made.run(made.rows.length + 200);
            writer.flush();
            safe = made.rows.length;
          }
        } catch (error) {
          failure = error;
        }
        expect(failure).toBeInstanceOf(RecordingError);
        expect(String(failure)).toContain('the disk is full');
        const recording = openRecording(path);
        const { brokeOff, events, gaps } = recording.info();
        expect(brokeOff).toMatchObject({ why: 'the disk is full' });
        expect(gaps.at(-1)?.reason).toBe('recording broke off: the disk is full');
        expect(events).toBeGreaterThanOrEqual(safe);
        expect(events + brokeOff!.lost).toBeGreaterThanOrEqual(made.rows.length);
        expect([...recording.events({})].map(({ seq, ns }) => [seq, ns])).toEqual(
          made.rows.slice(0, events).map(({ seq, ns }) => [seq, ns]),
        );
        recording.close();
        expect(verifyRecording(path)).toMatchObject({ sound: true, finished: false });
      } finally {
        unmount();
      }
    });
  });
});
