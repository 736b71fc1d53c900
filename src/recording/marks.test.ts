import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeMarks,
  checkMark,
  MARK_COLOURS,
  marksText,
  MAX_MARKS,
  parseMarks,
  readMarks,
  whyNoMarks,
  type Mark,
} from './marks.js';
import { openRecording, packRecording, sliceRecording, unpackRecording, verifyRecording } from './index.js';
import { withTempDir, writeChart } from './testing/index.js';

const mark = (change: Partial<Mark> = {}): Mark => ({
  id: 'a',
  name: 'here',
  colour: 'blue',
  text: '',
  seq: 1,
  ns: 10,
  process: 0,
  path: '',
  madeMs: 0,
  ...change,
});
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const CHART = `
    a           b
    |--one----->|
    |           #one
    |           =1
    |           .
    |--two----->|
    |           #two
    |           =2
    |           .
`;

describe('marks', () => {
  it('are what was kept, whatever is in them', () => {
    const anyMark = fc.record({
      id: fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/),
      name: fc.string({ minLength: 1, maxLength: 200 }).filter((name) => name.trim() !== '' && !/\p{Cc}/u.test(name)),
      colour: fc.constantFrom(...MARK_COLOURS),
      text: fc.string({ maxLength: 300 }),
      seq: fc.nat(),
      ns: fc.nat(),
      process: fc.nat({ max: 9 }).map((n) => n + 1),
      path: fc.string({ maxLength: 30 }),
      madeMs: fc.nat(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(anyMark, { selector: ({ id }) => id, maxLength: 20 }), (marks) => {
        const read = parseMarks(marksText(marks));
        expect(read).toHaveLength(marks.length);
        for (const one of marks) expect(read).toContainEqual(one);
        expect(read.map(({ seq }) => seq)).toEqual(marks.map(({ seq }) => seq).sort((a, b) => a - b));
      }),
    );
  });

  it('of a file that is not one are refused in words', () => {
    const refused: [unknown, string][] = [
      [[], 'holds no marks'],
      [{ version: 1 }, 'holds no marks'],
      [{ version: 2, marks: [] }, 'newer ElixirScope'],
      [{ version: 1, marks: [mark({ id: '../x' })] }, 'its id'],
      [{ version: 1, marks: [mark(), mark()] }, 'two marks'],
      [{ version: 1, marks: [mark({ name: 'a\nb' })] }, 'one line'],
      [{ version: 1, marks: [mark({ text: 'x'.repeat(65_537) })] }, 'at most 65536'],
      [{ version: 1, marks: [mark({ seq: -1 })] }, 'no moment'],
      [{ version: 1, marks: [mark({ path: 'free' })] }, 'of no process'],
      [{ version: 1, marks: new Array(MAX_MARKS + 1).fill(mark()) }, 'more than'],
    ];
    for (const [content, words] of refused) expect(() => parseMarks(bytes(content))).toThrow(words);
    expect(() => parseMarks(new Uint8Array([0xff, 0x00]))).toThrow('not JSON');
    expect(checkMark(mark({ colour: 'puce' as Mark['colour'] }))).toMatchObject({ colour: 'grey' });
    expect(checkMark({ ...mark(), __proto__: { polluted: true }, extra: 1 })).toEqual(mark());
  });

  it('never crash on anything', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        try {
          parseMarks(new TextEncoder().encode(json));
        } catch (error) {
          expect((error as Error).name).toBe('RecordingError');
        }
      }),
    );
  });

  it('change one after the other, and leave nothing half written', () =>
    withTempDir((directory) => {
      const path = join(directory, 'a.escope');
      writeChart(CHART, { path });
      changeMarks(path, (marks) => [...marks, mark()]);
      changeMarks(path, (marks) => [...marks, mark({ id: 'b', seq: 0 })]);
      expect(readMarks(path).map(({ id }) => id)).toEqual(['b', 'a']);
      const before = readFileSync(join(path, 'marks.json'));
      expect(() => changeMarks(path, () => new Array<Mark>(MAX_MARKS + 1).fill(mark()))).toThrow('at most');
      expect(readFileSync(join(path, 'marks.json'))).toEqual(before);
      expect(existsSync(join(path, 'marks.json.next'))).toBe(false);
      // Somebody is writing; somebody was killed while writing.
      writeFileSync(join(path, 'marks.json.next'), '');
      expect(() => changeMarks(path, () => [])).toThrow('try again');
      utimesSync(join(path, 'marks.json.next'), 1, 1);
      expect(changeMarks(path, () => [])).toEqual([]);
    }));

  it('that are damaged are not written over', () =>
    withTempDir((directory) => {
      const path = join(directory, 'a.escope');
      writeChart(CHART, { path });
      writeFileSync(join(path, 'marks.json'), '{"version":1,"mar');
      expect(() => changeMarks(path, (marks) => [...marks, mark()])).toThrow('damaged');
      expect(readFileSync(join(path, 'marks.json'), 'utf8')).toBe('{"version":1,"mar');
      expect(verifyRecording(path).problems.map(({ file }) => file)).toEqual(['marks.json']);
    }));

  it('leave what was recorded as it was', () =>
    withTempDir((directory) => {
      const path = join(directory, 'a.escope');
      writeChart(CHART, { path });
      const recording = openRecording(path);
      const info = recording.info();
      changeMarks(path, () => [mark()]);
      expect(verifyRecording(path)).toMatchObject({ sound: true, finished: true, problems: [] });
      expect(recording.refresh()).toBe(false);
      expect({ ...recording.info(), bytes: 0 }).toEqual({ ...info, bytes: 0 });
      recording.close();
    }));

  it('travel with packing and cutting', () =>
    withTempDir((directory) => {
      const path = join(directory, 'a.escope');
      writeChart(CHART, { path });
      const recording = openRecording(path);
      const end = recording.end();
      const process = recording.findProcess('b') ?? recording.processes().at(-1)!.id;
      const at = (seq: number, id: string): Mark => mark({ id, ...recording.momentOf(seq), process, path: 'x' });
      changeMarks(path, () => [at(1, 'early'), at(end.seq, 'late')]);
      packRecording(path, join(directory, 'a.pack'));
      unpackRecording(join(directory, 'a.pack'), join(directory, 'b.escope'));
      expect(readMarks(join(directory, 'b.escope'))).toEqual(readMarks(path));
      const out = join(directory, 'c.escope');
      sliceRecording(path, out, { from: recording.momentOf(2), to: end });
      const cut = openRecording(out);
      expect(readMarks(out)).toMatchObject([{ id: 'late', seq: cut.end().seq, ns: end.ns, path: 'x' }]);
      expect(cut.processes()[readMarks(out)[0]!.process - 1]?.name).toBe(recording.processes()[process - 1]?.name);
      cut.close();
      recording.close();
    }));

  it('cannot be kept where there is no folder', () =>
    withTempDir((directory) => {
      expect(whyNoMarks(join(directory, 'nothing'))).toContain('no folder');
      writeFileSync(join(directory, 'file'), '');
      expect(whyNoMarks(join(directory, 'file'))).toContain('packed');
      expect(whyNoMarks(directory)).toBeUndefined();
    }));
});
