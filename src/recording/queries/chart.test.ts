import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordingError } from '../errors.js';
import { formatNs, parseMoment } from '../moment-text.js';
import type { Recording } from '../query.js';
import { openRecording } from '../read/open.js';
import { LINE_NS, drawArrows, drawSlices, drawTimeline, word, writeChart, withTempDir } from '../testing/index.js';

const shop = `
client     stock      log
           =9
  |--take--->|
             #take
  |--take--->|
             |--sold--->|
             =8
  |--stop-o
             .
             #take
             =7
                        #sold
             !
  x
`;

/** Opens the recording that a chart shows. Blocks of four events, so that answers cross their borders. */
function withChart(chart: string, run: (recording: Recording) => void): void {
  withTempDir((dir) => {
    const path = join(dir, 'chart.escope');
    writeChart(chart, { path, blockEvents: 4 });
    const recording = openRecording(path);
    run(recording);
    recording.close();
  });
}

describe('a recording drawn as a chart', () => {
  it('shows callbacks and messages with their times', () => {
    withChart(shop, (recording) => {
      expect(drawSlices(recording, 0, 20)).toBe('stock take 3–8\nstock take 9–12 raised\nlog sold 11–…');
      expect(drawSlices(recording, 4, 7)).toBe('stock take 3–8');
      expect(drawArrows(recording, 0, 20)).toBe(
        'client → stock take 2 2 3\nclient → stock take 4 4 9\nstock → log sold 5 5 11\nclient → ? stop 7 - -',
      );
      const timeline = recording.timeline({ fromNs: LINE_NS, toNs: 14 * LINE_NS, bins: 13, processes: [1, 2, 3] });
      expect(drawTimeline(recording, timeline)).toBe(
        ['client  | 1 1  1     1|', 'stock   |111111 111 1 |', 'log     |    1     1  |'].join('\n'),
      );
    });
  });

  it('tells state, where it came from, and the mailbox at each moment', () => {
    withChart(shop, (recording) => {
      const at = (line: number): ReturnType<Recording['momentAt']> => recording.momentAt(line * LINE_NS);
      const stock = recording.findProcess('stock')!;
      expect([1, 5, 6, 9, 10, 99].map((line) => word(recording.state(stock, at(line))?.value))).toEqual(
        ['9', '9', '8', '8', '7', '7'], // prettier-ignore
      );
      const state = recording.state(stock, at(7))!;
      expect(word(state.previous?.value)).toBe('9');
      expect(word(state.changed?.message)).toBe('take');
      expect(state.changed?.from).toBe(recording.findProcess('client'));
      expect(recording.state(stock, at(3))?.changed).toBeUndefined();
      const lengths = [1, 2, 3, 4, 8, 9].map((line) => recording.mailbox(stock, at(line)).total);
      expect(lengths).toEqual([0, 1, 0, 1, 1, 0]);
      expect(recording.mailbox(1, at(5))).toMatchObject({ exact: false, total: 0 });
      expect(recording.alive(1, at(12))).toBe(true);
      expect(recording.alive(1, at(13))).toBe(false);
    });
  });
});

describe('the mailbox of a behaviour with priorities', () => {
  const queue = `
client     queue/gen_server2
  |--low---->|
  |--tick--->|
  |--low---->|
  |--high--->|
             #high
             .
             #low
             .
             #low
             .
  |--last--->|
`;

  it('keeps what is handled after something younger, and gives up what never is', () => {
    withChart(queue, (recording) => {
      const process = recording.findProcess('queue')!;
      const lines = [1, 4, 5, 7, 9, 11];
      const waiting = lines.map((line) =>
        recording.mailbox(process, recording.momentAt(line * LINE_NS)).messages.map(({ message }) => word(message)),
      );
      // The behaviour itself took the tick: nothing tells when.
      expect(waiting).toEqual([['low'], ['low', 'low', 'high'], ['low', 'low'], ['low'], [], ['last']]);
    });
  });
});

describe('moments as text', () => {
  it('are start, end, a time after the start, an event or nanoseconds', () => {
    withChart(shop, (recording) => {
      const moment = (text: string): number => parseMoment(text, recording).seq;
      expect(moment('start')).toBe(0);
      expect(moment('end')).toBe(recording.info().events);
      expect(moment('#4')).toBe(4);
      expect(moment('+2us')).toBe(moment('2000'));
      expect(moment('+0.002ms')).toBe(moment('+2µs'));
      expect(moment('+1h')).toBe(recording.info().events);
      expect(moment('0')).toBe(0);
    });
  });

  it('say what can be written when they are something else', () => {
    withChart(shop, (recording) => {
      for (const text of ['', 'tomorrow', '#', '-5', '+3 weeks', '1e9'])
        expect(() => parseMoment(text, recording)).toThrow(RecordingError);
      expect(() => parseMoment('soon', recording)).toThrow(/'soon' is not a moment\. Write start, end, \+1\.25s/);
      expect(() => parseMoment('#999', recording)).toThrow(/the last one is #/);
    });
  });

  it('are printed with the digits that are worth something', () => {
    expect([0, 850, 1500, 12_345, 999_960, 3_070_000, 1.25e9, 59.9e9, 123.5e9, 3_723.4e9, -1500].map(formatNs)).toEqual(
      [
        '0 ns',
        '850 ns',
        '1.500 µs',
        '12.35 µs',
        '1.000 ms',
        '3.070 ms',
        '1.250 s',
        '59.90 s',
        '2 m 03.5 s',
        '1 h 02 m 03.4 s',
        '-1.500 µs',
      ],
    );
  });
});
