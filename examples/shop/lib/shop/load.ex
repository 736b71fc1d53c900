defmodule Shop.Load do
  @moduledoc "Customers: `customers` of them place about `rate` orders a second together, for `seconds`."

  # What customers like, in hundredths: the tea bowl was in a magazine.
  @taste [
    {"tea-bowl", 40},
    {"espresso-cup", 20},
    {"saucer", 15},
    {"milk-jug", 10},
    {"teapot", 8},
    {"sugar-bowl", 7}
  ]

  @doc "Runs the customers to the end, and says what became of their orders."
  @spec run(keyword()) :: %{atom() => pos_integer()}
  def run(options \\ []) do
    seconds = Keyword.get(options, :seconds, 5)
    rate = Keyword.get(options, :rate, 160)
    customers = Keyword.get(options, :customers, 80)
    every = max(1, div(customers * 1_000, rate))
    opened = now()
    closes = opened + round(seconds * 1_000)

    1..customers
    |> Task.async_stream(
      fn customer -> shop(customer, 1, opened + rem(customer * 37, every), every, closes, []) end,
      max_concurrency: customers,
      timeout: :infinity
    )
    |> Enum.flat_map(fn {:ok, outcomes} -> outcomes end)
    |> Enum.frequencies()
  end

  defp shop(customer, visit, at, every, closes, outcomes) do
    Process.sleep(max(0, at - now()))

    if now() >= closes do
      outcomes
    else
      card = %{holder: "Customer #{customer}", token: "tok_#{customer}_#{visit}"}
      {:ok, id} = Shop.place_order("customer-#{customer}", basket(customer, visit), card)
      outcome = Shop.await(id, 10_000)
      shop(customer, visit + 1, max(at + every, now()), every, closes, [outcome | outcomes])
    end
  end

  defp basket(customer, visit) do
    first = pick(:erlang.phash2({customer, visit}, 100), @taste)

    case :erlang.phash2({visit, customer}, 4) do
      0 ->
        %{first => 2}

      1 ->
        Map.put_new(%{first => 1}, pick(:erlang.phash2({customer, visit, :also}, 100), @taste), 1)

      _ ->
        %{first => 1}
    end
  end

  defp pick(n, [{sku, share} | _]) when n < share, do: sku
  defp pick(n, [{_, share} | rest]), do: pick(n - share, rest)

  defp now, do: System.monotonic_time(:millisecond)
end
