# What tracers trip over: a sensitive process, a module loaded again, an Erlang alias, a name that moves.
defmodule Server do
  use GenServer
  def start(name), do: GenServer.start(__MODULE__, 0, name: name)
  def init(n), do: {:ok, n}
  def handle_call(:get, _from, n), do: {:reply, n, n}
  def handle_call(:hide, _from, n), do: {:reply, Process.flag(:sensitive, true), n}
  def handle_cast(:add, n), do: {:noreply, n + 1}
end

{:ok, secret} = Server.start(:secret)
:ok = GenServer.cast(:secret, :add)
1 = GenServer.call(:secret, :get)
false = GenServer.call(:secret, :hide)
:ok = GenServer.cast(:secret, :add)
2 = GenServer.call(:secret, :get)

{:ok, _} = Server.start(:reloaded)
:ok = GenServer.cast(:reloaded, :add)
1 = GenServer.call(:reloaded, :get)

Code.compiler_options(ignore_module_conflict: true)
# Twice: the second load purges the oldest code, which nobody may run any more.
for add <- [10, 100] do
  Code.eval_string("""
  defmodule Server do
    use GenServer
    def start(name), do: GenServer.start(__MODULE__, 0, name: name)
    def init(n), do: {:ok, n}
    def handle_call(:get, _from, n), do: {:reply, n, n}
    def handle_cast(:add, n), do: {:noreply, n + #{add}}
  end
  """)
  :ok = GenServer.cast(:reloaded, :add)
  GenServer.call(:reloaded, :get)
end

111 = GenServer.call(:reloaded, :get)

{:ok, first} = Server.start(:moving)
:ok = GenServer.cast(:moving, :add)
100 = GenServer.call(:moving, :get)
Process.unregister(:moving)
{:ok, _} = Server.start(:moving)
:ok = GenServer.cast(:moving, :add)
:ok = GenServer.cast(first, :add)
[100, 200] = [GenServer.call(:moving, :get), GenServer.call(first, :get)]
true = Process.alive?(secret)
IO.puts("all well")
