/** Whatever is typed: a value, a reason, or an ExpressionError with a place inside the text, in bounded time. Nothing else ever comes out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRecordedTerm } from '../../test/support/arbitrary-term.js';
import { printTerm, type Term } from '../term/index.js';
import { evaluate, ExpressionError, functionNames, parseExpression, variablesOf, type Syntax } from './index.js';

const syntax = fc.constantFrom<Syntax>('elixir', 'erlang');
const WORDS = [
  'a', 'b', 'A', 'B', '1', '2.5', '-', '+', '*', '/', '**', 'div', 'rem', 'bsl', '(', ')', '[', ']', '{', '}', '%{', '#{', '}', '|', '=>', ':=', ',', '.', ':',
  '"', "'", '"a"', '<<', '>>', 'fn', 'fun', '->', 'end', '&', '&1', '|>', '..', '//', 'in', 'not', 'and', 'or', 'andalso', '==', '=:=', '<', '<>', '++', '--',
  'if', 'do:', 'match?(', 'nil', ':x', '_', '^', '@', ';', '\\', '\u202e', '99999999999999999999', '1..9', '~c"', '?', '$', '#PID<0.1.0>', ' ', '\n', '☃', 'Enum.map(a, &(&1))',
]; // prettier-ignore
const soup = fc.array(fc.constantFrom(...WORDS), { maxLength: 30 }).map((words) => words.join(' '));
const glued = fc.array(fc.constantFrom(...WORDS), { maxLength: 30 }).map((words) => words.join(''));

function tried(text: string, of: Syntax, variables: ReadonlyMap<string, Term>): void {
  try {
    const expr = parseExpression(text, of);
    variablesOf(expr);
    const found = evaluate(expr, variables, { steps: 20_000 });
    if (found.kind === 'value') expect(printTerm(found.value, { maxLength: 200 }).length).toBeLessThan(300);
    else {
      expect(found.at).toBeLessThanOrEqual(text.length);
      expect(found.why).not.toBe('');
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    expect(error.at).toBeGreaterThanOrEqual(0);
    expect(error.at).toBeLessThanOrEqual(text.length);
    expect(error.length).toBeGreaterThan(0);
  }
}

const variables = fc
  .tuple(arbitraryRecordedTerm, arbitraryRecordedTerm)
  .map(([a, b]) => new Map<string, Term>([['a', a], ['A', a], ['b', b], ['B', b]])); // prettier-ignore

describe('any text', () => {
  it('of characters', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60, unit: 'grapheme' }), syntax, variables, tried), {
      numRuns: 2_000,
    });
  });
  it('of what expressions are made of', () => {
    fc.assert(fc.property(fc.oneof(soup, glued), syntax, variables, tried), { numRuns: 4_000 });
  });
  it('in which functions are called with anything', () => {
    const call = syntax.chain((of) =>
      fc.constantFrom(...functionNames(of)).chain((name) => {
        const [fn, arity] = [name.slice(0, name.lastIndexOf('/')), Number(name.slice(name.lastIndexOf('/') + 1))];
        const args = of === 'elixir' ? ['a', 'b', '&(&1)', '&(&1 == &2)', '1', '-1', '"x"', ':asc', 'nil', '[a, b]', '%{x: a}'] : ['A', 'B', 'fun(X) -> X end', 'fun(X, Y) -> {X, Y} end', '1', '0', '"x"', 'y', '[A, B]', '#{x => A}']; // prettier-ignore
        return fc
          .array(fc.constantFrom(...args), { minLength: arity, maxLength: arity })
          .map((chosen) => ({ of, text: `${fn}(${chosen.join(', ')})` }));
      }),
    );
    fc.assert(fc.property(call, variables, ({ of, text }, values) => { tried(text, of, values); }), { numRuns: 6_000 }); // prettier-ignore
  });
});
