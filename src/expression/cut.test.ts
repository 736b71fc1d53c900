/** What was cut is never guessed over; what the rest tells is told. */
import { describe, expect, it } from 'vitest';
import { atom, binary, int, list, map, printTerm, tuple, type Term } from '../term/index.js';
import { evaluate, ExpressionError, functionNames, parseExpression, variablesOf, type Syntax } from './index.js';

const VARIABLES = new Map<string, Term>([
  ['gone', { kind: 'cut', why: 'depth' }],
  ['deep', { kind: 'cut', why: 'depth', of: 'map', size: 7 }],
  ['secret', { kind: 'redacted' }],
  ['text', { kind: 'binary', bytes: new TextEncoder().encode('GET /mugs'), size: 5_000 }],
  ['list', { kind: 'list', elements: [int(1), int(2)], more: true }],
  ['tuple', { kind: 'tuple', elements: [atom('ok'), int(1)], size: 9 }],
  ['map', { kind: 'map', entries: [[atom('a'), int(1)], [atom('b'), { kind: 'cut', why: 'bytes' }]], size: 50 }], // prettier-ignore
  ['fun', { kind: 'function', text: '#Fun<m.0.1>' }],
  ['whole', map([[atom('a'), list([int(1)])]])],
  ['state', tuple(atom('s'), binary('x'))],
]);

function say(text: string, syntax: Syntax = 'elixir'): string {
  try {
    const found = evaluate(parseExpression(text, syntax), VARIABLES);
    return found.kind === 'value' ? printTerm(found.value) : found.kind;
  } catch (error) {
    if (error instanceof ExpressionError) return `at ${String(error.at)}: ${error.message}`;
    throw error;
  }
}

describe('a value that was cut', () => {
  it.each([
    // All that is needed is there.
    ['map_size(deep)', '7'],
    ['is_map(deep)', 'true'],
    ['is_list(deep)', 'false'],
    ['byte_size(text)', '5000'],
    ['String.starts_with?(text, "GET ")', 'true'],
    ['String.starts_with?(text, "PUT ")', 'false'],
    ['text == "GET /mugs"', 'false'],
    ['text < "HEAD"', 'true'],
    ['hd(list)', '1'],
    ['Enum.at(list, 1)', '2'],
    ['Enum.take(list, 2)', '[1, 2]'],
    ['2 in list', 'true'],
    ['list == [2]', 'false'],
    ['list < [2]', 'true'],
    ['tuple_size(tuple)', '9'],
    ['elem(tuple, 1)', '1'],
    ['tuple == {:ok, 1}', 'false'],
    ['match?({:ok, _}, tuple)', 'false'],
    ['map.a', '1'],
    ['Enum.count(map)', '50'],
    ['map == %{}', 'false'],
    ['is_struct(whole)', 'false'],
    ['{gone, 1}', '{‹cut: deeper›, 1}'],
    ['map', '%{a: 1, b: ‹cut: too large›, …(+48)}'],
    ['true or gone', 'true'],
    ['Map.put(map, :a, 2).a', '2'],
    // Something is missing.
    ['gone', '‹cut: deeper›'],
    ['gone + 1', 'unknown'],
    ['gone == gone', 'unknown'],
    ['gone or true', 'unknown'],
    ['is_map(gone)', 'unknown'],
    ['deep.a', 'unknown'],
    ['deep == %{}', 'false'],
    ['secret == "x"', 'unknown'],
    ['"#{secret}"', 'unknown'],
    ['length(list)', 'unknown'],
    ['3 in list', 'unknown'],
    ['Enum.sum(list)', 'unknown'],
    ['Enum.at(list, 2)', 'unknown'],
    ['Enum.at(list, -1)', 'unknown'],
    ['list == [1, 2]', 'unknown'],
    ['list < [1, 2, 3]', 'unknown'],
    ['[0] ++ list', '[0, 1, 2, …]'],
    ['list ++ [0]', 'unknown'],
    ['elem(tuple, 5)', 'unknown'],
    ['elem(tuple, 9)', 'raised'],
    ['text == text', 'unknown'],
    ['String.contains?(text, "x")', 'unknown'],
    ['String.starts_with?(text, "GET /mugs/7")', 'unknown'],
    ['map.c', 'unknown'],
    ['map[:c]', 'unknown'],
    ['map.b + 1', 'unknown'],
    ['Map.keys(map)', 'unknown'],
    ['Map.has_key?(map, :c)', 'unknown'],
    ['is_struct(map)', 'unknown'],
    ['inspect(map)', 'unknown'],
    ['fun == fun', 'unknown'],
    ['missing', 'unknown'],
    ['if(gone, do: 1, else: 2)', 'unknown'],
    ['match?([_, _, _], list)', 'unknown'],
  ])('%s is %s', (text, answer) => {
    expect(say(text)).toBe(answer);
  });
});

describe('what is not known here', () => {
  it.each([
    ['', 'at 0: an expression was expected, but the text ends'],
    ['1 +', 'at 3: an expression was expected, but the text ends'],
    ['(1', 'at 2: ) was expected, but the text ends'],
    ['x y', 'at 0: x/1 is not known here: only functions that do nothing but compute are'],
    ['x = 1', 'at 2: = binds a name; compare with =='],
    ['File.rm_rf("/")', 'at 5: File.rm_rf/1 is not known here: only functions that do nothing but compute are'],
    [':os.cmd("ls")', 'at 4: :os.cmd/1 is not known here: only functions that do nothing but compute are'],
    ['send(self(), 1)', 'at 5: self/0 is not known here: only functions that do nothing but compute are'],
    ['Map.get(state)', 'at 4: Map.get takes 2 or 3 arguments here, not 1'],
    ['Map.constructor(1)', 'at 4: Map.constructor/1 is not known here: only functions that do nothing but compute are'],
    ['constructor(1)', 'at 0: constructor/1 is not known here: only functions that do nothing but compute are'],
    ['"a #{', 'at 5: the value in the text is not closed with }'],
    ['"abc', 'at 4: " was expected: the text does not end'],
    ['&1', 'at 0: &1 stands inside of &(…)'],
    ['&(&(&1))', 'at 3: captures with & do not stand inside each other: use fn'],
    ['%Shop{}', 'at 1: a struct cannot be made here, as its fields are not known: use match?(%Name{…}, value)'],
    ['~w(a b)', 'at 0: of the sigils only ~c"…" is known here'],
    ['a ☃ b', 'at 2: "☃" means nothing here'],
    ['case x do 1 -> 2 end', 'at 0: case is not known here'],
    ['@limit', 'at 0: attributes of a module are not known here'],
  ])('%s: %s', (text, answer) => {
    expect(say(text)).toBe(answer);
  });
  it.each([
    ['State#state.free', 'at 5: records are not known here: use element(N, Tuple)'],
    ['?LIMIT', 'at 0: macros are not known here'],
    ['os:cmd("ls")', 'at 3: os:cmd/1 is not known here: only functions that do nothing but compute are'],
    ['X ! y', 'at 2: nothing can be sent here'],
    ['[X || X <- L]', 'at 3: list comprehensions are not known here: use lists:map(fun(X) -> … end, List)'],
    ['case X of 1 -> 2 end', 'at 0: case is not known here'],
  ])('in Erlang %s: %s', (text, answer) => {
    expect(say(text, 'erlang')).toBe(answer);
  });
});

describe('bounds', () => {
  const large = 'unknown';
  it.each(
    [
      ['2 ** 100_000_000', large],
      ['Enum.sum(1..100_000_000)', large],
      ['String.duplicate("x", 100_000_000)', large],
      ['List.duplicate(1, 100_000_000)', large],
      ['Enum.reduce(1..40, 2, fn _, x -> x * x end)', large],
      ['Enum.reduce(1..60, "x", fn _, x -> x <> x end)', large],
      ['Enum.reduce(1..60, [1], fn _, x -> x ++ x end)', large],
      ['Enum.map(1..1000, fn _ -> Enum.sum(1..10_000) end)', large],
      ['(fn f -> f.(f) end).(fn f -> f.(f) end)', large],
      ['1 + '.repeat(900) + '1', 'at 2006: the expression has too many parts'],
      ['('.repeat(900), 'at 100: nested too deeply'],
      ['['.repeat(900), 'at 100: nested too deeply'],
      ['!'.repeat(900), 'at 100: nested too deeply'],
      ['"#{'.repeat(900), 'at 61: nested too deeply'],
      ['1'.repeat(3_000), 'at 0: a number of too many digits'],
      ['x'.repeat(5_000), 'at 4000: an expression has at most 4,000 characters'],
    ].map(([text, answer]) => [text!.slice(0, 40), text!, answer!] as const),
  )('hold for %s', (_, text, answer) => {
    expect(say(text)).toBe(answer);
  });
});

describe('the names of an expression', () => {
  it.each([
    ['state.free[item] - count', ['state', 'item', 'count']],
    ['Enum.map(list, fn {a, b} -> a + b + c end)', ['list', 'c']],
    ['Enum.map(list, & &1.x) == "#{y}"', ['list', 'y']],
    ['match?({a, b}, c)', ['c']],
    ['length(x) |> max(x)', ['x']],
  ])('%s', (text, names) => {
    const found = variablesOf(parseExpression(text, 'elixir'));
    expect(found.map(({ name }) => name)).toEqual(names);
    expect(found.map(({ name, at }) => text.slice(at, at + name.length))).toEqual(names);
  });

  it('and those of functions are told apart', () => {
    expect(functionNames('elixir')).toContain('Map.get/2');
    expect(functionNames('erlang')).toContain('maps:get/2');
    expect(functionNames('erlang')).not.toContain('Map.get/2');
  });
});
