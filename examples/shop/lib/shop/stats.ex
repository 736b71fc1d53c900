defmodule Shop.Stats do
  @moduledoc "Counts what happened, by name."
  use Agent

  def start_link(_), do: Agent.start_link(fn -> %{} end, name: __MODULE__)

  @spec count(atom()) :: :ok
  def count(what), do: Agent.cast(__MODULE__, &Map.update(&1, what, 1, fn n -> n + 1 end))

  @spec all() :: %{atom() => pos_integer()}
  def all, do: Agent.get(__MODULE__, & &1)
end
