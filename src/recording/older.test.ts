/**
 * Recordings made by an earlier ElixirScope still open, and say what they said then. They were written by the code of commit 197cb00 and are
 * never made anew: a change that breaks one breaks what people have on their disks.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecording, unpackRecording, verifyRecording } from './index.js';
import { askAll, withTempDir } from './testing/index.js';

const FIXTURES = new URL('./testing/fixtures/', import.meta.url).pathname;

function asked(path: string, cacheBytes: number): unknown {
  const recording = openRecording(path, { cacheBytes });
  try {
    return askAll(recording);
  } finally {
    recording.close();
  }
}

describe.each(readdirSync(FIXTURES))('recordings of %s', (format) => {
  const folder = join(FIXTURES, format);
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
  const expected = (name: string): object => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as object;

  it('are there: closed, killed, kept to a window, cut out', () => {
    expect(names).toEqual(expect.arrayContaining(['whole', 'killed', 'window', 'slice']));
  });

  it.each(names)('answer as they did (%s)', (name) => {
    expect(asked(join(folder, name), 64 << 20)).toMatchObject(expected(name));
    // The same when hardly anything is kept in memory.
    expect(asked(join(folder, name), 4000)).toMatchObject(expected(name));
  });

  it.each(names)('are whole (%s)', (name) => {
    const { sound, finished } = verifyRecording(join(folder, name));
    expect({ sound, finished }).toEqual({ sound: true, finished: name === 'whole' || name === 'slice' });
  });

  it('come out of a packed file as they were', () => {
    withTempDir((dir) => {
      const path = join(dir, 'r.escope');
      unpackRecording(join(folder, 'whole.escopepack'), path);
      expect(asked(path, 64 << 20)).toMatchObject(expected('whole'));
    });
  });
});
