defmodule Shop.Catalog do
  @moduledoc "What the shop sells. Prices are in cents; `initial` is what lies in the warehouse when the shop opens."
  use Agent

  @items %{
    "tea-bowl" => %{title: "Tea bowl, celadon", price: 2_400, initial: 60},
    "teapot" => %{title: "Teapot, cast iron", price: 7_900, initial: 40},
    "espresso-cup" => %{title: "Espresso cup", price: 900, initial: 80},
    "milk-jug" => %{title: "Milk jug", price: 1_900, initial: 50},
    "saucer" => %{title: "Saucer", price: 600, initial: 120},
    "sugar-bowl" => %{title: "Sugar bowl", price: 1_500, initial: 40}
  }

  def start_link(_), do: Agent.start_link(fn -> @items end, name: __MODULE__)

  @spec items() :: %{Shop.sku() => map()}
  def items, do: Agent.get(__MODULE__, & &1)

  @spec total(Shop.basket()) :: non_neg_integer()
  def total(basket) do
    Agent.get(__MODULE__, fn items ->
      Enum.reduce(basket, 0, fn {sku, quantity}, sum -> sum + items[sku].price * quantity end)
    end)
  end
end
