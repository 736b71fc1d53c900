/** A test that passes or fails by the order of two messages: where the two runs first differ. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { elixirscope, elixirscopeJson, inDirectory } from '../support/elixirscope.js';

const SCRIPT = `
ExUnit.start()

defmodule Cache do
  use GenServer
  def init(_), do: {:ok, %{entries: %{}, misses: 0}}

  def handle_call({:get, key}, _from, state) do
    case state.entries do
      %{^key => value} -> {:reply, {:ok, value}, state}
      _ -> {:reply, :miss, %{state | misses: state.misses + 1}}
    end
  end

  def handle_cast({:put, key, value}, state), do: {:noreply, put_in(state.entries[key], value)}
end

defmodule CacheTest do
  use ExUnit.Case

  test "is asked once" do
    {:ok, cache} = GenServer.start_link(Cache, [])
    # What a scheduler decides elsewhere.
    late = System.get_env("LATE") == "yes"
    unless late, do: GenServer.cast(cache, {:put, :rate, 42})
    found = GenServer.call(cache, {:get, :rate})
    if late, do: GenServer.cast(cache, {:put, :rate, 42})
    assert found == {:ok, 42}
  end
end
`;

interface Answer {
  first: { role: string; own: boolean; difference: { kind: string } };
  elsewhere: { own: boolean } | null;
}

it('leads from a passing and a failing run of a test to the code that went another way, not to what any two runs differ in', () =>
  inDirectory(async (directory) => {
    writeFileSync(join(directory, 'cache_test.exs'), SCRIPT);
    const record = (name: string, late: string, seed: number): Promise<{ code: number | null }> =>
      elixirscope(
        ['run', '--quiet', '--out', join(directory, name), '--', 'elixir', '-e', `ExUnit.configure(seed: ${String(seed)})`, '-r', 'cache_test.exs'],
        { cwd: directory, env: { ...process.env, LATE: late } },
      ); // prettier-ignore
    expect((await record('passing', 'no', 1)).code).toBe(0);
    expect((await record('failing', 'yes', 2)).code).toBe(2);
    const both = [join(directory, 'passing'), join(directory, 'failing')];
    const { first, elsewhere } = await elixirscopeJson<Answer>(['compare', ...both, '--json']);
    // The test sends something else first; the cache only noticed.
    expect(first.own).toBe(true);
    expect(first.role).toMatch(/ExUnit.Runner/);
    expect(elsewhere?.own).toBe(false);
    const { stdout } = await elixirscope(['compare', ...both]);
    expect(stdout).toMatch(/first difference: ExUnit.Runner/);
    expect(stdout).toMatch(/before that, outside of the recorded functions/);
  }));
