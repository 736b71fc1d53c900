import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildServerPrograms } from '../../test/support/server-programs.js';
import { openRecording, type BulkRecording } from '../recording/index.js';
import { writeSyntheticRecording } from '../recording/testing/index.js';
import { AreaDesk } from './area-desk.js';
import type { AreaParams, NamelessAnswer } from './area-parts.js';

const directory = mkdtempSync(join(tmpdir(), 'elixirscope-areas-'));
const path = join(directory, 'system.escope');
const programs = join(directory, 'programs');
const program = join(programs, 'area-thread.js');
let recording: BulkRecording;

beforeAll(async () => {
  await buildServerPrograms(programs);
  writeSyntheticRecording({ path, events: 60_000, processes: 200, seed: 3 });
  recording = openRecording(path);
}, 120_000);
afterAll(() => {
  recording.close();
  rmSync(directory, { recursive: true, force: true });
});

async function whole(desk: AreaDesk, params: AreaParams): Promise<NamelessAnswer> {
  for (;;) {
    const answer = await desk.ask(params, false);
    if (answer.done) return answer;
    expect(answer.share).toBeLessThan(1);
  }
}

describe('the desk for areas', () => {
  it('gives the same from its thread as from here', async () => {
    const { ns } = recording.end();
    const thread = new AreaDesk(recording, program);
    const here = new AreaDesk(recording, join(directory, 'nothing.mjs'));
    for (const part of ['functions', 'messages', 'flame', 'processes', 'errors'] as const)
      for (const area of [
        { fromNs: 0, toNs: ns },
        { fromNs: Math.round(ns * 0.3), toNs: Math.round(ns * 0.6) },
        { fromNs: Math.round(ns * 0.3), toNs: Math.round(ns * 0.9), processes: [1, 2, 3] },
      ]) {
        expect(thread.ask({ ...area, part }, false)).toBeInstanceOf(Promise);
        expect(await whole(thread, { ...area, part })).toEqual(await whole(here, { ...area, part }));
      }
    thread.close();
  }, 60_000);

  it('says so when its thread breaks, and begins anew with the next question', async () => {
    const broken = join(directory, 'broken.mjs');
    writeFileSync(broken, `throw new Error('out of order');`);
    const desk = new AreaDesk(recording, broken);
    const ask = async (): Promise<unknown> => desk.ask({ fromNs: 0, toNs: 1_000, part: 'functions' }, false);
    await expect(ask()).rejects.toThrow('out of order');
    await expect(ask()).rejects.toThrow('out of order');
    desk.close();
  }, 60_000);

  it('looks itself where the thread cannot see all of the recording', async () => {
    const { seq, ns } = recording.end();
    // As where parts of it lie elsewhere: whoever serves it has seen more than lies in its files.
    const more = vi.spyOn(recording, 'end').mockReturnValue({ seq: seq + 1, ns });
    const desk = new AreaDesk(recording, program);
    expect((await whole(desk, { fromNs: 0, toNs: ns, part: 'errors' })).events).toBe(seq);
    desk.close();
    more.mockRestore();
  }, 60_000);
});
