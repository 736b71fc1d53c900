import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../recording/index.js';
import { ORDER, writePast, type Past } from '../../test/support/history-recording.js';
import { changes, sides, strip } from './process-history.js';
import { processPanel } from './process-panel.js';
import { Questions } from './questions.js';
import { relations } from './relations.js';
import { valueTrail } from './value-trail.js';

describe('a process with a past', () => {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-past-'));
  let past: Past;
  let recording: Recording;
  let questions: Questions;
  beforeAll(() => {
    past = writePast(join(directory, 'past.escope'), 3_000, 200);
    recording = openRecording(join(directory, 'past.escope'));
    questions = new Questions(recording);
    questions.update();
  });
  afterAll(() => {
    recording.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const at = (seq: number): { seq: number } => ({ seq });

  it('follows a value into the sender’s state and from there to the message that wrote it', () => {
    const trail = valueTrail(questions, { process: past.store, at: at(past.end), path: ['orders:', '0'] });
    const told = trail.steps.map(({ what, process, holds }) => `${what} ${String(process)} ${holds}`);
    const { client, desk, store } = past;
    expect(told).toEqual([
      `state ${String(store)} value`,
      `callback ${String(store)} value`,
      `message ${String(desk)} value`,
      `state ${String(desk)} value`,
      `callback ${String(desk)} value`,
      `message ${String(client)} value`,
    ]);
    const [state, , toStore, kept, , toDesk] = trail.steps;
    expect(state?.seq).toBe(past.storeState);
    expect(toStore).toMatchObject({
      seq: past.toStore,
      to: store,
      place: '1',
      carriers: [{ what: 'state', name: 'last' }],
    });
    expect(kept).toMatchObject({ seq: past.deskState, place: 'last', before: 'nil' });
    expect(toDesk).toMatchObject({ seq: past.toDesk, to: desk, place: '1' });
    expect(trail.end).toMatch(/outside of any recorded callback/);
  });

  it('does not take a common value for the same one', () => {
    const trail = valueTrail(questions, { process: past.store, at: at(past.end), path: ['count:'] });
    const message = trail.steps.find((each) => each.what === 'message');
    expect(message).toMatchObject({ seq: past.toStore, holds: 'maybe', place: '2', carriers: [] });
    // The trail goes on with what caused the sender to send, not with who else has a 1.
    expect(trail.steps.filter((each) => each.what === 'state')).toHaveLength(1);
  });

  it('says of what was there before that nobody is known to have set it', () => {
    const trail = valueTrail(questions, { process: past.huge, at: at(past.end), path: ['3 =>'] });
    expect(trail.end).toBe('It was so when recording began, or after a gap.');
  });

  it('counts all changes, an answer after the other', () => {
    const { ns } = recording.end();
    const query = { process: past.busy, fromNs: 0, toNs: ns, bins: 50 };
    // One answer looks for a while: on a busy machine it takes several.
    const counted = (beforeSeq?: number): number => {
      let sum = 0;
      for (let next = beforeSeq; next !== 0;) {
        const { changes, beforeSeq: older } = strip(questions, { ...query, ...(next && { beforeSeq: next }) });
        sum += changes.reduce((a, b) => a + b, 0);
        next = older;
      }
      return sum;
    };
    expect(counted()).toBe(3_000);
    expect(counted(past.changes[1_000]!)).toBe(1_000);
    expect(strip(questions, { ...query, process: past.idle })).toMatchObject({ total: 0, crashes: [] });
  });

  it('tells what the neighbouring changes did', () => {
    const here = past.changes[1_500]!;
    const told = changes(questions, { process: past.busy, at: at(here), before: 2, after: 2 });
    expect(told.before.map((each) => each.seq)).toEqual([past.changes[1_498], past.changes[1_499]]);
    expect(told.after.map((each) => each.seq)).toEqual([past.changes[1_501], past.changes[1_502]]);
    expect(told.now).toMatchObject({ seq: here, path: 'n', before: '1500', after: '1501', what: 'change' });
    expect(told.now?.callback).toBe('Past.Busy.handle_info/2');
    const nothing = changes(questions, { process: past.idle, at: at(past.end), before: 2, after: 2 });
    expect(nothing).toMatchObject({ before: [], now: undefined, after: [] });
  });

  it('compares a state with any other moment', () => {
    const asked = { process: past.busy, at: at(past.changes[99]!) };
    expect(processPanel(questions, asked).state).toMatchObject({
      base: undefined,
      diff: [{ before: '99', after: '100' }],
    });
    const base = at(past.changes[9]!);
    const { state } = processPanel(questions, { ...asked, base });
    expect(state).toMatchObject({
      base: { seq: past.changes[9], first: false },
      diff: [{ before: '10', after: '100' }],
    });
    // Before there was any: the first that was seen.
    const start = processPanel(questions, { ...asked, base: at(0) });
    expect(start.state).toMatchObject({
      base: { seq: past.changes[0], first: true },
      diff: [{ before: '1', after: '100' }],
    });
    const beside = sides(questions, { ...asked, base });
    expect(beside.lines).toEqual([{ before: '%{n: 10}', after: '%{n: 100}' }]);
  });

  it('puts two large states beside each other with only what differs', () => {
    const beside = sides(questions, { process: past.huge, at: at(past.end) });
    expect(beside.differ).toBe(1);
    expect(beside.lines.find((each) => each.before !== each.after)).toEqual({
      before: '  100 => "entry 100",',
      after: '  100 => "entry -100",',
    });
    expect(beside.lines.filter((each) => each.folded !== undefined)).toHaveLength(2);
    expect(beside.lines.length).toBeLessThan(20);
  });

  it('tells who watches whom since when, without what a call of a server watches meanwhile', () => {
    const ofStore = relations(questions, { process: past.store, at: at(past.end) });
    expect(ofStore.monitors).toMatchObject([{ process: past.desk, seq: past.watched, endSeq: 0 }]);
    expect(ofStore).toMatchObject({ monitorsRecorded: true, monitoredBy: [], totals: { monitors: 1 } });
    const ofDesk = relations(questions, { process: past.desk, at: at(past.end) });
    expect(ofDesk.monitoredBy).toMatchObject([{ process: past.store, seq: past.watched }]);
    expect(relations(questions, { process: past.desk, at: at(past.watched - 1) }).monitoredBy).toEqual([]);
    const ofIdle = relations(questions, { process: past.idle, at: at(past.end) });
    expect(ofIdle).toMatchObject({ parent: undefined, links: [], monitors: [], monitoredBy: [] });
  });

  it('finds the order by its name', () => {
    expect(JSON.stringify(valueTrail(questions, { process: past.desk, at: at(past.end), path: ['last:'] }))).toContain(
      ORDER,
    );
  });
});
