defmodule Shop.Payments.Provider do
  @moduledoc """
  Stands in for the payment provider on the other side of the internet: it takes its time, declines some cards, and is
  unavailable now and then. What it does follows from the order's number, so that two runs are alike.
  """

  @spec charge(Shop.order_id(), pos_integer(), pos_integer()) ::
          :paid | :declined | {:error, :unavailable}
  def charge(order_id, amount, attempt) do
    Process.sleep(80 + :erlang.phash2({order_id, attempt}, 120))

    case :erlang.phash2({order_id, attempt, amount}, 100) do
      n when n < 6 -> {:error, :unavailable}
      n when n < 12 -> :declined
      _ -> :paid
    end
  end

  @spec refund(Shop.order_id()) :: :refunded
  def refund(order_id) do
    Process.sleep(20 + :erlang.phash2(order_id, 30))
    :refunded
  end
end
