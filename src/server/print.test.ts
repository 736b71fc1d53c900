/** Printing afterwards, over a recording that is known line by line. */
import { describe, expect, it } from 'vitest';
import { codeRecording } from '../../test/support/code-recording.js';
import type { PrintResult } from './print-protocol.js';
import { printAfter, printNames } from './print-questions.js';
import { Questions } from './questions.js';

const { recording, depot, client, takes } = codeRecording(40);
const questions = new Questions(recording);
/** Asked for until all is told, as a browser does: each answer takes a bounded time only. */
function print(
  line: number,
  expression: string,
  more: { limit?: number; from?: number; only?: boolean; process?: number } = {},
): PrintResult {
  // prettier-ignore
  const { limit = 1_000, from = 0, ...rest } = more;
  const whole: PrintResult = { hits: [], looked: 0, unknown: 0, seq: from, done: false };
  while (!whole.done && whole.hits.length < limit) {
    const query = {
      module: 'Elixir.Depot',
      line,
      expression,
      from: whole.seq,
      limit: limit - whole.hits.length,
      ...rest,
    };
    const { hits, looked, unknown, ...last } = printAfter(questions, query);
    whole.hits.push(...hits);
    Object.assign(whole, last, { looked: whole.looked + looked, unknown: whole.unknown + unknown });
  }
  return whole;
}
const texts = (line: number, expression: string, more: { limit?: number } = {}): string[] =>
  print(line, expression, more).hits.map(({ text }) => text.text);

describe('printing afterwards', () => {
  it('works an expression out at every execution of a line', () => {
    const found = print(10, 'left - count');
    expect(found).toMatchObject({ looked: 40, unknown: 0, done: true, seq: recording.end().seq });
    expect(found.hits.map(({ number }) => number)).toEqual(takes.map(({ left, count }) => left - count));
    expect(found.hits.map(({ seq }) => seq)).toEqual(takes.map(({ lines }) => lines[10]));
    expect(found.hits[0]).toMatchObject({
      process: depot,
      kind: 'value',
      ns: recording.momentOf(takes[0]!.lines[10]!).ns,
    });
  });

  it('takes what the line itself binds from what comes after it', () => {
    expect(texts(9, 'left').slice(0, 3)).toEqual(takes.slice(0, 3).map(({ left }) => String(left)));
    // In the line, several calls lie inside of it.
    expect(texts(10, '{left, rest}')[0]).toBe(
      `{${String(takes[0]!.left)}, ${String(takes[0]!.left - takes[0]!.count)}}`,
    );
  });

  it('shows what the values of a line hold, in the language of the file', () => {
    expect(texts(9, 'depot.boxes[item]').slice(0, 2)).toEqual(takes.slice(0, 2).map(({ left }) => String(left)));
    expect(texts(9, '"#{item}: #{count}"')[0]).toBe('"mug: 2"');
    expect(texts(9, 'Enum.sum(Map.values(depot.boxes))')[0]).toBe('1400');
  });

  it('finds where a condition holds first, and goes on from there', () => {
    const [first] = print(10, 'left < 450', { only: true, limit: 1 }).hits;
    const wanted = takes.find(({ left }) => left < 450)!;
    expect(first!.seq).toBe(wanted.lines[10]);
    const next = print(10, 'left < 450', { only: true, limit: 1, from: first!.seq });
    expect(next.hits[0]!.seq).toBe(takes.find(({ left, handle }) => left < 450 && handle > wanted.handle)!.lines[10]);
    expect(next.done).toBe(false);
  });

  it('asks for one process alone', () => {
    expect(print(10, 'left', { process: depot }).hits).toHaveLength(40);
    expect(print(10, 'left', { process: client })).toMatchObject({ hits: [], looked: 0, done: true });
  });

  it('says what would be raised, what is not there, and what is no expression', () => {
    expect(print(10, 'left.boxes').hits[0]).toMatchObject({ kind: 'raised' });
    const error = {
      message: 'no variable rset at this line: there are item, count, depot, left, rest',
      at: 2,
      length: 4,
    };
    expect(print(10, '1+rset')).toMatchObject({ hits: [], done: true, error });
    expect(print(10, 'left +')).toMatchObject({ hits: [], done: true, error: { at: 6 } });
    expect(print(13, 'left')).toMatchObject({ hits: [], looked: 0, done: true });
    expect(printAfter(questions, { module: 'depot_log', line: 5, expression: 'X', from: 0, limit: 5 })).toMatchObject({ done: true, hits: [] }); // prettier-ignore
  });

  it('knows the names of a line, and the nearest line that is recorded', () => {
    const { names, known, syntax, functions } = printNames(questions, { module: 'Elixir.Depot', line: 10 });
    expect(names.map(({ name, bound }) => `${name}${bound ? ' bound' : ''}`)).toEqual(['item', 'count', 'depot', 'left', 'rest bound']); // prettier-ignore
    expect({ known, syntax }).toEqual({ known: true, syntax: 'elixir' });
    expect(functions).toContain('Map.get/2');
    expect(printNames(questions, { module: 'Elixir.Depot', line: 13 })).toMatchObject({
      names: [],
      known: false,
      nearest: 12,
    });
    const nothing = printNames(questions, { module: 'depot_log', line: 1 });
    expect(nothing).toMatchObject({ known: false, syntax: 'erlang' });
    expect(nothing.nearest).toBeUndefined();
  });
});
