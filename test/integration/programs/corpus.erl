%% Constructs of Erlang, with `say:here` wherever it is worth to know what the variables are: it prints them, and the stack.
-module(corpus).
-export([all/0, serve/1]).

-record(point, {x = 0, y = 0}).

here(Marker, Bindings) ->
    {current_stacktrace, [_ | Stack]} = process_info(self(), current_stacktrace),
    Shown = lists:join(" ;; ", [[Name, "=", case is_function(Value) of true -> "(fun)"; false -> io_lib:format("~0tp", [Value]) end]
                                  || {Name, Value} <- lists:sort(Bindings)]),
    Frames = lists:join(" ", [io_lib:format("~ts:~ts/~b:~b", [M, F, A, proplists:get_value(line, Place, 0)])
                              || {M, F, A, Place} <- Stack, M =:= ?MODULE]),
    io:put_chars(["HERE\t", Marker, "\t", Shown, "\t", Frames, "\n"]),
    ok.

all() ->
    branches(3),
    branches(-3),
    ifs(5),
    exports(1),
    exports(2),
    tries(fine),
    tries(bad),
    tries(thrown),
    records(#point{x = 1, y = 2}),
    bits(<<5:3, 2:5, "tail">>),
    comprehensions([1, 2, 3]),
    funs(2),
    loop(2, []),
    sum([1, 2]),
    receiving(),
    maps(#{a => 1}),
    catching(),
    strings("abc"),
    multiple({ok, 1}, [2 | 3]),
    process(4),
    done.

branches(N) ->
    R = case N of
        M when M > 0 ->
            Twice = M * 2,
            here("case", [{"N", N}, {"M", M}, {"Twice", Twice}]),
            Twice;
        _ ->
            Less = -N,
            here("case other", [{"N", N}, {"Less", Less}]),
            Less
    end,
    here("case after", [{"N", N}, {"R", R}]),
    R.

ifs(N) ->
    S = if
        N > 3 ->
            Big = yes,
            here("if", [{"N", N}, {"Big", Big}]),
            Big;
        true -> no
    end,
    here("if after", [{"N", N}, {"S", S}]),
    S.

%% A variable that every branch binds can be read after them.
exports(N) ->
    case N of
        1 -> Out = one;
        _ -> Out = other
    end,
    here("exported", [{"N", N}, {"Out", Out}]),
    Out.

tries(What) ->
    Got = try
        Begun = What,
        here("try", [{"What", What}, {"Begun", Begun}]),
        case Begun of
            fine -> 1;
            bad -> error(bad);
            thrown -> throw(thrown)
        end
    of
        Value ->
            here("of", [{"What", What}, {"Value", Value}]),
            Value
    catch
        throw:Thrown ->
            here("catch throw", [{"What", What}, {"Thrown", Thrown}]),
            Thrown;
        Class:Reason:_ ->
            here("catch", [{"What", What}, {"Class", Class}, {"Reason", Reason}]),
            Reason
    after
        here("after", [{"What", What}])
    end,
    here("try after", [{"What", What}, {"Got", Got}]),
    Got.

records(#point{x = X} = P) ->
    Q = P#point{x = X + 1},
    #point{y = Y} = Q,
    here("records", [{"P", P}, {"Q", Q}, {"X", X}, {"Y", Y}]),
    Q#point.x + Y.

bits(<<A:3, B:5, Rest/binary>>) ->
    Size = byte_size(Rest),
    C = <<B:5, A:3>>,
    here("bits", [{"A", A}, {"B", B}, {"C", C}, {"Rest", Rest}, {"Size", Size}]),
    C.

comprehensions(L) ->
    Squares = [begin Y = X * X, here("lc", [{"L", L}, {"X", X}, {"Y", Y}]), Y end || X <- L, X > 1],
    Bytes = << <<(S + 1)>> || S <- Squares >>,
    here("lc after", [{"L", L}, {"Squares", Squares}, {"Bytes", Bytes}]),
    Bytes.

funs(N) ->
    Add = fun
        (0) -> zero;
        (A) ->
            B = A + N,
            here("fun", [{"N", N}, {"A", A}, {"B", B}]),
            B
    end,
    Zero = Add(0),
    Three = Add(1),
    Down = fun Down(0) -> 0; Down(K) -> J = K - 1, here("named fun", [{"K", K}, {"J", J}]), 1 + Down(J) end,
    Depth = Down(2),
    here("funs", [{"N", N}, {"Add", Add}, {"Zero", Zero}, {"Three", Three}, {"Down", Down}, {"Depth", Depth}]),
    {Zero, Three, Depth}.

loop(0, Acc) ->
    here("loop end", [{"Acc", Acc}]),
    Acc;
loop(N, Acc0) ->
    Acc = [N | Acc0],
    here("loop", [{"N", N}, {"Acc0", Acc0}, {"Acc", Acc}]),
    loop(N - 1, Acc).

sum([]) -> 0;
sum([H | T]) ->
    S = sum(T),
    here("sum", [{"H", H}, {"T", T}, {"S", S}]),
    H + S.

receiving() ->
    self() ! {n, 7},
    Got = receive
        {n, V} ->
            here("receive", [{"V", V}]),
            V + 1
    end,
    here("receive after", [{"Got", Got}, {"V", V}]),
    Got.

maps(#{a := A} = M) ->
    N = M#{b => A + 1},
    #{b := B} = N,
    here("maps", [{"A", A}, {"M", M}, {"N", N}, {"B", B}]),
    N.

catching() ->
    X = (catch throw(ball)),
    Y = (catch list_to_integer("12")),
    here("catching", [{"X", X}, {"Y", Y}]),
    {X, Y}.

strings("a" ++ Rest = All) ->
    Up = string:uppercase(Rest),
    here("strings", [{"All", All}, {"Rest", Rest}, {"Up", Up}]),
    Up.

multiple({ok, N} = Tuple, [H | T] = List) ->
    {A, B} = {N + 1, N + 2},
    here("multiple", [{"Tuple", Tuple}, {"N", N}, {"List", List}, {"H", H}, {"T", T}, {"A", A}, {"B", B}]),
    A + B.

process(N) ->
    Me = self(),
    Pid = spawn_link(?MODULE, serve, [Me]),
    Pid ! {work, N},
    Result = receive {done, R} -> R end,
    here("process", [{"N", N}, {"Result", Result}, {"R", R}, {"Me", Me}, {"Pid", Pid}]),
    Result.

serve(Owner) ->
    receive
        {work, N} ->
            Half = N div 2,
            here("serve", [{"N", N}, {"Half", Half}, {"Owner", Owner}]),
            Owner ! {done, Half}
    end,
    Half.
