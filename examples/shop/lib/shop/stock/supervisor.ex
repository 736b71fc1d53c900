defmodule Shop.Stock.Supervisor do
  @moduledoc false
  use Supervisor

  def start_link(_), do: Supervisor.start_link(__MODULE__, :ok, name: __MODULE__)

  @impl true
  def init(:ok) do
    children = [Shop.Stock.Shelf, Shop.Stock, Shop.Purchasing]
    # Purchasing talks to suppliers and may fail; that must not close the shop.
    Supervisor.init(children, strategy: :one_for_one, max_restarts: 50, max_seconds: 5)
  end
end
