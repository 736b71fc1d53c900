import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bringBack, offload, offloadedDisk, parseS3Target, readOffloadList } from '../../src/fleet/index.js';
import {
  createRecording,
  openRecording,
  packRecording,
  repairRecording,
  sliceRecording,
  unpackRecording,
  verifyRecording,
  type BulkRecording,
} from '../../src/recording/index.js';
import { RandomRecording } from '../../src/recording/testing/index.js';
import { s3Missing, startS3, type TestS3 } from '../support/s3.js';

if (s3Missing !== undefined) process.stderr.write(`skipped: ${s3Missing}\n`);

let store: TestS3;
let directory: string;
const before = { ...process.env };

beforeAll(async () => {
  if (s3Missing !== undefined) return;
  directory = mkdtempSync(join(tmpdir(), 'elixirscope-offload-'));
  store = await startS3();
  Object.assign(process.env, store.env);
});
afterAll(async () => {
  if (s3Missing !== undefined) return;
  process.env = before;
  await store.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** A recording of many small segments. */
function recorded(name: string, seed: number, events = 1200): string {
  const path = join(directory, `${name}.escope`);
  const writer = createRecording({ path, startedAtMs: 1_700_000_000_000, blockEvents: 64, segmentBlocks: 4 });
  new RandomRecording(writer, seed, 1000).run(events);
  writer.close();
  return path;
}

const segments = (path: string): string[] => readdirSync(path).filter((name) => name.startsWith('segment-'));

/** Enough to have read every part of every block. */
function answers(recording: BulkRecording): unknown {
  const end = recording.end();
  const ids = recording.processes().map(({ id }) => id);
  const { bytes: _, ...info } = recording.info();
  return {
    info,
    events: [...recording.events({})],
    crashes: [...recording.crashes()],
    states: ids.map((id) => recording.state(id, end)),
    mailboxes: ids.map((id) => recording.mailbox(id, recording.momentOf(700))),
    timeline: recording.timeline({ fromNs: 0, toNs: end.ns + 1, bins: 5, processes: ids }),
    histories: ids.slice(0, 5).map((id) => [...recording.history(id)]),
  };
}

function all(path: string): unknown {
  const recording = openRecording(path, { disk: offloadedDisk() });
  try {
    return answers(recording);
  } finally {
    recording.close();
  }
}

const objects = (prefix: string): string[] =>
  readdirSync(join(store.folder, prefix), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('_object'))
    .map((name) => join(store.folder, prefix, name));

describe.skipIf(s3Missing !== undefined)('an offloaded recording', () => {
  it('answers as before, from the store, and comes back as it was', async () => {
    const path = recorded('whole', 1);
    const names = segments(path);
    const bytes = names.map((name) => readFileSync(join(path, name)));
    const expected = all(path);
    const sealed = names.length;
    expect(sealed).toBeGreaterThan(3);
    const result = await offload({ path, to: parseS3Target(store.url('a/b')) });
    expect(result).toMatchObject({ segments: sealed, moved: sealed });
    expect(segments(path)).toEqual([]);
    expect(all(path)).toEqual(expected);
    expect(verifyRecording(path, offloadedDisk())).toMatchObject({ sound: true, finished: true, problems: [] });
    expect(await offload({ path, to: parseS3Target(store.url('a/b')) })).toMatchObject({ segments: sealed, moved: 0 });
    expect(readFileSync(join(path, 'offload.json'), 'utf8')).not.toContain('S3RVER');

    expect(await bringBack({ path })).toEqual({ segments: sealed });
    expect(names.map((name) => readFileSync(join(path, name)))).toEqual(bytes);
    expect(existsSync(join(path, 'offload.json'))).toBe(false);
    expect(all(path)).toEqual(expected);
  });

  it('can be packed, cut and repaired where it lies', async () => {
    const path = recorded('used', 2);
    const expected = all(path);
    await offload({ path, to: parseS3Target(store.url('used')) });
    const disk = offloadedDisk();
    packRecording(path, join(directory, 'used.pack'), disk);
    unpackRecording(join(directory, 'used.pack'), join(directory, 'unpacked.escope'));
    expect(all(join(directory, 'unpacked.escope'))).toEqual(expected);
    const whole = openRecording(path, { disk });
    const [from, to] = [whole.momentOf(300), whole.momentOf(600)];
    sliceRecording(path, join(directory, 'cut.escope'), { from, to, disk });
    whole.close();
    expect(verifyRecording(join(directory, 'cut.escope'))).toMatchObject({ sound: true });
    rmSync(join(path, 'recording.json'));
    expect(repairRecording(path, join(directory, 'repaired.escope'), disk)).toMatchObject({ events: expect.any(Number), lost: 0 }); // prettier-ignore
    expect(verifyRecording(join(directory, 'repaired.escope'))).toMatchObject({ sound: true });
  });

  it('says what is wrong when an object is gone, replaced or damaged', async () => {
    const path = recorded('harmed', 3);
    await offload({ path, to: parseS3Target(store.url('harmed')) });
    const [first] = objects('harmed');
    const whole = readFileSync(first!);
    const meta = first!.replace(/_object$/, '_metadata.json');
    const described = readFileSync(meta);

    // The bytes changed under the same name: the store tells another checksum.
    const harmed = Buffer.from(whole);
    harmed[harmed.length >> 1]! ^= 1;
    writeFileSync(first!, harmed);
    const md5 = first!.replace(/_object$/, '_metadata.md5');
    if (existsSync(md5)) rmSync(md5);
    expect(() => all(path)).toThrow(/damaged|not what was put there/);
    expect(verifyRecording(path, offloadedDisk()).sound).toBe(false);
    await expect(bringBack({ path, patienceMs: 0 })).rejects.toThrow(/is not what was put there/);

    writeFileSync(first!, whole.subarray(0, whole.length - 100));
    expect(() => all(path)).toThrow(/s3:\/\/recordings\/harmed\//);
    rmSync(first!);
    rmSync(meta);
    expect(() => all(path)).toThrow(/s3:\/\/recordings\/harmed\/.* is not there/);
    expect(described.length).toBeGreaterThan(0);
    // The others are whole: repair keeps them.
    const repaired = repairRecording(path, join(directory, 'rest.escope'), offloadedDisk());
    expect(repaired.events).toBeGreaterThan(500);
    expect(repaired.lost).toBeGreaterThan(0);
  });

  it('keeps what is here when the store refuses, and goes on where it was stopped', async () => {
    const path = recorded('refused', 4);
    const count = segments(path).length;
    const to = parseS3Target(store.url('x', 'nobucket'));
    await expect(offload({ path, to, patienceMs: 0 })).rejects.toThrow(/no such bucket/);
    process.env['AWS_ACCESS_KEY_ID'] = 'SOMEBODY';
    await expect(offload({ path, to: parseS3Target(store.url('x')), patienceMs: 0 })).rejects.toThrow(/wrong keys/);
    delete process.env['AWS_ACCESS_KEY_ID'];
    await expect(offload({ path, to: parseS3Target(store.url('x')), patienceMs: 0 })).rejects.toThrow(
      /AWS_ACCESS_KEY_ID/,
    );
    Object.assign(process.env, store.env);
    const nobody = parseS3Target('s3://recordings/x?endpoint=http://127.0.0.1:9');
    await expect(offload({ path, to: nobody, patienceMs: 0 })).rejects.toThrow(/cannot reach the store/);
    expect(segments(path).length).toBe(count);
    expect(readOffloadList(path)).toBeUndefined();

    // Killed after one segment was moved.
    const stop = new AbortController();
    await offload({ path, to: parseS3Target(store.url('x')), signal: stop.signal, onProgress: () => stop.abort() });
    expect(segments(path).length).toBe(count - 1);
    // And one whose local copy was still there.
    const name = Object.keys(readOffloadList(path)!.files)[0]!;
    const copy = join(directory, 'again');
    cpSync(path, copy, { recursive: true });
    await bringBack({ path: copy });
    cpSync(join(copy, name), join(path, name));
    expect(await offload({ path, to: parseS3Target(store.url('x')) })).toMatchObject({
      segments: count,
      moved: count - 1,
    });
    expect(segments(path)).toEqual([]);
    await expect(offload({ path, to: parseS3Target(store.url('x', 'other')) })).rejects.toThrow(/already/);
    all(path);
  });

  it('follows a recording that grows', async () => {
    const path = join(directory, 'live.escope');
    const writer = createRecording({ path, startedAtMs: 1_700_000_000_000, blockEvents: 64, segmentBlocks: 2 });
    const random = new RandomRecording(writer, 5, 1000);
    random.run(200);
    writer.flush();
    const moving = offload({ path, to: parseS3Target(store.url('live')), follow: true, roundMs: 20 });
    const disk = offloadedDisk();
    const reader = openRecording(path, { disk });
    for (const events of [500, 900]) {
      random.run(events);
      writer.flush();
      await expect.poll(() => segments(path).length, { timeout: 20_000 }).toBeLessThanOrEqual(1);
      reader.refresh();
      expect(reader.info().events).toBeGreaterThanOrEqual(events);
      expect([...reader.events({})].map(({ seq }) => seq)).toEqual(random.rows.map(({ seq }) => seq));
    }
    writer.close();
    const result = await moving;
    expect(result.segments).toBeGreaterThan(5);
    expect(segments(path)).toEqual([]);
    reader.refresh();
    expect([...reader.events({})].map(({ terms }) => terms)).toEqual(random.rows.map(({ terms }) => terms));
    reader.close();
  });

  it('is there from the command line', async () => {
    const path = recorded('cli', 6);
    const expected = await cli('events', path, '--json', '--limit', '40');
    expect(await cli('offload', path, '--to', store.url('cli'))).toMatch(/segments \(.*\) are in s3:\/\/recordings\/cli\/cli-[0-9a-f]{8}, \d+ of them new/); // prettier-ignore
    expect(segments(path)).toEqual([]);
    expect(await cli('events', path, '--json', '--limit', '40')).toBe(expected);
    expect(await cli('verify', path)).toMatch(/everything is whole/);
    expect(await cli('offload', path, '--back')).toMatch(/segments are here again/);
    expect(segments(path).length).toBeGreaterThan(3);
  });
});

function cli(...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bin/elixirscope', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let error = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (error += text.toString()));
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(error))));
  });
}
