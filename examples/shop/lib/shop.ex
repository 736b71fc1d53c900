defmodule Shop do
  @moduledoc """
  A small tableware shop: customers place orders, a pool of workers checks them out, payments are taken by an
  outside provider, goods are shipped, and purchasing keeps the shelves full.
  """

  alias Shop.Orders.Order

  @type sku :: String.t()
  @type basket :: %{sku() => pos_integer()}
  @type order_id :: pos_integer()

  @doc """
  Places an order and returns at once; the order goes its way in a process of its own.
  """
  @spec place_order(String.t(), basket(), map()) :: {:ok, order_id()}
  def place_order(customer, basket, card) do
    id = System.unique_integer([:positive, :monotonic])
    order = %Order{id: id, customer: customer, basket: basket, card: card}
    {:ok, _pid} = DynamicSupervisor.start_child(Shop.Orders.Supervisor, {Order, order})
    {:ok, id}
  end

  @doc "Waits until an order has come to its end and says which."
  @spec await(order_id(), timeout()) :: Order.outcome()
  def await(id, timeout \\ 5_000), do: Order.await(id, timeout)
end
