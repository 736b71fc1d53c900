defmodule Shop.Checkout.Supervisor do
  @moduledoc false
  use Supervisor

  @workers 4

  def start_link(_), do: Supervisor.start_link(__MODULE__, :ok, name: __MODULE__)

  @impl true
  def init(:ok) do
    workers = for number <- 1..@workers, do: {Shop.Checkout.Worker, number}
    # When the dispatcher is gone, so are its idle workers: they report again.
    Supervisor.init([Shop.Checkout | workers], strategy: :rest_for_one)
  end
end
