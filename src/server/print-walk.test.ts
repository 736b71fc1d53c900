/** Printing afterwards where many calls of the same function run at once, from any place on and in pages of any size. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hotSeq, hotStep, hotSteps, writeHot, type HOT_LINES } from '../../test/support/hot-recording.js';
import { openRecording, type Recording } from '../recording/index.js';
import { printAfter } from './print-questions.js';
import { Questions } from './questions.js';

const EVENTS = 1_200;
let directory: string;
let recording: Recording;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'elixirscope-walk-'));
  writeHot(join(directory, 'hot.escope'), EVENTS);
  recording = openRecording(join(directory, 'hot.escope'));
});
afterAll(() => {
  recording.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Asked {
  line: (typeof HOT_LINES)[number];
  expression: string;
  from?: number;
  limit?: number;
  process?: number;
  only?: boolean;
  /** Each page is asked of a server that knows nothing of those before. */
  forgetful?: boolean;
}

function print({ from = 0, limit = 10_000, forgetful = false, ...query }: Asked): { seq: number; text: string }[] {
  const found: { seq: number; text: string }[] = [];
  let questions = new Questions(recording);
  for (let seq = from; ;) {
    const page = printAfter(questions, { module: 'Elixir.Hot', ...query, from: seq, limit });
    expect(page.error).toBeUndefined();
    found.push(...page.hits.map((each) => ({ seq: each.seq, text: each.text.text })));
    if (page.done) return found;
    expect(page.seq).toBeGreaterThan(seq);
    seq = page.seq;
    if (forgetful) questions = new Questions(recording);
  }
}

type Step = ReturnType<typeof hotStep>;
const CASES: { line: (typeof HOT_LINES)[number]; expression: string; worth: (step: Step) => string }[] = [
  { line: 3, expression: 'total', worth: ({ total }) => String(total) },
  // Bound by the line itself, at which nothing else is known of it.
  { line: 3, expression: 'total + price', worth: ({ total, price }) => String(total + price) },
  { line: 4, expression: 'tax', worth: ({ tax }) => String(tax) },
  { line: 5, expression: '{item, price, tax, sum}', worth: ({ item, price, tax, sum }) => `{"item-${String(item)}", ${String(price)}, ${String(tax)}, ${String(sum)}}` },
  { line: 6, expression: 'sum - total', worth: ({ sum, total }) => String(sum - total) },
  { line: 6, expression: 'sum', worth: ({ sum }) => String(sum) },
]; // prettier-ignore

describe('printing along a recording', { timeout: 60_000 }, () => {
  it('gives every execution its own values, from any event on, in pages of any size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.nat(EVENTS),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        ({ line, expression, worth }, from, limit, forgetful) => {
          const expected = Array.from({ length: hotSteps(EVENTS) }, (_, i) => ({ seq: hotSeq(i, line), text: worth(hotStep(i)) })); // prettier-ignore
          expect(print({ line, expression, from, limit, forgetful })).toEqual(expected.filter(({ seq }) => seq > from));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('finds the executions at which a condition holds, of one process too', () => {
    const holding = [...Array(hotSteps(EVENTS)).keys()].filter((i) => hotStep(i).total % 97 === 13);
    const query = { line: 6, expression: 'rem(total, 97) == 13 and sum > 0', only: true } as const;
    expect(print(query).map(({ seq }) => seq)).toEqual(holding.map((i) => hotSeq(i, 6)));
    const own = holding.filter((i) => i % 20 === 13);
    expect(own.length).toBeGreaterThan(0);
    expect(print({ ...query, process: 14, limit: 1 }).map(({ seq }) => seq)).toEqual(own.map((i) => hotSeq(i, 6)));
  });
});
