defmodule Shop.Orders do
  @moduledoc "The running orders: each is a process, found by its number."
  use Supervisor

  def start_link(_), do: Supervisor.start_link(__MODULE__, :ok, name: __MODULE__)

  @impl true
  def init(:ok) do
    children = [
      {Registry, keys: :unique, name: Shop.Orders.Registry},
      {DynamicSupervisor, name: Shop.Orders.Supervisor}
    ]

    Supervisor.init(children, strategy: :rest_for_one)
  end
end
