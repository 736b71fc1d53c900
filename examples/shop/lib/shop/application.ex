defmodule Shop.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _args) do
    children = [
      Shop.Stats,
      Shop.Catalog,
      Shop.Stock.Supervisor,
      {Task.Supervisor, name: Shop.Payments.Calls},
      Shop.Payments,
      Shop.Orders,
      Shop.Checkout.Supervisor
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: Shop.Supervisor)
  end
end
