defmodule Shop.Stock.Shelf do
  @moduledoc """
  What is free to sell, for everybody to read.

  Reading the shelf costs no message, so that a page view or a checkout does not stand in line behind the warehouse.
  `Shop.Stock` puts its figures here.
  """
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, :ok, name: __MODULE__)

  @spec free(Shop.sku()) :: integer()
  def free(sku) do
    case :ets.lookup(__MODULE__, sku) do
      [{^sku, free}] -> free
      [] -> 0
    end
  end

  @spec put(%{Shop.sku() => integer()}) :: true
  def put(figures), do: :ets.insert(__MODULE__, Map.to_list(figures))

  @impl true
  def init(:ok) do
    :ets.new(__MODULE__, [:named_table, :public, read_concurrency: true])
    {:ok, :ok}
  end
end
