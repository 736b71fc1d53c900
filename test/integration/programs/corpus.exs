# Every construct of the language, with `Say.here` wherever it is worth to know what the variables are: it prints them, and the stack.
defmodule Say do
  def here(marker, binding) do
    {:current_stacktrace, stack} = Process.info(self(), :current_stacktrace)

    frames =
      for {module, name, arity, place} <- stack, match?("Elixir.Corpus" <> _, Atom.to_string(module)) do
        "#{inspect(module)}.#{name}/#{arity}:#{place[:line]}"
      end

    shown =
      for {name, value} <- binding, is_atom(name) do
        "#{name}=" <> if(is_function(value), do: "(fun)", else: inspect(value, limit: :infinity, width: :infinity))
      end

    IO.puts(Enum.join(["HERE", marker, Enum.join(shown, " ;; "), Enum.join(frames, " ")], "\t"))
    :ok
  end
end

defmodule Corpus.Point do
  defstruct x: 0, y: 0
end

defmodule Corpus.Macros do
  defmacro twice(expression) do
    quote do
      value = unquote(expression)
      value + value
    end
  end

  defmacro define(name, do: block) do
    quote do
      def unquote(name)(given) do
        hidden = given
        _ = hidden
        unquote(block)
      end
    end
  end
end

defprotocol Corpus.Shape do
  def area(shape)
end

defimpl Corpus.Shape, for: Corpus.Point do
  def area(%{x: x, y: y}) do
    product = x * y
    Say.here("protocol", binding())
    product
  end
end

defmodule Corpus.Base do
  defmacro __using__(_) do
    quote do
      def greet(name), do: "hello " <> name
      defoverridable greet: 1
    end
  end
end

defmodule Corpus.Overrides do
  use Corpus.Base

  def greet(name) do
    said = super(name)
    Say.here("super", binding())
    said <> "!"
  end
end

defmodule Corpus.Server do
  use GenServer

  def init(start) do
    state = %{count: start}
    Say.here("init", binding())
    {:ok, state}
  end

  def handle_call({:add, n}, _from, %{count: count} = state) when is_integer(n) do
    new = count + n
    Say.here("handle_call", binding())
    {:reply, new, %{state | count: new}}
  end

  def handle_cast(:reset, state) do
    state = %{state | count: 0}
    Say.here("handle_cast", binding())
    {:noreply, state}
  end
end

defmodule Corpus do
  import Corpus.Macros
  alias Corpus.Point

  @factor 3

  def all do
    rebinding(1)
    branches(5)
    branches(-5)
    conditions(7, nil)
    withs(%{a: %{b: 1}})
    withs(%{a: 1})
    comprehensions([1, 2, 3])
    tries(:ok)
    tries(:error)
    tries(:throw)
    tries(:exit)
    receives()
    funs(10)
    captures([3, 1, 2])
    pipes("a b c")
    body(3)
    loop(3, [])
    mutual_even(3)
    defaults(1)
    defaults(1, 2, 3)
    guards(3, :x)
    guards(3.5, :y)
    binaries(<<1, 2, 3::16, "rest">>)
    structs(%Point{x: 1, y: 2})
    shadows(1)
    macros(4)
    generated(9)
    pins(1, [1, 2])
    nested([[1, 2], [3]])
    strings("wörld", 2)
    maps(%{a: 1, b: %{c: 2}})
    logic(nil, 2)
    Corpus.Overrides.greet("joe")
    Corpus.Shape.area(%Point{x: 2, y: 5})
    server()
    tasks(3)
    streams(4)
    stack_trace()
    deep(5)
    blocks(2)
    rescue_function(:boom)
    keyword(size: 3, color: :red)
    caller(fn x -> x + 1 end, 5)
    ignored(1, 2)
    :done
  end

  def rebinding(x) do
    Say.here("rebinding 1", binding())
    x = x + 1
    Say.here("rebinding 2", binding())
    {x, y} = {x * 10, x}
    Say.here("rebinding 3", binding())
    x + y
  end

  def branches(n) do
    result =
      case n do
        m when m > 0 ->
          n = m * 2
          Say.here("case inside", binding())
          n

        _ ->
          other = :negative
          Say.here("case other", binding())
          other
      end

    Say.here("case after", binding())

    if n > 0 do
      inside = n
      Say.here("if", binding())
      inside
    else
      outside = -n
      Say.here("else", binding())
      outside
    end

    Say.here("if after", binding())
    result
  end

  def conditions(a, b) do
    c =
      cond do
        is_nil(a) -> 0
        d = b -> d
        true -> a * 2
      end

    Say.here("cond", binding())

    unless b do
      e = c + 1
      Say.here("unless", binding())
      e
    end

    c
  end

  def withs(map) do
    answer =
      with %{a: inner} <- map,
           %{b: value} = whole <- inner,
           double = value * 2 do
        Say.here("with", binding())
        {double, whole}
      else
        other ->
          Say.here("with else", binding())
          {:no, other}
      end

    Say.here("with after", binding())
    answer
  end

  def comprehensions(list) do
    squares =
      for x <- list, y = x * x, y > 1 do
        z = x + y
        Say.here("for", binding())
        z
      end

    Say.here("for after", binding())

    sum =
      for x <- squares, reduce: 0 do
        acc ->
          acc = acc + x
          Say.here("for reduce", binding())
          acc
      end

    pairs = for a <- list, b <- [:p, :q], into: %{}, do: {{a, b}, a}
    bytes = <<1, 2>>
    bits = for <<b <- bytes>>, do: b + 1
    Say.here("for bits", binding())
    {sum, pairs, bits}
  end

  def tries(what) do
    result =
      try do
        started = what
        Say.here("try", binding())

        case started do
          :ok -> :fine
          :error -> raise ArgumentError, "bad"
          :throw -> throw({:ball, 1})
          :exit -> exit(:gone)
        end
      rescue
        error in ArgumentError ->
          message = Exception.message(error)
          Say.here("rescue", binding())
          message
      catch
        :exit, reason ->
          Say.here("catch exit", binding())
          reason

        {:ball, number} ->
          Say.here("catch throw", binding())
          number
      else
        fine ->
          Say.here("try else", binding())
          fine
      after
        Say.here("after", binding())
      end

    Say.here("try after", binding())
    result
  end

  def receives do
    me = self()
    send(me, {:value, 42})

    got =
      receive do
        {:value, value} ->
          Say.here("receive", binding())
          value
      after
        1000 -> :nothing
      end

    late =
      receive do
        :never -> 1
      after
        1 ->
          waited = true
          Say.here("receive after", binding())
          waited
      end

    {got, late}
  end

  def funs(n) do
    add = fn
      0, b ->
        Say.here("fn zero", binding())
        b

      a, b ->
        c = a + b + n
        Say.here("fn", binding())
        c
    end

    first = add.(0, 2)
    second = add.(1, 2)
    Say.here("fn after", binding())

    outer = fn x ->
      inner = fn y ->
        z = x + y + second
        Say.here("fn in fn", binding())
        z
      end

      inner.(x) + first
    end

    third = outer.(7)
    Say.here("fn outer after", binding())
    third
  end

  def captures(list) do
    sorted = Enum.sort_by(list, &(-&1))
    mapped = Enum.map(sorted, &double/1)
    Say.here("captures", binding())
    mapped
  end

  def double(x) do
    y = x * 2
    Say.here("captured", binding())
    y
  end

  def pipes(text) do
    words =
      text
      |> String.split()
      |> Enum.map(&String.upcase/1)
      |> then(fn list ->
        count = length(list)
        Say.here("then", binding())
        {count, list}
      end)

    Say.here("pipes", binding())
    words
  end

  def body(0) do
    Say.here("body end", binding())
    0
  end

  def body(n) do
    rest = body(n - 1)
    Say.here("body", binding())
    n + rest
  end

  def loop(0, acc) do
    Say.here("loop end", binding())
    acc
  end

  def loop(n, acc) do
    acc = [n | acc]
    Say.here("loop", binding())
    loop(n - 1, acc)
  end

  def mutual_even(0), do: true

  def mutual_even(n) do
    Say.here("even", binding())
    mutual_odd(n - 1)
  end

  def mutual_odd(0), do: false

  def mutual_odd(m) do
    Say.here("odd", binding())
    mutual_even(m - 1)
  end

  def defaults(a, b \\ 10, c \\ 20) do
    sum = a + b + c
    Say.here("defaults", binding())
    sum
  end

  def guards(n, tag) when is_integer(n) and n > 0 do
    Say.here("guard integer", binding())
    {tag, n}
  end

  def guards(n, tag) when is_float(n) do
    rounded = round(n)
    Say.here("guard float", binding())
    {tag, rounded}
  end

  def binaries(<<a, b::8, c::16, rest::binary>>) do
    size = byte_size(rest)
    <<first::binary-size(2), _::binary>> = rest
    Say.here("binaries", binding())
    <<a, b, c::16, first::binary, size>>
  end

  def structs(%Point{x: x} = point) do
    moved = %{point | x: x + @factor}
    %Point{y: y} = moved
    Say.here("structs", binding())
    moved.x + y
  end

  def shadows(x) do
    f = fn x ->
      x = x * 100
      Say.here("shadow fn", binding())
      x
    end

    y = f.(x + 1)
    list = for x <- [y, y + 1], do: x
    Say.here("shadow after", binding())
    {x, list}
  end

  def macros(n) do
    value = 1
    sum = twice(n + value)
    Say.here("macros", binding())
    sum
  end

  define :generated do
    local = 5
    Say.here("generated", binding())
    local
  end

  def pins(wanted, list) do
    found =
      case list do
        [^wanted, next] ->
          Say.here("pin", binding())
          next

        _ ->
          nil
      end

    {^wanted, kept} = {wanted, found}
    Say.here("pin after", binding())
    kept
  end

  def nested(lists) do
    flat =
      for list <- lists do
        for item <- list do
          up = item + 1
          Say.here("nested for", binding())
          up
        end
      end

    total =
      Enum.reduce(flat, 0, fn list, sum ->
        here = Enum.sum(list)
        Say.here("reduce", binding())
        sum + here
      end)

    Say.here("nested after", binding())
    total
  end

  def strings(name, n) do
    text = "hello #{name} #{n + 1}"
    list = ~w(a b)a
    chars = [1000, 2000]
    regex = Regex.run(~r/l+/, text)
    Say.here("strings", binding())
    {text, list, chars, regex}
  end

  def maps(%{a: a, b: %{c: c}} = map) do
    map = Map.put(map, :d, a + c)
    %{d: d} = map = %{map | a: 9}
    Say.here("maps", binding())
    {d, map}
  end

  def logic(a, b) do
    c = a || b
    d = c && c + 1
    e = not is_nil(d) and d > 2
    matched = match?({_, x} when x > 1, {1, d})
    Say.here("logic", binding())
    {c, d, e, matched}
  end

  def server do
    {:ok, server} = GenServer.start_link(Corpus.Server, 1)
    added = GenServer.call(server, {:add, 4})
    GenServer.cast(server, :reset)
    again = GenServer.call(server, {:add, 1})
    Say.here("server", binding())
    GenServer.stop(server)
    {added, again}
  end

  def tasks(n) do
    result =
      fn ->
        made = n * n
        Say.here("task", binding())
        made
      end
      |> Task.async()
      |> Task.await()

    Say.here("task after", binding())
    result
  end

  def streams(n) do
    list =
      1..n
      |> Stream.map(fn x ->
        y = x * n
        Say.here("stream", binding())
        y
      end)
      |> Stream.filter(&(rem(&1, 2) == 0))
      |> Enum.take(2)

    Say.here("streams", binding())
    list
  end

  def stack_trace do
    try do
      fails(1)
    rescue
      e ->
        [{module, name, _, _} | _] = __STACKTRACE__
        Say.here("stacktrace", binding())
        {module, name, e}
    end
  end

  def fails(n) do
    bad = n - 1
    Say.here("before raise", binding())
    div(n, bad)
  end

  def deep(0) do
    bottom = :here
    Say.here("deep", binding())
    bottom
  end

  def deep(n) do
    result = deep(n - 1)
    {n, result}
  end

  def blocks(n) do
    x =
      (
        y = n + 1
        y * 2
      )

    Say.here("blocks", binding())
    x + y
  end

  def rescue_function(what) do
    thrown = what
    throw(thrown)
  catch
    caught ->
      Say.here("function catch", binding())
      caught
  after
    Say.here("function after", binding())
  end

  def keyword(size: size, color: color) do
    Say.here("keyword", binding())
    {size, color}
  end

  def caller(fun, n) do
    value = fun.(n)
    Say.here("caller", binding())
    value
  end

  def ignored(_first, second) do
    _unused = second
    Say.here("ignored", binding())
    second
  end
end

:erlang.system_flag(:backtrace_depth, 64)
Corpus.all()
