import { describe, expect, it } from 'vitest';
import { atom, binary, map, tuple, type Term } from '../term/index.js';
import type { RecordedEvent } from './query.js';
import { Raises, raiseText } from './raises.js';

const NAMES = ['', 'inner/2', 'outer/1', 'test a mug is sold/1', 'sum_test/0', 'test/1'];
const nameOf = (fn: number): { name: string; arity: number } => {
  const [name, arity] = NAMES[fn]!.split('/');
  return { name: name!, arity: Number(arity) };
};

/** Each line an exception: process, function, the call that it ended, what was raised. */
function raisesOf(drawing: string): string[] {
  const raises = new Raises(nameOf);
  drawing
    .trim()
    .split('\n')
    .forEach((line, i) => {
      const [process, fn, call, reason] = line.trim().split(/\s+/);
      raises.add({
        seq: 100 + i,
        ns: i,
        kind: 'exception',
        flags: 0,
        process: Number(process),
        peer: 0,
        fn: Number(fn),
        cause: Number(call),
        terms: [atom('error'), atom(reason!)],
      } satisfies RecordedEvent);
    });
  return raises.list.map(
    ({ seq, process, fn, outermost, test }) =>
      `${String(seq)} ${String(process)} ${String(fn)}..${String(outermost)}${test ? ' test' : ''}`,
  );
}

describe('exceptions, each once', () => {
  it.each([
    ['alone', '1 1 50 badarg', ['100 1 1..1']],
    ['through the functions that it leaves', '1 1 50 badarg\n1 2 40 badarg\n1 3 30 badarg', ['100 1 1..3 test']],
    ['one after the other', '1 1 50 badarg\n1 1 60 badarg', ['100 1 1..1', '101 1 1..1']],
    ['another one on the way out', '1 1 50 badarg\n1 2 40 badmatch', ['100 1 1..1', '101 1 2..2']],
    ['of two processes at once', '1 1 50 badarg\n2 1 51 badarg\n1 2 40 badarg\n2 2 41 badarg', ['100 1 1..2', '101 2 1..2']], // prettier-ignore
    ['of which the call is not recorded', '1 1 50 badarg\n1 2 0 badarg', ['100 1 1..1', '101 1 2..2']],
    ['of a test of EUnit', '1 4 50 badmatch', ['100 1 4..4 test']],
    ['of a function that is only called so', '1 5 50 badmatch', ['100 1 5..5']],
  ])('%s', (_what, drawing, expected) => {
    expect(raisesOf(drawing)).toEqual(expected);
  });
});

describe('what was raised, in words', () => {
  const text = (reason: Term | undefined, kind = 'error'): string =>
    raiseText({ seq: 1, ns: 0, process: 1, fn: 0, outermost: 0, test: false, class: kind, reason }, {});
  const exception = (message: Term): Term =>
    map([
      [atom('__struct__'), atom('Elixir.KeyError')],
      [atom('__exception__'), atom('true')],
      [atom('message'), message],
    ]);

  it('is the message of an exception of Elixir, on one line', () => {
    expect(text(exception(binary('key :mug\n\n  not found\n')))).toBe('** (KeyError) key :mug not found');
  });

  it('is the value where there is no message, or only a part of one', () => {
    expect(text(atom('function_clause'))).toBe(':function_clause');
    expect(text(tuple(atom('badmatch'), atom('ok')))).toBe('{:badmatch, :ok}');
    expect(text(exception({ kind: 'binary', bytes: Buffer.from('key'), size: 900 }))).toContain('%KeyError{');
    expect(text(exception(atom('nil')))).toBe('%KeyError{message: nil}');
  });

  it('names other classes than errors', () => {
    expect(text(atom('done'), 'throw')).toBe('throw :done');
    expect(text(undefined)).toBe('not recorded');
  });
});
