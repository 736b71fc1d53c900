defmodule Shop.Orders.Order do
  @moduledoc "One order, from the basket to the parcel."
  use GenServer, restart: :temporary

  alias Shop.{Checkout, Payments, Stats, Stock}

  @type outcome :: :shipped | :sold_out | :declined | :refunded
  # An order can still be asked for a while after it is done.
  @linger 400

  defstruct [:id, :customer, :basket, :card, :amount, status: :new, waiting: []]

  def start_link(%__MODULE__{id: id} = order),
    do: GenServer.start_link(__MODULE__, order, name: via(id))

  @spec await(Shop.order_id(), timeout()) :: outcome()
  def await(id, timeout), do: GenServer.call(via(id), :await, timeout)

  @doc "Checkout found the goods and set them aside, or did not."
  @spec checked_out(Shop.order_id(), {:reserved, pos_integer()} | :sold_out) :: :ok
  def checked_out(id, result), do: GenServer.cast(via(id), {:checked_out, result})

  @impl true
  def init(order), do: {:ok, order, {:continue, :check_out}}

  @impl true
  def handle_continue(:check_out, order) do
    Checkout.submit(order.id, order.basket)
    {:noreply, order}
  end

  @impl true
  def handle_call(:await, from, order) do
    if done?(order),
      do: {:reply, order.status, order, @linger},
      else: {:noreply, %{order | waiting: [from | order.waiting]}}
  end

  @impl true
  def handle_cast({:checked_out, {:reserved, amount}}, order) do
    Payments.charge(order.id, amount, order.card)
    {:noreply, %{order | status: :charging, amount: amount}}
  end

  def handle_cast({:checked_out, :sold_out}, order), do: finish(order, :sold_out)

  @impl true
  def handle_info({:payment, _id, :paid}, order) do
    case Stock.ship(order.id) do
      :ok ->
        finish(order, :shipped)

      {:error, :short} ->
        Payments.refund(order.id)
        Stock.release(order.id)
        finish(order, :refunded)
    end
  end

  def handle_info({:payment, _id, :declined}, order) do
    Stock.release(order.id)
    finish(order, :declined)
  end

  def handle_info(:timeout, order), do: {:stop, :normal, order}

  defp finish(order, outcome) do
    Stats.count(outcome)
    for from <- order.waiting, do: GenServer.reply(from, outcome)
    {:noreply, %{order | status: outcome, waiting: []}, @linger}
  end

  defp done?(order), do: order.status in [:shipped, :sold_out, :declined, :refunded]

  defp via(id), do: {:via, Registry, {Shop.Orders.Registry, id}}
end
