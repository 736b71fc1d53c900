# One of each: GenServer, gen_statem, Agent, Task, plain process, a crash and its restart.
defmodule Counter do
  use GenServer
  def start_link(name), do: GenServer.start_link(__MODULE__, %{count: 0, password: "hunter2"}, name: name)
  def init(state), do: {:ok, state}
  def handle_call(:get, _from, state), do: {:reply, state.count, state}
  def handle_cast({:add, n}, state), do: {:noreply, %{state | count: state.count + n}}
  def handle_cast(:boom, %{count: count}), do: raise("boom at #{count}")
  def handle_info(:tick, state), do: {:noreply, Map.put(state, :ticked, true)}
end

defmodule Door do
  @behaviour :gen_statem
  def start_link, do: :gen_statem.start_link({:local, :door}, __MODULE__, 1234, [])
  def callback_mode, do: :state_functions
  def init(code), do: {:ok, :locked, %{code: code, opened: 0}}
  def locked({:call, from}, {:button, code}, %{code: code} = data),
    do: {:next_state, :open, %{data | opened: data.opened + 1}, [{:reply, from, :ok}]}
  def locked({:call, from}, {:button, _}, _data), do: {:keep_state_and_data, [{:reply, from, :wrong}]}
  def open(:cast, :close, data), do: {:next_state, :locked, data}
end

{:ok, _} = Supervisor.start_link([%{id: :counter, start: {Counter, :start_link, [Counter]}}], strategy: :one_for_one)
Enum.each(1..5, fn n -> GenServer.cast(Counter, {:add, n}) end)
15 = GenServer.call(Counter, :get)
send(Counter, :tick)

{:ok, _} = Door.start_link()
:wrong = :gen_statem.call(:door, {:button, 1})
:ok = :gen_statem.call(:door, {:button, 1234})
:gen_statem.cast(:door, :close)

{:ok, agent} = Agent.start_link(fn -> [:first] end, name: :notes)
Agent.update(agent, fn notes -> [:second | notes] end)

42 = Task.await(Task.async(fn -> 6 * 7 end))

plain = spawn(fn -> receive do {:ping, from} -> send(from, :pong) end end)
send(plain, {:ping, self()})
receive do :pong -> :ok end

first = Process.whereis(Counter)
ref = Process.monitor(first)
GenServer.cast(Counter, :boom)
receive do {:DOWN, ^ref, _, _, _} -> :ok end
wait = fn wait -> if Process.whereis(Counter) in [nil, first], do: (Process.sleep(5); wait.(wait)) end
wait.(wait)
0 = GenServer.call(Counter, :get)
IO.puts("program says hello")
System.halt(3)
