%% Makes up Elixir modules, out of what the language has, for comparing them with themselves rewritten. As rewrite_fuzz_erlang, with which
%% it shares how functions are called.
-module(rewrite_fuzz_elixir).

-export([module/1]).

-define(FUNCTIONS, 4).
-define(LOOPS, 3).

%% The text of a module with this name.
-spec module(atom()) -> binary().
module(Name) ->
    put(fresh, 0),
    unicode:characters_to_binary([
        "defmodule ", inspect(Name), " do\n",
        "  defstruct a: 1, b: nil\n  @compile {:no_warn_undefined, :m}\n",
        pick(["", "  @compile {:inline, small: 1}\n"]),
        "  defmacrop twice(x) do\n    quote do\n      tmp = unquote(x)\n      {tmp, tmp}\n    end\n  end\n",
        "  def log(x) do\n    Process.put(:log, [x | Process.get(:log)])\n    x\n  end\n",
        "  def small(x) when is_integer(x), do: x + 1\n  def small(x) when is_atom(x), do: x\n",
        "  def fib(n) when n in [0, 1], do: n\n  def fib(n) when n > 1 and n < 12, do: fib(n - 1) + fib(n - 2)\n",
        "  def table(1), do: :one\n  def table({_, :b}), do: log(:b)\n  def table(\"te\" <> rest), do: rest\n  def table(%{k: 1}), do: fib(4)\n",
        "  def over(x), do: log({:over, x})\n  defoverridable over: 1\n  def over(x), do: {:again, super(x)}\n",
        "  def defaults(a, b \\\\ 2, c \\\\ :c), do: {a, b, c}\n",
        [function(F) || F <- lists:seq(1, ?FUNCTIONS)],
        [loop(L) || L <- lists:seq(1, ?LOOPS)],
        "end\n"
    ]).

inspect(Name) -> lists:nthtail(length("Elixir."), atom_to_list(Name)).

function(F) ->
    Name = ["f", integer_to_list(F)],
    ["  def ", Name, "(n, a, b) when n <= 0 do\n    :rewrite_same.leaf()\n    {:leaf, a, b}\n  end\n",
     [begin
        {A, E1} = pattern(["n"], 2),
        {B, E2} = pattern(E1, 2),
        ["  def ", Name, "(n, ", A, ", ", B, ")", guard(E2), " do\n", body(E2, 4), "\n  end\n"]
      end || _ <- lists:seq(1, rand:uniform(3))],
     case one_of(3) of true -> ""; false -> ["  def ", Name, "(n, a, b) do\n", body(["n", "a", "b"], 4), "\n  end\n"] end].

loop(L) ->
    Name = ["loop", integer_to_list(L)],
    ["  def ", Name, "(n, _) when n <= 0 do\n    :rewrite_same.leaf()\n    :done\n  end\n  def ", Name, "(n, a) do\n", tail(["n", "a"], 3), "\n  end\n"].

tail(Env, 0) ->
    Next = ["loop", integer_to_list(rand:uniform(?LOOPS))],
    Args = ["(n - 1, ", pick(Env), ")"],
    pick([[Next, Args], ["__MODULE__.", Next, Args], ["apply(__MODULE__, :", Next, ", [n - 1, ", pick(Env), "])"], ["(fn -> ", Next, Args, " end).()"],
          ["(n - 1) |> ", Next, "(", pick(Env), ")"], ["(&", Next, "/2).", Args]]);
tail(Env, Size) ->
    V = fresh(),
    Inner = fun() -> tail(Env, rand:uniform(Size) - 1) end,
    More = fun() -> tail([V | Env], rand:uniform(Size) - 1) end,
    (pick([
        fun() -> [V, " = {", pick(Env), ", n}\n", More()] end,
        fun() -> ["log(", pick(Env), ")\n", Inner()] end,
        fun() -> ["if rem(n, 2) == 0 do\n", Inner(), "\nelse\n", Inner(), "\nend"] end,
        fun() -> ["case ", pick(Env), " do\n", V, " when is_integer(", V, ") ->\n", More(), "\n_ ->\n", Inner(), "\nend"] end,
        fun() -> ["cond do\nis_integer(", pick(Env), ") ->\n", Inner(), "\n", V, " = n ->\n", More(), "\nend"] end,
        fun() -> ["with {:ok, ", V, "} <- {:ok, ", pick(Env), "},\n true <- is_integer(", V, ") do\n", More(), "\nelse\n_ ->\n", Inner(), "\nend"] end,
        fun() -> ["receive do\n{:never, ", V, "} ->\n", More(), "\nafter\n0 ->\n", Inner(), "\nend"] end,
        fun() -> ["try do\nthrow(", pick(Env), ")\ncatch\n", V, " ->\n", More(), "\nend"] end,
        fun() -> ["try do\n", pick(Env), "\nrescue\n_ -> 1\nelse\n", V, " ->\n", More(), "\nend"] end,
        fun() -> ["n > 0 && (", one(tail(Env, 0)), ")"] end
    ]))().

one(Text) -> Text.

%% --- bodies --------------------------------------------------------------------------------------------------------------------

body(Env, Size) -> body(Env, Size, rand:uniform(3)).

body(Env, Size, 1) ->
    case one_of(4) of
        true -> element(1, statement(Env, Size));
        false -> expression(Env, Size)
    end;
body(Env, Size, Count) ->
    {Text, New} = statement(Env, Size - 1),
    [Text, "\n", body(New, Size - 1, Count - 1)].

statement(Env, Size) ->
    V = fresh(),
    W = fresh(),
    case rand:uniform(9) of
        1 -> {expression(Env, Size), Env};
        2 -> {["{", V, ", ", W, "} = {", expression(Env, Size - 1), ", ", expression(Env, Size - 1), "}"], [V, W | Env]};
        3 -> {["[", V, " | ", W, "] = [", expression(Env, Size - 1), "]"], [V, W | Env]};
        4 -> {["%{k: ", V, "} = %{k: ", expression(Env, Size - 1), "}"], [V | Env]};
        5 -> {["<<", V, "::8, ", W, "::binary>> = <<(", pick(Env), ")::8, \"rest\">>"], [V, W | Env]};
        6 -> {[pick(["a", "x"]), " = ", expression(Env, Size - 1), "\n", V, " = n"], [V | Env]};
        7 -> {[V, " = log(", expression(Env, Size - 1), ")\n", V, " = {", V, ", ", V, "}"], [V | Env]};
        8 -> {["{", V, ", ^n} = {", expression(Env, Size - 1), ", ", pick(["n", "n", expression(Env, 0)]), "}"], [V | Env]};
        9 -> {[V, " = ", expression(Env, Size)], [V | Env]}
    end.

pattern(Env, Size) ->
    V = fresh(),
    W = fresh(),
    case rand:uniform(14) of
        1 when Size > 0 -> {A, E1} = pattern(Env, Size - 1), {B, E2} = pattern(E1, Size - 1), {["{", A, ", ", B, "}"], E2};
        2 when Size > 0 -> {A, E1} = pattern(Env, Size - 1), {["[", A, " | ", W, "]"], [W | E1]};
        3 -> {["%{k: ", V, "}"], [V | Env]};
        4 -> {["<<", V, "::8, ", W, "::binary>>"], [V, W | Env]};
        5 -> {["%__MODULE__{a: ", V, "}"], [V | Env]};
        6 -> {["{_, _} = ", V], [V | Env]};
        7 -> {["[_ | _] = ", V], [V | Env]};
        8 -> {pick(["1", ":a", "[]", "{1, 2}", "\"text\"", "true", "_", "nil"]), Env};
        9 -> {["\"te\" <> ", V], [V | Env]};
        10 -> {["_", V], Env};
        _ -> {V, [V | Env]}
    end.

guard(Env) ->
    V = pick(Env),
    W = pick(Env),
    pick(["", "", "", [" when is_integer(", V, ")"], [" when ", V, " > ", W], [" when length(", V, ") > 1 when is_tuple(", W, ")"], [" when ", V, " === ", W, " and n > 0"],
          [" when ", V, " in [1, :a, nil]"], [" when elem(", V, ", 0) == :a or is_map(", W, ")"], [" when is_struct(", V, ")"]]).

%% --- expressions ---------------------------------------------------------------------------------------------------------------

expression(Env, Size) when Size =< 0 ->
    pick([pick(Env), pick(Env), pick(["0", "1", ":a", "[]", "true", "nil", "\"s\"", "%{k: :v}", "{1, :x}", "2.5", "'s'", "[k: 1]", "1..3"])]);
expression(Env, Size) ->
    E = fun() -> expression(Env, Size - 1 - (rand:uniform(2) - 1)) end,
    With = fun(New) -> expression(New ++ Env, Size - 1) end,
    B = fun(New) -> body(New ++ Env, Size - 1) end,
    V = fresh(),
    W = fresh(),
    F = ["f", integer_to_list(rand:uniform(?FUNCTIONS))],
    ["(", (pick([
        fun() -> ["(", E(), pick([" + ", " - ", " * ", " / "]), E(), ")"] end,
        fun() -> [pick(["div", "rem", "max", "min"]), "(", E(), ", ", E(), ")"] end,
        fun() -> ["(", E(), pick([" > ", " <= ", " == ", " === ", " != "]), E(), ")"] end,
        fun() -> ["(", E(), pick([" && ", " || ", " && ", " || ", " and ", " or "]), E(), ")"] end,
        fun() -> [pick(["!", "not "]), "(", E(), ")"] end,
        fun() -> ["{", E(), ", ", E(), "}"] end,
        fun() -> ["[", E(), ", ", E(), " | ", E(), "]"] end,
        fun() -> ["([", E(), "] ++ ", E(), ")"] end,
        fun() -> ["%{", E(), " => ", E(), ", :k => ", E(), "}"] end,
        fun() -> ["%{(", E(), ") | k: ", E(), "}"] end,
        fun() -> ["%__MODULE__{a: ", E(), ", b: ", E(), "}"] end,
        fun() -> ["%__MODULE__{(", E(), ") | b: ", E(), "}"] end,
        fun() -> [pick([pick(Env), ["log(", E(), ")"]]), ".a"] end,
        fun() -> [pick([pick(Env), ["log(", E(), ")"]]), "[:k]"] end,
        fun() -> ["\"x#{", E(), "} and #{inspect(", E(), ")}\""] end,
        fun() -> ["(\"s\" <> log(", E(), "))"] end,
        fun() -> ["<<(", pick(Env), ")::8, (", pick([pick(Env), ["log(", E(), ")"]]), ")::binary>>"] end,
        fun() -> ["log(", E(), ")"] end,
        fun() -> ["log(", E(), ")"] end,
        fun() -> [F, "(n - 1, ", E(), ", ", E(), ")"] end,
        fun() -> ["__MODULE__.", F, "(n - 1, ", E(), ", ", E(), ")"] end,
        fun() -> ["apply(__MODULE__, :", F, ", [n - 1, ", E(), ", ", E(), "])"] end,
        fun() -> ["((n - 1) |> ", F, "(", E(), ", ", E(), ") |> log())"] end,
        fun() -> ["(", E(), " |> ", pick(["small()", "table()", "over()", "defaults()", "defaults(5)", "List.wrap()", "inspect()", "Enum.to_list()", "Enum.map(&{&1, &1})"]), ")"] end,
        fun() -> ["twice(", E(), ")"] end,
        fun() -> [pick(["hd", "length", "tuple_size", "Enum.count", "Map.keys", "to_string", "is_nil", "Enum.sum"]), "(", E(), ")"] end,
        fun() -> ["Enum.map(", E(), ", fn ", V, " -> ", With([V]), " end)"] end,
        fun() -> ["Enum.reduce(", E(), ", ", E(), ", fn ", V, ", ", W, " ->\n", B([V, W]), "\nend)"] end,
        fun() -> ["Enum.map(", E(), ", &(&1 + ", pick(Env), "))"] end,
        fun() -> ["case ", E(), " do\n", clauses(Env, Size), "\nend"] end,
        fun() -> ["if ", E(), " do\n", B([]), "\nelse\n", B([]), "\nend"] end,
        fun() -> ["(unless ", E(), ", do: ", E(), ")"] end,
        fun() -> ["(if ", V, " = ", E(), ", do: ", With([V]), ", else: ", E(), ")"] end,
        fun() -> ["cond do\n", E(), " ->\n", B([]), "\n", V, " = ", E(), " ->\n", B([V]), "\n", pick([["true ->\n", B([])], ["n > 5 -> 1"]]), "\nend"] end,
        fun() -> {P, New} = pattern(Env, 1), {Q, More} = pattern(New, 1),
                 ["with ", P, " <- ", E(), ",\n ", V, " = ", expression(New, Size - 2), ",\n ", Q, " <- ", expression([V | New], Size - 2), " do\n", body(More, Size - 1), "\n",
                  pick(["", ["else\n", clauses(Env, Size), "\n"]]), "end"] end,
        fun() -> ["(for ", V, " <- ", E(), pick(["", [", is_integer(", V, ")"], [", ", V, " > 1"], [", ", W, " = ", V], [", log(", V, ")"]]), pick(["", ", uniq: true", ", into: []"]), ", do: ", With([V]), ")"] end,
        fun() -> ["(for ", V, " <- [1, 2, :a], {", W, ", _} <- [{", V, ", 1}, ", E(), "], into: %{}, do: {", V, ", ", With([V, W]), "})"] end,
        fun() -> ["for ", V, " <- ", E(), ", reduce: ", E(), " do\n", W, " ->\n", B([V, W]), "\nend"] end,
        fun() -> ["(for <<", V, "::4 <- (", pick(["<<1, 2, 3>>", E()]), ")>>, do: ", With([V]), ")"] end,
        fun() -> ["(for <<", V, " <- \"abc\">>, into: \"\", do: <<", V, " + 1>>)"] end,
        fun() -> ["send(self(), ", E(), ")"] end,
        fun() -> ["receive do\n{:never, ", V, "} ->\n", B([V]), "\nafter\n0 ->\n", B([]), "\nend"] end,
        fun() -> ["try do\n", B([]), "\nrescue\n", V, " in ", pick(["ArithmeticError", "[ArgumentError, MatchError]", "KeyError", "FunctionClauseError"]), " ->\n{:rescued, ", V, ".__struct__, ", With([]), "}\nend"] end,
        fun() -> ["try do\n", B([]), "\nrescue\n", V, " -> {:rescued, ", V, ".__struct__}\nelse\n", clauses(Env, Size), "\nend"] end,
        fun() -> ["try do\n", B([]), "\ncatch\n", pick([":throw, ", ":exit, ", ":error, ", "_, ", ""]), V, " ->\n", B([V]), "\nend"] end,
        fun() -> ["try do\n", B([]), "\nafter\nlog(", E(), ")\nend"] end,
        fun() -> ["try do\n", B([]), "\nrescue\n_ -> length(__STACKTRACE__) > 0\ncatch\n", V, " -> ", With([V]), "\nafter\nlog(:after)\nend"] end,
        fun() -> [pick(["throw", "exit"]), "(", E(), ")"] end,
        fun() -> ["raise(", pick(["\"odd\"", "ArgumentError", "KeyError, key: 1, term: %{}"]), ")"] end,
        fun() -> ["(fn ", V, " -> ", With([V]), " end).(", E(), ")"] end,
        fun() -> ["(fn\n1, _ -> n\n_, ", V, " when is_integer(", V, ") ->\n", B([V]), "\n_, _ -> :other\nend).(", E(), ", ", E(), ")"] end,
        fun() -> ["(", E(), ").(", E(), ")"] end,
        fun() -> ["&", F, "/3"] end,
        fun() -> ["fn ", V, " -> ", With([V]), " end"] end,
        fun() -> ["(fn -> ", E(), " end)"] end,
        fun() -> ["match?({_, ", V, "} when ", V, " > 1, ", E(), ")"] end,
        fun() -> ["(", E(), " in ", pick(["[1, 2, :a]", "1..5", E()]), ")"] end,
        fun() -> ["Process.put(:k", integer_to_list(rand:uniform(3)), ", ", E(), ")"] end,
        fun() -> ["(", V, " = ", E(), "; {", V, ", ", With([V]), "})"] end
    ]))(), ")"].

clauses(Env, Size) ->
    lists:join("\n", [begin
        {Pattern, New} = pattern(Env, 1),
        [Pattern, guard(New), " ->\n", body(New, Size - 1)]
     end || _ <- lists:seq(1, rand:uniform(3))] ++ [["_ ->\n", body(Env, Size - 1)] || one_of(2)]).

%% --- chance --------------------------------------------------------------------------------------------------------------------

fresh() ->
    N = get(fresh) + 1,
    put(fresh, N),
    ["v", integer_to_list(N)].

one_of(N) -> rand:uniform(N) =:= 1.

pick(Choices) ->
    lists:nth(rand:uniform(length(Choices)), Choices).
