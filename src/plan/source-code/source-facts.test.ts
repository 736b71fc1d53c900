import type { Parser } from 'web-tree-sitter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePlan } from '../make-plan.js';
import { printPlan } from '../print-plan.js';
import { elixirParser } from './parser.js';
import { elixirSourceFacts } from './source-facts.js';

let parser: Parser;
beforeAll(async () => {
  parser = await elixirParser();
});
afterAll(() => parser.delete());

function facts(source: string): ReturnType<typeof elixirSourceFacts> {
  const tree = parser.parse(source);
  if (!tree) throw new Error('no tree');
  return elixirSourceFacts(tree.rootNode, 'lib/a.ex');
}

/** The plan's lines without the summary. */
const plan = (source: string): string =>
  printPlan(makePlan(facts(source), { from: 'a source', command: '' }))
    .split('\n\n')
    .slice(0, -1)
    .join('\n');

describe('the plan of a source', () => {
  it('knows callbacks, clients, messages and processes', () => {
    expect(
      plan(`
defmodule Shop.Stock do
  use GenServer
  alias Shop.Stock.Shelf

  def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)
  def ship(id), do: GenServer.call(__MODULE__, {:ship, id})
  def tell(pid), do: send(pid, {:told, self()})

  @impl true
  def init(options) do
    table = :ets.new(:shelf, [])
    {:ok, {table, options}}
  end

  @impl true
  def handle_call({:ship, id}, _from, state) do
    Shelf.put(id)
    {:reply, :ok, state}
  end

  def handle_call(:free, _from, state), do: {:reply, state, state}

  def wait(n \\\\ 5) do
    receive do
      {:done, ^n} -> wait(n)
    after
      n -> raise ArgumentError, "late"
    end
  end

  defmacro twice(x), do: quote(do: unquote(x) * 2)
end
`),
    ).toBe(`Shop.Stock  (lib/a.ex)
  lines        init/1                            GenServer: sets up the state of a GenServer; touches tables (ets:new)
  lines        handle_call/3                     GenServer: answers calls: {:ship, _}, :free
  lines        wait/1                            a process of its own kind: receives messages, again and again; raises ArgumentError
  values       start_link/1                      starts the process
  values       ship/1                            a client of its own server: asks it {:ship, _}
  values       tell/1                            sends {:told, _}
  count        wait/0                            only fills in what wait/1 takes besides
  off          twice/1: a macro: runs while the program is compiled`);
  });

  it('counts what only computes and is called by loops', () => {
    expect(
      plan(`
defmodule Sum do
  def all(list), do: Enum.map(list, &square/1)
  def each(list), do: for(x <- list, do: half(x))
  def piped(list), do: list |> Enum.map(fn x -> half(x) end) |> Enum.sum()
  defp square(x), do: x * x
  defp half(x), do: div(x, 2)
  defp down(0), do: 0
  defp down(n), do: down(n - 1)
  def version, do: "1.0"
  def safe(x) do
    down(x)
  rescue
    e -> {:error, e}
  end
end
`),
    ).toBe(`Sum  (lib/a.ex)
  lines        safe/1                            catches exceptions: the way it took is not in its value
  values       all/1                             a way in: nothing of this code calls it
  values       each/1                            a way in: nothing of this code calls it
  values       piped/1                           a way in: nothing of this code calls it
  count        square/1                          small, only computes, and called again and again by loops
  count        half/1                            small, only computes, and called again and again by loops
  count        down/1                            calls itself and only computes: its caller's arguments and value tell the same
  count        version/0                         always gives the same`);
  });

  it('names modules in modules, tests and implementations as they will be called', () => {
    const names = facts(`
defmodule A.B do
  defmodule C do
    def f(x), do: x
  end
  defstruct [:x]
  def g(%C{} = c) when is_map(c), do: C.f(c)
  def a <~> b, do: {a, b}
  defdelegate h(x), to: C, as: :f
end
defimpl Inspect, for: A.B do
  def inspect(b, _), do: b
end
defmodule A.BTest do
  use ExUnit.Case
  test "one" do
    assert true
  end
  describe "more" do
    test "two", %{x: x} do
      assert x
    end
    test "not written yet"
  end
end
`).flatMap(({ module, functions }) => functions.map(({ name, arity }) => `${module}.${name}/${arity}`));
    expect(names).toEqual([
      'Elixir.A.B.g/1',
      'Elixir.A.B.<~>/2',
      'Elixir.A.B.h/1',
      'Elixir.A.B.C.f/1',
      'Elixir.Inspect.A.B.inspect/2',
      'Elixir.A.BTest.test one/1',
      'Elixir.A.BTest.test more two/1',
    ]);
  });

  it('reads what it can of a source that does not even parse', () => {
    expect(facts('defmodule A do\n  def f(x), do: x\n  def g(x) do\n    (x\nend').map(({ module }) => module)).toEqual([
      'Elixir.A',
    ]);
    expect(facts('%%% nothing \u0000 here')).toEqual([]);
  });
});
