%% Tests of what decides how deep functions are recorded: entries, own code, the budget, numbers, the cache, what the recorder says.
-module(depth_tests).

-export([main/0]).

main() ->
    Tests = [
        {"the last entry that fits wins", fun last_wins/0},
        {"entries without a wildcard agree with the same ones tried one by one", fun exact_agrees/0},
        {"a bare * does not mean what comes with Erlang", fun libraries/0},
        {"entries from outside are checked", fun read/0},
        {"a module is the project's own by where its source lies", fun own/0},
        {"the recorder's bytes are read however they are cut", fun control/0},
        {"numbers are taken once", fun sites/0},
        {"code is kept on disk, and damaged or foreign code is not believed", fun cache/0},
        {"a hot loop is brought within twice the budget in a second", fun hot_loop/0},
        {"little is recorded less where little is too much", fun spares/0},
        {"when load falls every function gets its depth back", fun recovers/0},
        {"a function that is too costly is not tried over and over", fun no_flapping/0},
        {"processes that flood are hushed, and functions are spared", fun hushes/0},
        {"a short burst is recorded whole", fun burst/0},
        {"a program that waits for the recorder is over any budget", fun waits/0}
    ],
    Failed = [Name || {Name, Test} <- Tests, not passes(Name, Test)],
    io:format("~b passed, ~b failed~n", [length(Tests) - length(Failed), length(Failed)]),
    Failed =:= [] orelse halt(1).

passes(Name, Test) ->
    try Test(), true
    catch Class:Reason:Stack -> io:format("FAILED  ~s~n        ~0tP~n", [Name, {Class, Reason, Stack}, 40]), false
    end.

%% --- entries -------------------------------------------------------------------------------------------------------------------

depth(Module, Function, Entries) ->
    elixirscope_depths:depth(Function, elixirscope_depths:rules(Module, false, elixirscope_depths:new(Entries)), off).

last_wins() ->
    Entries = [{<<"Shop.*">>, <<"*">>, values}, {<<"Shop.Stock">>, <<"*">>, count}, {<<"Shop.Stock">>, <<"take">>, lines},
               {<<"Shop.Stock">>, <<"take/3">>, off}, {<<"Shop.*">>, <<"handle_*">>, call}, {<<":lists">>, <<"reverse/1">>, expressions},
               {<<"Shop.Stock">>, <<"empty?">>, values}],
    [values, count, lines, off, call, call, expressions, off, off, values] =
        [depth(M, F, Entries) || {M, F} <- [
            {'Elixir.Shop.Cart', {add, 1}}, {'Elixir.Shop.Stock', {add, 1}}, {'Elixir.Shop.Stock', {take, 2}}, {'Elixir.Shop.Stock', {take, 3}},
            {'Elixir.Shop.Stock', {handle_call, 3}}, {'Elixir.Shop.Cart', {handle_info, 2}}, {lists, {reverse, 1}}, {lists, {reverse, 2}},
            {'Elixir.Shop', {add, 1}}, {'Elixir.Shop.Stock', {'empty?', 1}}]],
    values = depth('Elixir.Shop.Stock', {take, 3}, Entries ++ [{<<"*">>, <<"*">>, values}]).

exact_agrees() ->
    _ = rand:seed(exsss, {1, 2, 3}),
    Pick = fun(List) -> lists:nth(rand:uniform(length(List)), List) end,
    Modules = [a, b, 'Elixir.A.B'],
    Functions = [{f, 1}, {f, 2}, {g, 1}, {'g?', 1}],
    lists:foreach(fun(_) ->
        Entries = [{Pick([<<"a">>, <<"b">>, <<"A.B">>, <<"*">>, <<"A*">>]), Pick([<<"*">>, <<"f">>, <<"f/2">>, <<"g?">>, <<"g?/1">>, <<"f*">>]),
                    Pick([off, count, values, lines])} || _ <- lists:seq(1, rand:uniform(8))],
        [begin
            Expected = slow(M, F, Entries),
            case depth(M, F, Entries) of Expected -> ok; Other -> error({M, F, Entries, Expected, Other}) end
        end || M <- Modules, F <- Functions]
    end, lists:seq(1, 500)).

slow(Module, {F, A}, Entries) ->
    Name = atom_to_list(F),
    Fits = [Depth || {M, G, Depth} <- Entries, elixirscope_glob:matches(Module, [M]), Text <- [binary_to_list(G)],
                     Text =:= "*" orelse said(Text, Name) orelse said(Text, Name ++ "/" ++ integer_to_list(A))],
    lists:last([off | Fits]).

%% A name may end with a question mark, which then stands for itself.
said(Text, Name) ->
    Text =:= Name orelse lists:member($*, Text) andalso elixirscope_glob:match(Text, Name).

libraries() ->
    Depths = elixirscope_depths:new([{<<"*">>, <<"*">>, values}]),
    values = elixirscope_depths:depth({f, 1}, elixirscope_depths:rules(mine, false, Depths), off),
    off = elixirscope_depths:depth({f, 1}, elixirscope_depths:rules(lists, true, Depths), off),
    Named = elixirscope_depths:new([{<<"list*">>, <<"*">>, values}]),
    values = elixirscope_depths:depth({f, 1}, elixirscope_depths:rules(lists, true, Named), off),
    true = elixirscope_libraries:contain(code:which(lists)),
    false = elixirscope_libraries:contain("/somewhere/else/lists.beam"),
    true = is_map_key(<<"lists">>, elixirscope_libraries:names()).

read() ->
    [{<<"a">>, <<"b">>, lines}, {<<"c">>, <<"d">>, off}] =
        elixirscope_depths:read([{<<"a">>, <<"b">>, <<"lines">>}, {<<"c">>, <<"d">>, off}, nonsense, {a, b, c}, {<<"a">>, <<"b">>, <<"deep">>},
                                 {<<255>>, <<"b">>, off}, {binary:copy(<<"a">>, 5000), <<"b">>, off} | improper]),
    [] = elixirscope_depths:read(nonsense).

own() ->
    Code = fun(File) ->
        {ok, m, Code} = compile:forms([{attribute, 1, file, {File, 1}}, {attribute, 1, module, m}, {eof, 1}], [{source, File}]),
        Code
    end,
    Own = elixirscope_own:new(#{below => [<<"/p/shop">>], not_below => [<<"/p/shop/deps">>, <<"/p/shop/_build/">>], depth => <<"values">>}),
    [values, values, off, off, off, off] =
        [elixirscope_own:depth(Code(File), m, Own) || File <- ["/p/shop/lib/a.ex", "/p/shop/test/../test/a.exs", "/p/shop/deps/x/lib/a.ex",
                                                               "/p/shop/_build/a.ex", "/p/shopping/a.ex", "/p/shop/lib/../deps/a.ex"]],
    off = elixirscope_own:depth(<<"no code">>, m, Own),
    off = elixirscope_own:depth(Code("/p/shop/lib/a.ex"), m, elixirscope_own:new(none)).

control() ->
    Long = binary:copy(<<"x">>, 300000),
    Stream = <<".", "D", 3:32/little, "abc", "S.", "D", 0:32/little, "D", 300000:32/little, Long/binary,
               "D", 2000000:32/little, (binary:copy(<<"S">>, 2000000))/binary, "..S">>,
    Expected = [{control, <<"abc">>}, stop, {control, <<>>}, {control, Long}, stop],
    lists:foreach(fun(Size) -> Expected = cut(Stream, Size, elixirscope_control:new()) end, [1000, 4096, 65537, byte_size(Stream)]),
    Short = binary:part(Stream, 0, 20),
    [{control, <<"abc">>}, stop, {control, <<>>}] = cut(Short, 1, elixirscope_control:new()).

cut(<<>>, _, _) -> [];
cut(Stream, Size, Control) ->
    {Said, Next} = elixirscope_control:take(binary:part(Stream, 0, min(Size, byte_size(Stream))), Control),
    Said ++ cut(binary:part(Stream, min(Size, byte_size(Stream)), max(0, byte_size(Stream) - Size)), Size, Next).

sites() ->
    ok = elixirscope_sites:open(),
    [Base | _] = Bases = elixirscope_sites:bases(<<"code">>),
    Bases = elixirscope_sites:bases(<<"code">>),
    true = lists:all(fun(B) -> B > 0 andalso B < 1 bsl 24 end, Bases),
    true = elixirscope_sites:take(Base, 100),
    false = elixirscope_sites:take(Base + 99, 1),
    false = elixirscope_sites:take(max(1, Base - 64), 65),
    true = elixirscope_sites:take(Base + 128, 10),
    false = elixirscope_sites:take((1 bsl 24) - 10, 11).

cache() ->
    Home = os:getenv("TMPDIR", "/tmp") ++ "/es_cache_" ++ os:getpid(),
    os:putenv("XDG_CACHE_HOME", Home),
    try
        none = elixirscope_cache:open(#{mode => attach}),
        none = elixirscope_cache:open(#{mode => run, cache => false}),
        Cache = {Directory, _} = elixirscope_cache:open(#{mode => run}),
        Key = elixirscope_cache:key(Cache, {a, 1}),
        false = Key =:= elixirscope_cache:key(Cache, {a, 2}),
        none = elixirscope_cache:get(Cache, Key),
        ok = elixirscope_cache:put(Cache, Key, {code, <<1, 2, 3>>}),
        {ok, {code, <<1, 2, 3>>}} = elixirscope_cache:get(Cache, Key),
        {ok, [Key]} = file:list_dir(Directory),
        {ok, Bytes} = file:read_file(filename:join(Directory, Key)),
        [begin
            ok = file:write_file(filename:join(Directory, Key), Damaged),
            none = elixirscope_cache:get(Cache, Key)
        end || Damaged <- [<<>>, binary:part(Bytes, 0, byte_size(Bytes) - 1), <<Bytes/binary, 0>>, <<"ESRW", 0:128, "x">>]],
        %% Where others may write, anybody may have put something.
        ok = file:change_mode(Directory, 8#770),
        none = elixirscope_cache:open(#{mode => run})
    after
        file:del_dir_r(Home),
        os:unsetenv("XDG_CACHE_HOME")
    end.

%% --- the budget ----------------------------------------------------------------------------------------------------------------
%% A program on one core that calls functions: {Site, Asked, Work}: nanoseconds of work between two calls of it, at an equal share of the
%% time each. What is recorded slows it down.

-define(PRICES, #{count => 12, call => 35, values => 70, point => 35, byte => 0.3, other => 500}).
-define(LOOK, 100000000).

price(off) -> 2;
price(count) -> 12;
price(call) -> 35;
price(values) -> 70 + 0.3 * 100;
price(lines) -> price(values) + 4 * 35.

%% One look after the other: what happened, what was decided. Gives the overhead at each look, and what is at the end.
simulate(Program, Looks, Budget0) ->
    simulate(Program, Looks, Budget0, maps:from_list([{Site, Asked} || {Site, Asked, _} <- Program(1)]), 1, []).

simulate(_, Looks, Budget, Depths, Look, Out) when Look > Looks ->
    {lists:reverse(Out), Depths, Budget};
simulate(Program, Looks, Budget, Depths, Look, Out) ->
    Functions = Program(Look),
    Share = ?LOOK / max(length([W || {_, _, W} <- Functions, W < infinity]), 1),
    Sites = [begin
        Now = maps:get(Site, Depths),
        Calls = case Work of infinity -> 0; _ -> trunc(Share / (Work + price(Now))) end,
        {Site, Asked, Now, Calls, case Now of values -> 100 * Calls; lines -> 100 * Calls; _ -> 0 end, case Now of lines -> 4 * Calls; _ -> 0 end}
    end || {Site, Asked, Work} <- Functions],
    Cost = lists:sum([Calls * price(Now) || {_, _, Now, Calls, _, _} <- Sites]),
    Busy = case [W || {_, _, W} <- Functions, W < infinity] of [] -> 1000000; _ -> ?LOOK end,
    Seen = [S || {_, _, Now, Calls, _, _} = S <- Sites, Calls > 0, Now =/= off],
    {Actions, Next} = elixirscope_budget:decide(#{cpu => Busy, wall => ?LOOK, waited => false, sites => Seen, other => 0, busy => []}, Budget),
    After = lists:foldl(fun({depth, Site, Before, Depth, Why}, Map) ->
        true = is_binary(Why),
        #{Site := Before} = Map,
        false = Before =:= Depth,
        Map#{Site => Depth}
    end, Depths, Actions),
    simulate(Program, Looks, Next, After, Look + 1, [{Cost / max(Busy - Cost, 1), Actions} | Out]).

overhead(Looks) -> lists:sum([O || {O, _} <- Looks]) / length(Looks).

hot_loop() ->
    [begin
        %% Idle for a second, then this.
        Program = fun(Look) -> [{1, Asked, case Look > 10 of true -> Work; false -> infinity end}] end,
        {Looks, _, _} = simulate(Program, 300, elixirscope_budget:new(50, ?PRICES)),
        case overhead(lists:nthtail(20, Looks)) of
            Least when Least =< 0.1 -> ok;
            Most -> error({Work, Asked, Most})
        end
    end || Work <- [50, 100, 300, 1000, 5000, 100000], Asked <- [values, lines]].

spares() ->
    %% One function costs nearly all: the others keep their depth.
    Program = fun(_) -> [{1, values, 100} | [{Site, values, 1000000} || Site <- lists:seq(2, 4)]] end,
    {_, Depths, _} = simulate(Program, 100, elixirscope_budget:new(50, ?PRICES)),
    true = maps:get(1, Depths) =/= values,
    [values] = lists:usort([maps:get(Site, Depths) || Site <- lists:seq(2, 4)]).

recovers() ->
    Program = fun(Look) -> [{Site, lines, case Look < 100 of true -> 150; false -> 10000000 end} || Site <- lists:seq(1, 5)] end,
    {_, Low, _} = simulate(Program, 99, elixirscope_budget:new(50, ?PRICES)),
    true = lists:any(fun(Depth) -> Depth =/= lines end, maps:values(Low)),
    {_, High, Budget} = simulate(Program, 900, elixirscope_budget:new(50, ?PRICES)),
    [lines] = lists:usort(maps:values(High)),
    0 = map_size(maps:filter(fun(_, Depth) -> Depth =/= lines end, elixirscope_budget:lowered(Budget))).

no_flapping() ->
    Program = fun(_) -> [{1, values, 100}] end,
    {Looks, _, _} = simulate(Program, 3000, elixirscope_budget:new(50, ?PRICES)),
    Changes = length(lists:append([Actions || {_, Actions} <- lists:nthtail(1000, Looks)])),
    %% Two for each try, a minute apart at last.
    true = Changes =< 20.

hushes() ->
    Sample = #{cpu => ?LOOK, wall => ?LOOK, waited => false, sites => [{1, values, values, 1000, 100000, 0}], other => 100000,
               busy => [{7, 90000}, {8, 9000}, {9, 10}]},
    {Actions, _} = elixirscope_budget:decide(Sample, elixirscope_budget:new(50, ?PRICES)),
    true = lists:member({hush, 7}, Actions),
    false = lists:member({hush, 9}, Actions),
    [] = [A || {depth, _, _, _, _} = A <- Actions].

burst() ->
    Budget = elixirscope_budget:new(50, ?PRICES),
    Quiet = #{cpu => ?LOOK, wall => ?LOOK, waited => false, sites => [], other => 0, busy => []},
    Saved = lists:foldl(fun(_, B) -> {[], Next} = elixirscope_budget:decide(Quiet, B), Next end, Budget, lists:seq(1, 20)),
    %% A fifth of one look, once in two seconds.
    Burst = Quiet#{sites => [{1, values, values, 200000, 20000000, 0}]},
    {[], After} = elixirscope_budget:decide(Burst, Saved),
    {[_ | _], _} = elixirscope_budget:decide(Burst, element(2, elixirscope_budget:decide(Burst, After))).

waits() ->
    Sample = #{cpu => ?LOOK div 10, wall => ?LOOK, waited => true, sites => [{1, values, values, 10000, 1000000, 0}, {2, values, values, 10, 1000, 0}],
               other => 0, busy => []},
    {[{depth, 1, values, _, _}], _} = elixirscope_budget:decide(Sample, elixirscope_budget:new(50, ?PRICES)),
    {[], _} = elixirscope_budget:decide(Sample#{waited := false}, elixirscope_budget:new(500, ?PRICES)).
