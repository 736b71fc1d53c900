# A node to attach to: a server under steady load, and a prompt: each line on standard input is evaluated, its value printed.
defmodule Target do
  use GenServer
  def start_link(_), do: GenServer.start_link(__MODULE__, %{n: 0}, name: __MODULE__)
  def init(state), do: {:ok, state}
  def handle_call(:get, _from, state), do: {:reply, state.n, state}
  def handle_call({:put, value}, _from, state), do: {:reply, :ok, Map.put(state, :value, value)}
  def handle_cast(:add, state), do: {:noreply, %{state | n: state.n + 1}}

  def load(pause) do
    GenServer.cast(__MODULE__, :add)
    _ = GenServer.call(__MODULE__, :get)
    Process.sleep(pause)
    load(pause)
  end

  # A module of the probe may go while we look.
  defp functions(module) do
    module.module_info(:functions)
  rescue
    UndefinedFunctionError -> []
  end

  # Everything a tracer could leave behind.
  def traces do
    flags = for pid <- Process.list(), {:flags, [_ | _] = flags} <- [:erlang.trace_info(pid, :flags)], do: {pid, flags}
    sessions = if function_exported?(:trace, :session_info, 1), do: apply(:trace, :session_info, [:all]) -- [:default, {:legacy, :default}], else: []

    patterns =
      for {module, _} <- :code.all_loaded(), {name, arity} <- functions(module),
          {:traced, where} when where not in [false, :undefined] <- [:erlang.trace_info({module, name, arity}, :traced)],
          do: {module, name, arity}

    modules = for {module, _} <- :code.all_loaded(), String.starts_with?(Atom.to_string(module), "elixirscope"), do: module
    receive_pattern = :erlang.trace_info(:receive, :match_spec)
    new = :erlang.trace_info(:new_processes, :flags)
    handlers = :logger.get_handler_ids() -- [:default, Logger, :ssl_handler]

    # In a fixed order, whatever the release.
    [flags: flags, handlers: handlers, modules: modules, new: new, patterns: patterns, receive: receive_pattern, sessions: sessions, processes: length(Process.list())]
  end
end

defmodule Prompt do
  def loop(bindings) do
    case IO.gets("") do
      line when is_binary(line) ->
        {value, bindings} = Code.eval_string(line, bindings)
        IO.puts("=> " <> inspect(value, limit: :infinity, printable_limit: :infinity, width: 100_000))
        loop(bindings)

      _ ->
        System.halt(0)
    end
  end
end

{:ok, _} = Supervisor.start_link([Target], strategy: :one_for_one)
spawn(fn -> Target.load(1) end)
IO.puts("ready #{System.pid()}")
Prompt.loop([])
