defmodule Shop.Checkout do
  @moduledoc "Hands orders to idle workers, first come, first served."
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, :ok, name: __MODULE__)

  @spec submit(Shop.order_id(), Shop.basket()) :: :ok
  def submit(order_id, basket), do: GenServer.cast(__MODULE__, {:submit, {order_id, basket}})

  @spec idle(pid()) :: :ok
  def idle(worker), do: GenServer.cast(__MODULE__, {:idle, worker})

  @impl true
  def init(:ok), do: {:ok, %{idle: [], jobs: :queue.new()}}

  @impl true
  def handle_cast({:submit, job}, state),
    do: {:noreply, hand_out(%{state | jobs: :queue.in(job, state.jobs)})}

  def handle_cast({:idle, worker}, state),
    do: {:noreply, hand_out(%{state | idle: state.idle ++ [worker]})}

  defp hand_out(%{idle: [worker | idle]} = state) do
    case :queue.out(state.jobs) do
      {{:value, job}, jobs} ->
        Shop.Checkout.Worker.work(worker, job)
        hand_out(%{state | idle: idle, jobs: jobs})

      {:empty, _} ->
        state
    end
  end

  defp hand_out(state), do: state
end
