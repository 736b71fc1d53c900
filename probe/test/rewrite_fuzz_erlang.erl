%% Makes up Erlang modules, out of everything that the language has, for comparing them with themselves rewritten.
%%
%% A module has functions `f1/3`…, which call each other with one turn less (N) until none is left, and `loop1/2`…, which go on with a
%% tail call wherever they end. Much of what they do fails; that is part of what is compared. Each call of log/1 tells in which order
%% things happened. Random numbers come from `rand`: the same seed gives the same module.
-module(rewrite_fuzz_erlang).

-export([module/1, calls/0]).

-define(FUNCTIONS, 4).
-define(LOOPS, 3).

%% The text of a module with this name.
-spec module(atom()) -> binary().
module(Name) ->
    put(fresh, 0),
    Text = iolist_to_binary([
        io_lib:format("-module(~p).~n-compile([export_all, nowarn_export_all]).~n-record(r, {a, b = 1}).~n", [Name]),
        pick(["", "", "", "-compile({inline, [small/1, log/1]}).\n", "-compile(inline).\n"]),
        "log(X) -> put(log, [X | get(log)]), X.\n",
        "small(X) when is_integer(X) -> X + 1;\nsmall(X) when is_atom(X) -> X.\n",
        "fib(0) -> 0;\nfib(1) -> 1;\nfib(N) when N > 1, N < 12 -> fib(N - 1) + fib(N - 2).\n",
        table(rand:uniform(12)),
        [function(F) || F <- lists:seq(1, ?FUNCTIONS)],
        [loop(L) || L <- lists:seq(1, ?LOOPS)]
    ]),
    binary:replace(Text, <<"?MODULE">>, atom_to_binary(Name), [global]).

%% What is to be called: flat ones must be so.
-spec calls() -> [{atom(), [term()]} | {flat, atom()}].
calls() ->
    Values = [0, 1, 7, a, b, true, false, {1, 2}, {a, {b, c}}, [], [1, 2, 3], [x | y], #{k => 1}, <<1, 2, 3>>, <<5:3>>, {r, 1, 2}, 1.5, "text"],
    [{list_to_atom("f" ++ integer_to_list(F)), [N, A, B]} || F <- lists:seq(1, ?FUNCTIONS), N <- [0, 1, 3], {A, B} <- pairs(Values)]
        ++ [{table, [A]} || A <- Values]
        ++ [{flat, list_to_atom("loop" ++ integer_to_list(L))} || L <- lists:seq(1, ?LOOPS)].

pairs(Values) ->
    lists:zip(Values, tl(Values) ++ [hd(Values)]) ++ [{A, A} || A <- Values].

%% --- functions -----------------------------------------------------------------------------------------------------------------

%% Of many clauses, some of which nothing fits.
table(Clauses) ->
    [lists:join(";\n", [["table(", pattern_of_argument(I), " -> ", case rand:uniform(3) of 1 -> integer_to_list(I); 2 -> ["log({table, ", integer_to_list(I), "})"]; 3 -> "fib(5)" end]
                        || I <- lists:seq(1, Clauses)]), ".\n"].

pattern_of_argument(I) ->
    pick([[integer_to_list(I), ")"], "{_, b})", "[_ | T]) when length(T) > 5", "<<_:3>>)", "X) when is_float(X)", "#{k := 1})", "#r{a = 1})", "a)"]).

function(F) ->
    Name = ["f", integer_to_list(F)],
    Clauses = [begin
        {A, E1} = pattern(["N"], 2),
        {B, E2} = pattern(E1, 2),
        {Guard, E} = {guard(E2), E2},
        {"N", A, B, Guard, body(E, 4, true)}
    end || _ <- lists:seq(1, rand:uniform(3))] ++ [{"N", "A", "B", "", body(["N", "A", "B"], 4, true)} || one_of(2) =:= false],
    [[Name, "(N, A, B) when N =< 0 -> rewrite_same:leaf(), {leaf, A, B};\n"],
     lists:join(";\n", [[Name, "(", N, ", ", A, ", ", B, ")", Guard, " ->\n    ", Body] || {N, A, B, Guard, Body} <- Clauses]), ".\n"].

loop(L) ->
    Name = ["loop", integer_to_list(L)],
    [Name, "(N, _) when N =< 0 -> rewrite_same:leaf(), done;\n", Name, "(N, A) ->\n    ", tail(["N", "A"], 3), ".\n"].

%% A body that ends with a tail call wherever it ends.
tail(Env, 0) ->
    [_ | _] = Env,
    Next = ["loop", integer_to_list(rand:uniform(?LOOPS))],
    Acc = safe(Env),
    pick([[Next, "(N - 1, ", Acc, ")"], ["?MODULE:", Next, "(N - 1, ", Acc, ")"], ["apply(?MODULE, ", Next, ", [N - 1, ", Acc, "])"],
          ["apply(fun ", Next, "/2, [N - 1, ", Acc, "])"], ["(fun() -> ", Next, "(N - 1, ", Acc, ") end)()"], ["(fun ", Next, "/2)(N - 1, ", Acc, ")"],
          ["(fun Named(0) -> ", Next, "(N - 1, ", Acc, "); Named(I) -> Named(I - 1) end)(3)"]]);
tail(Env, Size) ->
    V = fresh(),
    Inner = fun() -> tail(Env, rand:uniform(Size) - 1) end,
    More = fun() -> tail([V | Env], rand:uniform(Size) - 1) end,
    (pick([
        fun() -> [V, " = ", safe(Env), ",\n", More()] end,
        fun() -> ["log(", safe(Env), "),\n", Inner()] end,
        fun() -> ["case ", safe(Env), " of\n", V, " when is_integer(", V, ") -> ", More(), ";\n{_, _} -> ", Inner(), ";\n", fresh(), " -> ", Inner(), "\nend"] end,
        fun() -> ["if N rem 2 =:= 0 -> ", Inner(), "; true -> ", Inner(), " end"] end,
        fun() -> ["begin ", safe(Env), ", ", Inner(), " end"] end,
        fun() -> ["self() ! {turn, N}, receive {turn, N} -> ", Inner(), " after 100 -> ", Inner(), " end"] end,
        fun() -> ["receive {never, N} -> ", Inner(), " after 0 -> ", Inner(), " end"] end,
        fun() -> ["try ", safe(Env), " of ", V, " -> ", More(), "\ncatch _:_ -> ", Inner(), " end"] end,
        fun() -> ["try throw(", safe(Env), ") catch throw:", V, " -> ", More(), " end"] end,
        fun() -> ["try error(", safe(Env), ") catch error:", V, ":Stack", V, " -> log(length(Stack", V, ") > 0), ", More(), " end"] end,
        fun() -> ["(N > 0) andalso ", one(tail(Env, 0))] end,
        fun() -> ["(N < 0) orelse ", one(tail(Env, 0))] end,
        fun() -> ["F", V, " = fun(X) -> log(X), loop1(X - 1, ", safe(Env), ") end, F", V, "(N)"] end
    ]))().

one(Text) -> ["begin ", Text, " end"].

%% Cannot fail.
safe(Env) ->
    V = pick(Env),
    pick([V, "[]", "{N, 1}", ["[", V, "]"], ["{", V, ", N}"], ["log(", V, ")"], "N + 1", ["[X || X <- [N, ", "a], is_integer(X)]"], ["<<N:16>>"], ["#{N => ", V, "}"], "lists:seq(1, 3)"]).

%% --- bodies --------------------------------------------------------------------------------------------------------------------

body(Env, Size, MayMatch) ->
    body(Env, Size, rand:uniform(3), MayMatch).

body(Env, Size, 1, MayMatch) ->
    case MayMatch andalso one_of(4) of
        true -> element(1, statement(Env, Size));
        false -> expression(Env, Size)
    end;
body(Env, Size, Count, MayMatch) ->
    {Text, New} = statement(Env, Size - 1),
    [Text, ",\n    ", body(New, Size - 1, Count - 1, MayMatch)].

statement(Env, Size) ->
    V = fresh(),
    W = fresh(),
    case rand:uniform(10) of
        1 -> {expression(Env, Size), Env};
        2 -> {["{", V, ", ", W, "} = {", expression(Env, Size - 1), ", ", expression(Env, Size - 1), "}"], [V, W | Env]};
        3 -> {["[", V, " | ", W, "] = ", V, "x = [", expression(Env, Size - 1), "]"], [V, W, [V, "x"] | Env]};
        4 -> {["#{k := ", V, "} = #{k => ", expression(Env, Size - 1), "}"], [V | Env]};
        5 -> {["<<", V, ":8, ", W, "/binary>> = <<(", expression(Env, 0), "):8, \"rest\">>"], [V, W | Env]};
        6 -> {["log({", V, " = ", expression(Env, Size - 1), ", ", expression(Env, Size - 1), "})"], [V | Env]};
        7 -> {["case ", expression(Env, Size - 1), " of {", V, ", _} -> ok; ", V, " -> ", W, "y = 1, log(", W, "y) end"], [V | Env]};
        8 -> {["if N > 1 -> ", V, " = ", expression(Env, Size - 1), "; true -> ", V, " = ", expression(Env, Size - 1), " end"], [V | Env]};
        9 -> {["#r{a = ", V, "} = #r{a = ", expression(Env, Size - 1), "}"], [V | Env]};
        10 -> {[V, " = ", expression(Env, Size)], [V | Env]}
    end.

pattern(Env, Size) ->
    V = fresh(),
    W = fresh(),
    case rand:uniform(14) of
        1 when Size > 0 -> {A, E1} = pattern(Env, Size - 1), {B, E2} = pattern(E1, Size - 1), {["{", A, ", ", B, "}"], E2};
        2 when Size > 0 -> {A, E1} = pattern(Env, Size - 1), {["[", A, " | ", W, "]"], [W | E1]};
        3 -> {["#{k := ", V, "}"], [V | Env]};
        4 -> {["<<", V, ":8, ", W, "/binary>>"], [V, W | Env]};
        5 -> {["#r{a = ", V, "}"], [V | Env]};
        6 -> {["{_, _} = ", V], [V | Env]};
        7 -> {[V, " = [_ | _]"], [V | Env]};
        8 -> {pick(["1", "a", "[]", "{1, 2}", "\"text\"", "true", "_"]), Env};
        9 -> {["\"te\" ++ ", V], [V | Env]};
        10 -> {["<<", V, ":2, ", W, "/bitstring>>"], [V, W | Env]};
        11 -> {"_", Env};
        _ -> {V, [V | Env]}
    end.

guard(Env) ->
    V = pick(Env),
    W = pick(Env),
    pick(["", "", "", [" when is_integer(", V, ")"], [" when ", V, " > ", W], [" when length(", V, ") > 1; is_tuple(", W, ")"], [" when ", V, " =:= ", W, ", N > 0"],
          [" when element(1, ", V, ") =:= a orelse is_map(", W, ")"], [" when ", V, " + 1 > 3"], " when N < 100"]).

%% --- expressions ---------------------------------------------------------------------------------------------------------------

expression(Env, Size) when Size =< 0 ->
    pick([pick(Env), pick(Env), pick(["0", "1", "a", "[]", "true", "\"s\"", "<<\"b\">>", "#{k => v}", "{1, x}", "2.5"])]);
expression(Env, Size) ->
    E = fun() -> expression(Env, Size - 1 - (rand:uniform(2) - 1)) end,
    With = fun(New) -> fun() -> expression(New ++ Env, Size - 1) end end,
    B = fun(New) -> body(New ++ Env, Size - 1, true) end,
    V = fresh(),
    W = fresh(),
    F = ["f", integer_to_list(rand:uniform(?FUNCTIONS))],
    (pick([
        fun() -> ["(", E(), pick([" + ", " - ", " * ", " div ", " rem ", " band ", " / "]), E(), ")"] end,
        fun() -> ["(", E(), pick([" > ", " =< ", " == ", " =:= ", " /= "]), E(), ")"] end,
        fun() -> ["(", bool(Env, E), pick([" andalso ", " orelse "]), E(), ")"] end,
        fun() -> ["(", bool(Env, E), pick([" and ", " or ", " xor "]), bool(Env, E), ")"] end,
        fun() -> ["(not ", bool(Env, E), ")"] end,
        fun() -> ["(- (", E(), "))"] end,
        fun() -> ["{", E(), ", ", E(), "}"] end,
        fun() -> ["[", E(), ", ", E(), " | ", E(), "]"] end,
        fun() -> ["([", E(), "] ++ ", E(), ")"] end,
        fun() -> ["#{", E(), " => ", E(), ", k => ", E(), "}"] end,
        fun() -> ["(", E(), ")#{k => ", E(), "}"] end,
        fun() -> ["(", E(), ")#{k := ", E(), "}"] end,
        fun() -> ["<<(", E(), "):8, (", E(), ")/binary>>"] end,
        fun() -> ["<<(", E(), "):", pick(["4", "N", "16/little"]), ", \"lit\", 1:1>>"] end,
        fun() -> ["#r{a = ", E(), ", b = ", E(), "}"] end,
        fun() -> ["(", E(), ")#r{b = ", E(), "}"] end,
        fun() -> ["(", E(), ")#r.a"] end,
        fun() -> ["log(", E(), ")"] end,
        fun() -> ["log(", E(), ")"] end,
        fun() -> [F, "(N - 1, ", E(), ", ", E(), ")"] end,
        fun() -> [F, "(N - 1, ", E(), ", ", E(), ")"] end,
        fun() -> ["?MODULE:", F, "(N - 1, ", E(), ", ", E(), ")"] end,
        fun() -> ["apply(?MODULE, ", F, ", [N - 1, ", E(), ", ", E(), "])"] end,
        fun() -> ["(", E(), "):", F, "(N - 1, ", E(), ", b)"] end,
        fun() -> ["(begin log(", F, "m), ?MODULE end):fib(", E(), ")"] end,
        fun() -> ["small(", E(), ")"] end,
        fun() -> ["table(", E(), ")"] end,
        fun() -> [pick(["lists:reverse", "length", "hd", "tuple_to_list", "tuple_size", "list_to_tuple", "atom_to_list", "erlang:byte_size", "lists:sort", "lists:sum", "maps:keys"]), "(", E(), ")"] end,
        fun() -> ["lists:map(fun(", V, ") -> ", (With([V]))(), " end, ", E(), ")"] end,
        fun() -> ["lists:foldl(fun(", V, ", ", W, ") -> ", B([V, W]), " end, ", E(), ", ", E(), ")"] end,
        fun() -> ["case ", E(), " of ", lists:join("; ", clauses(Env, Size, true)), " end"] end,
        fun() -> ["case ", V, " = ", E(), " of {", W, ", _} -> ", B([V, W]), "; _ -> ", B([V]), " end"] end,
        fun() -> ["if ", pick(Env), " > 1 -> ", B([]), "; ", pick(["true", "is_atom(N)", "N > 0"]), " -> ", B([]), " end"] end,
        fun() -> ["begin ", B([]), " end"] end,
        fun() -> ["(self() ! ", E(), ")"] end,
        fun() -> ["begin self() ! {m, ", E(), "}, receive {m, ", V, "} when N > 0 -> ", B([V]), "; {m, _} -> ", B([]), " after 0 -> ", B([]), " end end"] end,
        fun() -> ["receive {never, N} -> ", B([]), " after ", pick(["0", "N"]), " -> ", B([]), " end"] end,
        fun() -> ["try ", B([]), " catch ", lists:join("; ", catches(Env, Size)), " end"] end,
        fun() -> ["try ", B([]), " of ", V, " when is_integer(", V, ") -> ", B([V]), "; {", W, ", _} -> ", B([W]), " catch ", lists:join("; ", catches(Env, Size)), " end"] end,
        fun() -> ["try ", B([]), " catch ", lists:join("; ", catches(Env, Size)), " after ", B([]), " end"] end,
        fun() -> ["try ", B([]), " after log(", E(), ") end"] end,
        fun() -> ["(catch ", E(), ")"] end,
        fun() -> [pick(["throw", "error", "exit"]), "(", E(), ")"] end,
        fun() -> ["error(", E(), ", [", E(), "])"] end,
        fun() -> ["(fun(", V, ") -> ", B([V]), " end)(", E(), ")"] end,
        %% With as many arguments as it takes: where others are written down, OTP 25 may leave out the whole call.
        fun() -> ["(fun() -> ", B([]), " end)()"] end,
        fun() -> ["(fun(", lists:join(", ", clause_patterns()), ") -> N; (_, ", V, ") -> ", B([V]), " end)(", E(), ", ", E(), ")"] end,
        fun() -> ["(fun ", V, "(0) -> ", E(), "; ", V, "(", W, ") when ", W, " < 4 -> ", V, "(", W, " - 1) end)(3)"] end,
        fun() -> ["(begin ", E(), " end)(", E(), ")"] end,
        fun() -> ["fun ", F, "/3"] end,
        fun() -> ["fun(", V, ") -> ", B([V]), " end"] end,
        fun() -> ["[", (With([V]))(), " || ", V, " <- ", E(), pick(["", [", is_integer(", V, ")"], [", ", V, " > 1"], [", log(true)"], [", ", V, " + 1 > 2"], [", ", (With([V]))()]]), "]"] end,
        fun() -> ["[", (With([V, W]))(), " || ", V, " <- [1, 2, a], {", W, ", _} <- [{", V, ", 1}, ", E(), "], ", W, " =/= a]"] end,
        fun() -> ["<< <<(", pick([V, "N"]), "):8>> || <<", V, ":4>> <= ", pick(["<<1, 2, 3>>", E()]), pick(["", [", ", V, " rem 2 =:= 0"], ", log(true)"]), " >>"] end,
        fun() -> ["[", V, " || <<", V, ":3>> <= ", pick(["<<1, 2>>", E()]), "]"] end,
        fun() -> ["{", W, " = ", E(), ", ", E(), "}"] end,
        fun() -> ["is_record(", E(), ", r)"] end,
        fun() -> ["erlang:raise(error, ", E(), ", [])"] end,
        fun() -> ["(try error(", E(), ") catch C", V, ":R", V, ":S", V, " -> erlang:raise(C", V, ", {again, R", V, "}, S", V, ") end)"] end,
        fun() -> ["(try ", E(), " catch _:_:S", V, " -> [{M, F, if is_list(A) -> length(A); true -> A end} || {M, F, A, _} <- S", V, ", M =:= ?MODULE, hd(atom_to_list(F)) =/= $-] end)"] end,
        fun() -> ["put(k", integer_to_list(rand:uniform(3)), ", ", E(), ")"] end
    ]))().

bool(Env, E) ->
    V = pick(Env),
    pick([["is_atom(", V, ")"], ["(", V, " =:= ", pick(Env), ")"], "true", "false", E()]).

clause_patterns() -> ["1", "_"].

clauses(Env, Size, AllowOpen) ->
    [begin
        {Pattern, New} = pattern(Env, 1),
        [Pattern, guard(New), " -> ", body(New, Size - 1, true)]
     end || _ <- lists:seq(1, rand:uniform(3))] ++ [["_ -> ", body(Env, Size - 1, true)] || AllowOpen, one_of(2)].

catches(Env, Size) ->
    V = fresh(),
    W = fresh(),
    [[pick([["throw:", V], ["error:", V], ["_:", V], ["exit:", V], ["error:", V, ":S", W], ["_:", V, ":S", W]]), guard([V | Env]), " -> ", body([V | Env], Size - 1, true)]
     || _ <- lists:seq(1, rand:uniform(2))].

%% --- chance --------------------------------------------------------------------------------------------------------------------

fresh() ->
    N = get(fresh) + 1,
    put(fresh, N),
    ["V", integer_to_list(N)].

one_of(N) -> rand:uniform(N) =:= 1.

pick(Choices) ->
    lists:nth(rand:uniform(length(Choices)), Choices).
