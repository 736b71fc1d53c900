defmodule ShopTest do
  # The shop is one for all tests.
  use ExUnit.Case, async: false

  alias Shop.Stock

  setup do
    :ok = Application.stop(:shop)
    :ok = Application.start(:shop)
  end

  @moduletag capture_log: true
  @card %{holder: "Ada", token: "tok_test"}

  defp order_until(outcome, basket) do
    {:ok, id} = Shop.place_order("ada", basket, @card)
    if Shop.await(id) == outcome, do: id, else: order_until(outcome, basket)
  end

  test "an order that is paid is shipped, and its goods are gone" do
    before = Stock.free()["teapot"]
    order_until(:shipped, %{"teapot" => 2})
    assert Stock.free()["teapot"] == before - 2
  end

  test "a declined card gives the goods back" do
    before = Stock.free()

    {:ok, stream} =
      {:ok, Stream.repeatedly(fn -> Shop.place_order("ada", %{"saucer" => 1}, @card) end)}

    outcomes =
      stream
      |> Enum.take(40)
      |> Enum.map(fn {:ok, id} -> Shop.await(id) end)
      |> Enum.frequencies()

    assert outcomes[:declined] > 0
    # The last order may be told of before its goods are back.
    wait_until(fn -> Stock.free()["saucer"] == before["saucer"] - outcomes[:shipped] end)
  end

  test "what is not there cannot be ordered" do
    {:ok, id} = Shop.place_order("ada", %{"milk-jug" => 1_000}, @card)
    assert Shop.await(id) == :sold_out
    assert Stock.free()["milk-jug"] == 50
  end

  test "purchasing orders what runs out" do
    Stock.reserve(1, %{"sugar-bowl" => 30})
    assert Stock.free()["sugar-bowl"] == 10
    wait_until(fn -> Stock.free()["sugar-bowl"] == 40 end)
  end

  test "payments pause when the provider fails too often, and go on" do
    for _ <- 1..60, do: {:ok, _} = Shop.place_order("ada", %{"saucer" => 1}, @card)

    wait_until(fn ->
      match?({:open, %{charges: charges}} when charges == %{}, :sys.get_state(Shop.Payments))
    end)

    # The last order is on its way to the stock when its payment is through.
    wait_until(fn ->
      stats = Shop.Stats.all()
      Map.get(stats, :shipped, 0) + Map.get(stats, :declined, 0) == 60
    end)
  end

  test "a customer at a time never sees an order refunded" do
    outcomes = Shop.Load.run(seconds: 2, rate: 10, customers: 2)
    refute Map.has_key?(outcomes, :refunded)
    assert Enum.all?(Stock.free(), fn {_sku, free} -> free >= 0 end)
  end

  defp wait_until(condition, left \\ 500) do
    cond do
      condition.() -> :ok
      left == 0 -> flunk("it did not happen within ten seconds")
      true -> Process.sleep(20) && wait_until(condition, left - 1)
    end
  end
end
