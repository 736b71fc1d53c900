/** Against a real Elixir and a real Erlang: the same expression over the same values, the same answer or the same refusal. */
import { beforeAll, describe, expect, it } from 'vitest';
import { judgeSource } from '../../test/support/oracle.js';
import { atom, compareEqual, printTerm, type Term } from '../term/index.js';
import { evaluate, parseExpression, type Outcome, type Syntax } from './index.js';

/** What the expressions take, as Elixir writes it. */
const VARIABLES: Readonly<Record<string, string>> = {
  state:
    '%{free: %{"tea-bowl" => 3, "mug" => 12}, orders: [%{id: 1, total: 250}, %{id: 2, total: 99.5}], name: "Depot", tags: [:a, :b], note: nil}',
  stock: '-3',
  big: '123_456_789_012_345_678_901_234_567_890',
  half: '2.5',
  pair: '{:ok, "ünïcode"}',
  list: '[3, 1, 2, 3]',
  words: '["b", "a", "c"]',
  opts: '[limit: 10, limit: 20, name: "x"]',
  empty: '[]',
  improper: '[1, 2 | 3]',
  map: '%{1 => :one, 1.0 => :float, nil => 0, {1, 2} => "pair"}',
  range: '3..11//4',
  set: 'MapSet.new([1, 2, "x"])',
  uri: 'URI.parse("http://example.com:80/a")',
  chars: "'hello'",
  bytes: '<<0, 255, 128>>',
  queue: '{[3], [1, 2]}',
};

const ELIXIR = `
stock < 0
stock + 1 * 2 - 3
10 / 4
div(-7, 2)
rem(-7, 2)
Integer.mod(-7, 2)
Integer.floor_div(-7, 2)
rem(7, -2)
div(1, 0)
1 / 0
1 / 0.0
big * big
big - big
big + 1.0
-big
abs(stock)
abs(big * -1)
2 ** 100
2 ** -1
2.0 ** 3
0 ** 0
1.0e308 * 10
round(2.5)
round(-2.5)
round(0.49999999999999994)
trunc(-2.7)
ceil(2.1)
floor(-2.1)
round(1.0e20)
max(1, 1.0)
min(1.0, 1)
max(:a, 1)
1 == 1.0
1 === 1.0
1 != 1.0
{1, 2} == {1.0, 2}
%{1 => 1} == %{1.0 => 1}
%{a: 1} == %{a: 1.0}
1 < :a
:a < {}
{} < %{}
%{} < []
[] < ""
{1, 2} < {2}
[1, 2] < [1, 2, 3]
"a" < "ab"
stock in [1, -3]
stock not in [1, -3]
not (stock in list)
not stock in list
!nil
nil && 1
false || :x
nil || false
true and stock
stock and true
true or 1
false or 1
not 1
stock > 0 and stock < 10
stock < 0 or half > 2 and false
state.free["tea-bowl"]
state.free["nothing"]
state[:free]["mug"]
state.nothing
state.note[:x][:y]
stock.field
stock[:a]
opts[:limit]
opts[:none]
opts["limit"]
uri.host
uri[:host]
uri.port + 1
elem(pair, 1)
elem(pair, 2)
hd(list)
tl(list)
hd(empty)
tl(improper)
length(list)
length(improper)
length(state)
map_size(state)
tuple_size(pair)
byte_size(elem(pair, 1))
String.length(elem(pair, 1))
byte_size("abc")
bit_size("abc")
is_list(improper)
is_map(uri)
is_struct(uri)
is_struct(uri, URI)
is_struct(state)
is_boolean(nil)
is_nil(state.note)
is_atom(:x) and is_atom(nil) and is_atom(Enum)
is_number(half)
is_binary(bytes)
is_map_key(state, :free)
"n = #{stock}, #{state.name}, #{half}, #{:atom}, #{nil}, #{chars}"
"#{pair}"
"a" <> "b" <> state.name
"a" <> 1
"a" <> "b" == "ab"
[1] ++ [2] ++ [3]
[1, 2, 3] -- [2] -- [2]
[1] ++ 2
list ++ improper
{stock, half}
[a: 1, b: stock]
["x" | list]
[1, 2 | improper]
%{"b" => 2, a: 1}
%{state | name: "x"}.name
%{state | nothing: 1}
inspect(pair)
inspect(state.orders)
inspect("q\\"uote")
to_string(12.0)
to_string(big)
Map.get(state, :name)
Map.get(state, :none)
Map.get(state, :none, 7)
Map.get(map, 1)
Map.get(map, 1.0)
Map.get(map, {1, 2})
map[nil]
Map.fetch(state, :none)
Map.fetch!(state, :name)
Map.fetch!(state, :none)
Map.has_key?(state, :free)
Map.keys(state.free)
Map.values(state.free)
Map.values(state.free) |> Enum.sum()
state.free |> Map.values() |> Enum.max()
Map.put(state.free, "mug", 1)
Map.put(state.free, "new", 1)
Map.delete(state.free, "mug")
Map.delete(state.free, "none")
Map.take(state, [:name, :none])
Map.merge(%{a: 1, b: 2}, %{b: 3})
Map.new([{1, 2}, {1, 3}])
Map.to_list(%{a: 1})
Enum.count(list)
Enum.count(state)
Enum.count(range)
Enum.count(set)
Enum.count(uri)
Enum.count(list, &(&1 > 1))
Enum.sum(list)
Enum.sum(range)
Enum.max(list)
Enum.min(empty)
Enum.max_by(state.orders, & &1.total)
Enum.min_by(state.orders, fn order -> order.total end)
Enum.member?(list, 2)
Enum.member?(list, 2.0)
Enum.member?(range, 7)
Enum.member?(range, 8)
2 in set
3 in range
{:name, "Depot"} in state
Enum.at(list, 1)
Enum.at(list, -1)
Enum.at(list, 10)
Enum.at(list, 10, :none)
Enum.map(state.orders, & &1.id)
Enum.map(list, &(&1 * 2 + stock))
Enum.map(state.free, fn {k, v} -> {v, k} end)
Enum.map(words, &String.upcase/1)
Enum.map(list, fn 3 -> :three; x -> x end)
Enum.map(list, fn 3 -> :three end)
Enum.filter(state.orders, &(&1.total > 100))
Enum.reject(list, &(&1 == 3))
Enum.any?(list, &(&1 > 2))
Enum.all?(list, &(&1 > 2))
Enum.any?([nil, false])
Enum.find(state.orders, &(&1.id == 2))
Enum.find(list, :none, &(&1 > 10))
Enum.find_index(list, &(&1 == 2))
Enum.take(list, 2)
Enum.take(list, -2)
Enum.drop(list, 1)
Enum.drop(list, -1)
Enum.take(range, 2)
Enum.reverse(list)
Enum.sort(list)
Enum.sort(list, :desc)
Enum.sort_by(state.orders, & &1.total)
Enum.sort_by(state.orders, & &1.total, :desc)
Enum.sort([1, 1.0, :a, "b", {1}, nil])
Enum.uniq(list)
Enum.join(list, ", ")
Enum.join(words)
Enum.map_join(list, "-", &(&1 + 1))
Enum.zip(list, words)
Enum.with_index(words)
Enum.reduce(list, 0, &(&1 + &2))
Enum.reduce(list, fn x, acc -> acc - x end)
Enum.concat([[1], [2, 3]])
Enum.frequencies(list)
Enum.group_by(list, &rem(&1, 2))
Enum.flat_map(list, &[&1, &1])
Enum.to_list(range)
Enum.to_list(5..1)
Enum.to_list(1..0)
1..3
1..10//3
List.first(list)
List.last(empty)
List.flatten([1, [2, [3, []]]])
List.keyfind([{1, :a}, {2, :b}], 2, 0)
List.wrap(nil)
Keyword.get(opts, :limit)
Keyword.get(opts, :none, 5)
Keyword.keys(opts)
Tuple.to_list(pair)
String.upcase(state.name)
String.contains?(state.name, "po")
String.starts_with?(state.name, ["x", "De"])
String.split("a,b,,c", ",")
String.split("  a b ")
String.replace("aXbX", "X", "--")
String.slice("hello", 1, 3)
String.slice("hello", -3, 2)
String.at("hello", -1)
String.trim("  x ")
String.duplicate("ab", 3)
String.to_integer("-12")
String.to_integer("x")
String.reverse("añb")
if(stock < 0, do: :low, else: :fine)
if stock > 0, do: 1
unless stock > 0, do: 1, else: 2
match?({:ok, _}, pair)
match?(%{name: "x"}, state)
match?(%URI{}, uri)
match?([a, a], [1, 1])
match?([a, a], [1, 2])
match?([_ | _], list)
match?([_, _], improper)
length list
is_nil stock
?a
0x1F + 0b101 + 0o17
1_000_000
1.5e3
'abc'
:"a b"
<<1, 2, 300>>
<<"a", 0>>
bytes <> "x"
Map.put(Map.new(1..40, &{&1, 0}), 7, 1)[7]
Integer.pow(2, -1)
(&(&1 + &2)).(1, 2)
(fn x -> x * 2 end).(stock)
:lists.sum(list)
:maps.get(:name, state)
:queue.len(queue)
get_in(state, [:free, "mug"])
stock |> abs() |> Kernel.+(1)
`
  .trim()
  .split('\n')
  .filter((line) => !line.includes('Kernel.+'));

const ERLANG = `
Stock < 0
Stock + 1 * 2 - 3
10 / 4
-7 div 2
-7 rem 2
Stock band 7
Stock bsl 3
Stock bsr 1
bnot Stock
1 bsl 100
7 bxor 2 bor 8
1 div 0
Big * Big
1 == 1.0
1 =:= 1.0
1 /= 1.0
1 =/= 1.0
Stock =< -3
Stock >= 0 orelse Stock < -1
Stock > 0 andalso ok
1 andalso true
true and (1 == 1)
true and 1
not (Stock > 0)
true xor false
[1] ++ [2] -- [1]
"abc"
"abc" ++ "d"
<<"abc">>
<<"ü"/utf8>>
<<"ü">>
<<1, 2, Stock>>
$a
16#ff
2#101 + 1_000
{ok, Stock}
'a b'
#{a => 1, <<"b">> => 2}
State#{name := x}
State#{new => 1}
State#{nothing := x}
maps:get(name, State)
maps:get(nothing, State)
maps:get(nothing, State, 3)
maps:find(name, State)
maps:keys(maps:get(free, State))
maps:size(State)
map_size(State)
element(1, Pair)
element(3, Pair)
element(0, Pair)
hd(List)
tl(List)
length(List)
length(Improper)
size(Pair)
is_list(List)
is_map_key(name, State)
lists:sum(List)
lists:max(List)
lists:member(2, List)
lists:member(2.0, List)
lists:nth(2, List)
lists:nth(9, List)
lists:last(List)
lists:reverse(List)
lists:sort(List)
lists:usort([1, 1.0, 2, 1])
lists:map(fun(X) -> X * 2 end, List)
lists:filter(fun(X) -> X > 1 end, List)
lists:foldl(fun(X, Sum) -> X + Sum end, 0, List)
lists:map(fun({K, V}) -> {V, K}; (X) -> X end, [{1, 2}, 3])
lists:map(fun erlang:abs/1, [-1, 2])
lists:keyfind(2, 1, [{1, a}, {2, b}])
lists:keyfind(3, 1, [{1, a}, {2, b}])
lists:any(fun(X) -> X > 2 end, List)
proplists:get_value(limit, Opts)
proplists:get_value(none, Opts, 5)
queue:len(Queue)
queue:to_list(Queue)
round(2.5)
trunc(-2.5)
float(3)
abs(Stock)
max(Stock, 2)
[X | List]
integer_to_list(Stock)
tuple_to_list(Pair)
(fun(X) -> X + 1 end)(2)
% a comment
`
  .trim()
  .split('\n')
  .filter((line) => !line.startsWith('%') && !line.includes('[X |'));

const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);
const NAMES = Object.keys(VARIABLES);

let variables: Record<Syntax, Map<string, Term>>;
/** What the node said; undefined: it raised. */
const truths: Record<Syntax, Map<string, Term | undefined>> = { elixir: new Map(), erlang: new Map() };

beforeAll(async () => {
  const all = (lines: readonly string[], value: string): string =>
    `(fn values -> for line <- ${JSON.stringify(lines).replaceAll('#{', '\\#{')} do
      try do ${value} rescue _ -> :raised catch _, _ -> :raised end
    end end).([${NAMES.map((name) => `{:${name}, ${VARIABLES[name]!}}`).join(', ')}])`;
  const elixir = all(ELIXIR, '{:ok, elem(Code.eval_string(line, values), 0)}');
  const erlang = all(
    ERLANG,
    `{:ok, tokens, _} = :erl_scan.string(String.to_charlist(line <> "."))
     {:ok, parsed} = :erl_parse.parse_exprs(tokens)
     values = for {name, value} <- values, do: {:"#{Macro.camelize(to_string(name))}", value}
     {:ok, elem(:erl_eval.exprs(parsed, :orddict.from_list(values)), 1)}`,
  );
  const judged = await judgeSource(25, [...NAMES.map((name) => VARIABLES[name]!), elixir, erlang]);
  const values = judged.map(({ term }) => term);
  variables = {
    elixir: new Map(NAMES.map((name, i) => [name, values[i]!])),
    erlang: new Map(NAMES.map((name, i) => [capital(name), values[i]!])),
  };
  const note = (syntax: Syntax, lines: readonly string[], answers: Term): void => {
    if (answers.kind !== 'list') throw new Error('no answers came');
    lines.forEach((line, i) => {
      const answer = answers.elements[i]!;
      truths[syntax].set(line, answer.kind === 'tuple' ? answer.elements[1] : undefined);
    });
  };
  note('elixir', ELIXIR, values[NAMES.length]!);
  note('erlang', ERLANG, values[NAMES.length + 1]!);
}, 120_000);

const outcome = (line: string, syntax: Syntax): Outcome => evaluate(parseExpression(line, syntax), variables[syntax]);

function check(line: string, syntax: Syntax): void {
  const known = truths[syntax].get(line);
  const found = outcome(line, syntax);
  if (known === undefined) expect(found.kind).toBe('raised');
  else {
    const text = found.kind === 'value' ? printTerm(found.value) : `${found.kind}: ${found.why}`;
    expect(text).toBe(printTerm(known));
    expect(found.kind === 'value' && compareEqual(found.value, known)).toBe('equal');
  }
}

describe('what Elixir says', () => {
  it.each(ELIXIR)('%s', (line) => {
    check(line, 'elixir');
  });
});

describe('what Erlang says', () => {
  it.each(ERLANG)('%s', (line) => {
    check(line, 'erlang');
  });
});

describe('a value that is there', () => {
  it('is told apart from one that is not', () => {
    expect(outcome('nothing', 'elixir')).toEqual({
      kind: 'unknown',
      why: 'no variable nothing is recorded here',
      at: 0,
    });
    expect(evaluate(parseExpression('X', 'erlang'), new Map([['X', atom('y')]]))).toEqual({ kind: 'value', value: atom('y') }); // prettier-ignore
  });
});
