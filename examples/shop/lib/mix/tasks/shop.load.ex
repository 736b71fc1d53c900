defmodule Mix.Tasks.Shop.Load do
  @shortdoc "Opens the shop and sends customers in"
  @moduledoc """
  Opens the shop and sends customers in.

      mix shop.load [--seconds 5] [--rate 160] [--customers 80]
  """
  use Mix.Task

  @impl true
  def run(arguments) do
    {options, []} =
      OptionParser.parse!(arguments,
        strict: [seconds: :float, rate: :integer, customers: :integer]
      )

    Mix.Task.run("app.start")
    outcomes = Shop.Load.run(options)

    Mix.shell().info("#{outcomes |> Map.values() |> Enum.sum()} orders:")
    for {outcome, count} <- Enum.sort(outcomes), do: Mix.shell().info("  #{outcome}: #{count}")
  end
end
