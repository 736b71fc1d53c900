defmodule Shop.Payments do
  @moduledoc """
  Takes money through the provider. A provider that is unavailable is asked again; when it fails too often in a row,
  payments pause for a while and everything new waits.

      :open  --3 failures in a row-->  :paused  --a moment later-->  :open
  """
  @behaviour :gen_statem

  alias Shop.Payments.Provider

  @attempts 4
  @retry_after 30
  @pause 120

  defstruct charges: %{}, calls: %{}, failures: 0

  def child_spec(_), do: %{id: __MODULE__, start: {__MODULE__, :start_link, []}}
  def start_link, do: :gen_statem.start_link({:local, __MODULE__}, __MODULE__, :ok, [])

  @doc "Charges a card. The calling order gets `{:payment, order_id, :paid | :declined}`."
  @spec charge(Shop.order_id(), pos_integer(), map()) :: :ok
  def charge(order_id, amount, card),
    do: :gen_statem.cast(__MODULE__, {:charge, self(), order_id, amount, card})

  @spec refund(Shop.order_id()) :: :ok
  def refund(order_id), do: :gen_statem.cast(__MODULE__, {:refund, order_id})

  @impl true
  def callback_mode, do: :handle_event_function

  @impl true
  def init(:ok), do: {:ok, :open, %__MODULE__{}}

  @impl true
  def handle_event(:cast, {:charge, _, _, _, _}, :paused, _data),
    do: {:keep_state_and_data, :postpone}

  def handle_event({:timeout, {:retry, _}}, _, :paused, _data),
    do: {:keep_state_and_data, :postpone}

  def handle_event(:cast, {:charge, order, order_id, amount, card}, :open, data) do
    charge = %{order: order, amount: amount, card: card, attempt: 1}
    {:keep_state, ask(%{data | charges: Map.put(data.charges, order_id, charge)}, order_id)}
  end

  def handle_event(:cast, {:refund, order_id}, _state, _data) do
    Task.Supervisor.start_child(Shop.Payments.Calls, Provider, :refund, [order_id])
    :keep_state_and_data
  end

  def handle_event({:timeout, {:retry, order_id}}, :again, :open, data) do
    data = update_in(data.charges[order_id].attempt, &(&1 + 1))
    {:keep_state, ask(data, order_id)}
  end

  # The provider's answer, from the task that asked.
  def handle_event(:info, {call, answer}, state, data) when is_map_key(data.calls, call) do
    Process.demonitor(call, [:flush])
    {order_id, calls} = Map.pop!(data.calls, call)
    answered(answer, order_id, state, %{data | calls: calls})
  end

  def handle_event(:info, {:DOWN, call, :process, _, _}, state, data)
      when is_map_key(data.calls, call) do
    {order_id, calls} = Map.pop!(data.calls, call)
    answered({:error, :unavailable}, order_id, state, %{data | calls: calls})
  end

  def handle_event(:state_timeout, :resume, :paused, data),
    do: {:next_state, :open, %{data | failures: 0}}

  defp answered({:error, :unavailable}, order_id, state, data) do
    if data.charges[order_id].attempt >= @attempts do
      tell(data, order_id, :declined)
    else
      failures = data.failures + 1
      retry = {{:timeout, {:retry, order_id}}, @retry_after, :again}

      if failures >= 3 and state == :open do
        {:next_state, :paused, %{data | failures: failures},
         [retry, {:state_timeout, @pause, :resume}]}
      else
        {:keep_state, %{data | failures: failures}, retry}
      end
    end
  end

  defp answered(result, order_id, _state, data), do: tell(%{data | failures: 0}, order_id, result)

  defp tell(data, order_id, result) do
    {charge, charges} = Map.pop!(data.charges, order_id)
    send(charge.order, {:payment, order_id, result})
    {:keep_state, %{data | charges: charges}}
  end

  defp ask(data, order_id) do
    charge = data.charges[order_id]

    task =
      Task.Supervisor.async_nolink(Shop.Payments.Calls, Provider, :charge, [
        order_id,
        charge.amount,
        charge.attempt
      ])

    %{data | calls: Map.put(data.calls, task.ref, order_id)}
  end
end
