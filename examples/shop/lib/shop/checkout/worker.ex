defmodule Shop.Checkout.Worker do
  @moduledoc "Checks an order out: are the goods there, what do they cost, set them aside."
  use GenServer

  alias Shop.{Catalog, Checkout, Stock}
  alias Shop.Orders.Order
  alias Shop.Stock.Shelf

  defstruct [:number, done: 0, last: nil]

  def child_spec(number),
    do: %{id: {__MODULE__, number}, start: {__MODULE__, :start_link, [number]}}

  def start_link(number) do
    GenServer.start_link(__MODULE__, number, name: Module.concat(__MODULE__, "N#{number}"))
  end

  @spec work(pid(), {Shop.order_id(), Shop.basket()}) :: :ok
  def work(worker, job), do: GenServer.cast(worker, {:work, job})

  @impl true
  def init(number) do
    Checkout.idle(self())
    {:ok, %__MODULE__{number: number}}
  end

  @impl true
  def handle_cast({:work, {order_id, basket}}, worker) do
    result = check_out(order_id, basket)
    Order.checked_out(order_id, result)
    Checkout.idle(self())
    {:noreply, %{worker | done: worker.done + 1, last: {order_id, result}}}
  end

  defp check_out(order_id, basket) do
    if Enum.all?(basket, fn {sku, quantity} -> Shelf.free(sku) >= quantity end) do
      Stock.reserve(order_id, basket)
      {:reserved, Catalog.total(basket)}
    else
      :sold_out
    end
  end
end
