defmodule Shop.Purchasing do
  @moduledoc "Looks through the stock now and then and orders what runs out. Suppliers deliver in cases."
  use GenServer

  alias Shop.Stock

  @review_every 200
  @case_of 30

  defstruct due: %{}

  def start_link(_), do: GenServer.start_link(__MODULE__, :ok, name: __MODULE__)

  @impl true
  def init(:ok) do
    Process.send_after(self(), :review, @review_every)
    {:ok, %__MODULE__{}}
  end

  @impl true
  def handle_info(:review, state) do
    due =
      for {sku, free} <- Stock.free(),
          urgency = urgency(free),
          urgency != :none and not is_map_key(state.due, sku),
          into: state.due do
        Process.send_after(self(), {:delivered, sku}, transport(urgency))
        {sku, @case_of}
      end

    Process.send_after(self(), :review, @review_every)
    {:noreply, %{state | due: due}}
  end

  def handle_info({:delivered, sku}, state) do
    {quantity, due} = Map.pop!(state.due, sku)
    Stock.deliver(sku, quantity)
    Shop.Stats.count(:deliveries)
    {:noreply, %{state | due: due}}
  end

  defp urgency(0), do: :express
  defp urgency(free) when free in 1..5, do: :tomorrow
  defp urgency(free) when free in 6..15, do: :this_week
  defp urgency(free) when free > 15, do: :none

  # Milliseconds: days pass quickly here.
  defp transport(:express), do: 250
  defp transport(:tomorrow), do: 400
  defp transport(:this_week), do: 900
end
