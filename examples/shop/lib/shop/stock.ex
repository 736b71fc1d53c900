defmodule Shop.Stock do
  @moduledoc """
  The warehouse. `on_hand` is what lies there, `free` what of it nobody has reserved yet.
  """
  use GenServer

  alias Shop.Stock.Shelf

  @publish_every 50

  defstruct on_hand: %{}, free: %{}, reserved: %{}, dirty: false

  def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)

  @doc "Sets goods aside for an order."
  @spec reserve(Shop.order_id(), Shop.basket()) :: :ok
  def reserve(order_id, basket), do: GenServer.cast(__MODULE__, {:reserve, order_id, basket})

  @doc "Gives back what was set aside for an order that will not be shipped."
  @spec release(Shop.order_id()) :: :ok
  def release(order_id), do: GenServer.cast(__MODULE__, {:release, order_id})

  @doc "Takes the goods of an order out of the warehouse."
  @spec ship(Shop.order_id()) :: :ok | {:error, :short}
  def ship(order_id), do: GenServer.call(__MODULE__, {:ship, order_id})

  @doc "Goods come in."
  @spec deliver(Shop.sku(), pos_integer()) :: :ok
  def deliver(sku, quantity), do: GenServer.cast(__MODULE__, {:deliver, sku, quantity})

  @doc "What is free to sell, exactly."
  @spec free() :: %{Shop.sku() => integer()}
  def free, do: GenServer.call(__MODULE__, :free)

  @impl true
  def init(_) do
    on_hand = Map.new(Shop.Catalog.items(), fn {sku, item} -> {sku, item.initial} end)
    Shelf.put(on_hand)
    Process.send_after(self(), :publish, @publish_every)
    {:ok, %__MODULE__{on_hand: on_hand, free: on_hand}}
  end

  @impl true
  def handle_call({:ship, order_id}, _from, stock) do
    basket = Map.fetch!(stock.reserved, order_id)

    if Enum.all?(basket, fn {sku, quantity} -> stock.on_hand[sku] >= quantity end) do
      reserved = Map.delete(stock.reserved, order_id)
      {:reply, :ok, %{stock | on_hand: subtract(stock.on_hand, basket), reserved: reserved}}
    else
      {:reply, {:error, :short}, stock}
    end
  end

  def handle_call(:free, _from, stock), do: {:reply, stock.free, stock}

  @impl true
  def handle_cast({:reserve, order_id, basket}, stock) do
    reserved = Map.put(stock.reserved, order_id, basket)
    {:noreply, %{stock | free: subtract(stock.free, basket), reserved: reserved, dirty: true}}
  end

  def handle_cast({:release, order_id}, stock) do
    {basket, reserved} = Map.pop!(stock.reserved, order_id)
    {:noreply, %{stock | free: add(stock.free, basket), reserved: reserved, dirty: true}}
  end

  def handle_cast({:deliver, sku, quantity}, stock) do
    goods = %{sku => quantity}

    {:noreply,
     %{stock | on_hand: add(stock.on_hand, goods), free: add(stock.free, goods), dirty: true}}
  end

  @impl true
  def handle_info(:publish, stock) do
    if stock.dirty, do: Shelf.put(stock.free)
    Process.send_after(self(), :publish, @publish_every)
    {:noreply, %{stock | dirty: false}}
  end

  defp add(figures, basket), do: Map.merge(figures, basket, fn _sku, a, b -> a + b end)
  defp subtract(figures, basket), do: Map.merge(figures, basket, fn _sku, a, b -> a - b end)
end
