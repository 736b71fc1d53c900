import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServerPrograms } from '../../test/support/server-programs.js';
import { openRecording, type BulkRecording } from '../recording/index.js';
import { writeSyntheticRecording } from '../recording/testing/index.js';
import { BackgroundDesk } from './background-desk.js';
import type { RelationsResult } from './process-protocol.js';
import { Questions } from './questions.js';
import type { CheckedRequest } from './schemas.js';

const directory = mkdtempSync(join(tmpdir(), 'elixirscope-background-'));
const path = join(directory, 'system.escope');
const programs = join(directory, 'programs');
const program = join(programs, 'background-thread.js');
let recording: BulkRecording;
let questions: Questions;

beforeAll(async () => {
  await buildServerPrograms(programs);
  writeSyntheticRecording({ path, events: 40_000, processes: 50, seed: 5 });
  recording = openRecording(path);
  questions = new Questions(recording);
}, 120_000);
afterAll(() => {
  recording.close();
  rmSync(directory, { recursive: true, force: true });
});

const elsewhere = (): never => {
  throw new Error('asked here');
};
const overview: CheckedRequest = { method: 'overview', params: { bins: 64 } };

async function ready(desk: BackgroundDesk): Promise<void> {
  while (!desk.ready) {
    void desk.answer(overview, false, () => undefined);
    await sleep(10);
  }
}

describe('the desk for what may wait', () => {
  it('gives the same from its thread as from here', async () => {
    const desk = new BackgroundDesk(recording, program, 0);
    await ready(desk);
    const { ns, seq } = recording.end();
    const asked: CheckedRequest[] = [
      overview,
      { method: 'activity', params: { fromNs: 0, toNs: ns, bins: 32, processes: [1, 2, 3] } },
      { method: 'strip', params: { process: 2, fromNs: 0, toNs: ns, bins: 16 } },
      { method: 'interesting', params: { seq: 0 } },
      { method: 'occasions', params: { seq: 0 } },
      { method: 'crashes', params: { seq: 0 } },
      { method: 'search', params: { text: 'order', from: 0, limit: 5 } },
    ];
    for (const request of asked)
      expect(await desk.answer(request, false, elsewhere), request.method).toEqual(questions.answer(request));
    // How much of these is told depends on the time that it took.
    const known: CheckedRequest = { method: 'relations', params: { process: 2, at: { seq } } };
    const { totals } = questions.answer(known) as RelationsResult;
    expect(await desk.answer(known, false, elsewhere)).toMatchObject({ at: { seq }, totals });
    desk.close();
  });

  it('answers here until the thread is there, and what is none of its business', async () => {
    const desk = new BackgroundDesk(recording, program, 0);
    expect(desk.answer(overview, false, () => 'here')).toBe('here');
    await ready(desk);
    expect(desk.answer({ method: 'info', params: {} }, false, () => 'here')).toBe('here');
    expect(await desk.answer(overview, false, elsewhere)).toBeDefined();
    desk.close();
    expect(desk.answer(overview, false, () => 'here')).toBe('here');
  });

  it('tells what is wrong with a question', async () => {
    const desk = new BackgroundDesk(recording, program, 0);
    await ready(desk);
    const unknown: CheckedRequest = { method: 'relations', params: { process: 9_999, at: { seq: 1 } } };
    await expect(desk.answer(unknown, false, elsewhere)).rejects.toMatchObject({ code: 'not-found' });
    desk.close();
  });

  it('answers here what the thread can no longer', async () => {
    const desk = new BackgroundDesk(recording, program, 0);
    await ready(desk);
    const answer = desk.answer(overview, false, () => 'here');
    desk.close();
    expect(await answer).toBe('here');
  });

  it('answers here where there is no thread', () => {
    const desk = new BackgroundDesk(recording, join(directory, 'nothing.mjs'), 0);
    for (let i = 0; i < 2; i++) expect(desk.answer(overview, false, () => 'here')).toBe('here');
    desk.close();
  });
});
