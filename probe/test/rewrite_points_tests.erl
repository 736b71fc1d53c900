%% What is recorded of lines, variables and expressions, against what the program itself says at those places. Run by `make test`.
%%
%% The program carries its expectations: a call of said/2 at a line names variables with the values that they have there, and at the end
%% what was recorded by then of the same frame must agree.
-module(rewrite_points_tests).

-export([main/0]).

main() ->
    ok = elixirscope_nif:load(filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"])),
    logger:set_primary_config(level, none),
    rewrite_same:run([fun variables_agree/0, fun values_of_expressions/0, fun lines_in_order/0, fun funs_are_frames/0, fun elixir_names/0]).

%% --- variables -----------------------------------------------------------------------------------------------------------------

%% Wherever the corpus says what its variables are, the last line before it has told all of them so.
variables_agree() ->
    Events = recorded(rewrite_corpus, lines, fun rewrite_corpus:all/0),
    Said = check(Events, [], 0),
    io:format("     ~b places, ~b events~n", [Said, length(Events)]),
    true = Said > 40.

%% Frames: [{Function, Variables, open | left}], innermost first; one that has ended with a tail call is left, until that call begins. A call
%% of said/1 is compared with the frame that makes it.
check([{call, Function, Args} | Events], Frames, N) ->
    Said = case {Function, Args, Frames} of
        {{said, 1}, [Claim], [{_, Variables, _} | _]} ->
            [case Variables of
                #{Name := Value} -> ok;
                _ -> error({differs, Name, Value, Variables, Frames})
             end || {Name, Value} <- maps:to_list(Claim)],
            1;
        _ ->
            0
    end,
    check(Events, [{Function, #{}, open} | case Frames of [{_, _, left} | Under] -> Under; _ -> Frames end], N + Said);
check(Events, [{_, _, left} | Frames], N) ->
    check(Events, Frames, N);
check([{line, Function, Names} | Events], [{Function, Variables, open} | Frames], N) ->
    check(Events, [{Function, maps:merge(Variables, Names), open} | Frames], N);
check([{value, _, _, _} | Events], Frames, N) ->
    check(Events, Frames, N);
check([{tail, Function} | Events], [{Function, Variables, open} | Frames], N) ->
    check(Events, [{Function, Variables, left} | Frames], N);
check([{End, Function} | Events], [{Function, _, open} | Frames], N) when End =:= return; End =:= exception ->
    check(Events, Frames, N);
check([], [], N) ->
    N;
check(Events, Frames, _) ->
    error({does_not_fit, lists:sublist(Events, 5), Frames}).

%% --- expressions ---------------------------------------------------------------------------------------------------------------

values_of_expressions() ->
    Events = recorded(rewrite_corpus, expressions, fun() -> rewrite_corpus:expressions(4) end),
    Values = [{Label, Value} || {value, {expressions, 1}, Label, Value} <- Events],
    Expected = [{<<"twice/1">>, 8}, {<<"+">>, 9}, {<<"{sum, …}"/utf8>>, {sum, 9}}, {<<"case">>, large}, {<<"-">>, 3}, {<<"[…]"/utf8>>, [3, 4]},
                {<<"lists:sum/1">>, 7}, {<<"[…]"/utf8>>, [2, 4]}, {<<"*">>, 4}, {<<"*">>, 16}, {<<"[… || …]"/utf8>>, [4, 16]}, {<<"++">>, [0, 4, 16]}, {<<"<<…>>"/utf8>>, <<4, 4>>},
                {<<">">>, true}, {<<"andalso">>, false}, {<<"#point{…}"/utf8>>, {point, 4, 0}}, {<<"#point.x">>, 4}, {<<"try">>, caught}, {<<"F(…)"/utf8>>, 104},
                {<<"{…}"/utf8>>, {9, large, 3, 7}}],
    Expected = Values.

%% --- lines ---------------------------------------------------------------------------------------------------------------------

%% Each line that was executed once, in order, and no other.
lines_in_order() ->
    Start = rewrite_corpus:line(steps),
    Lines = fun(Argument) ->
        [Line - Start || {line, {steps, 1}, _, Line} <- recorded_lines(rewrite_corpus, fun() -> rewrite_corpus:steps(Argument) end)]
    end,
    [1, 2, 3, 4, 9] = Lines(a),
    [1, 2, 3, 6, 9] = Lines(b),
    [1, 2, 3, 7, 7, 9] = Lines(c).

%% --- funs ----------------------------------------------------------------------------------------------------------------------

funs_are_frames() ->
    Events = recorded(rewrite_corpus, lines, fun() -> rewrite_corpus:with_funs([1, 2]) end),
    Calls = [{F, A, length(Args)} || {call, {F, A}, Args} <- Events],
    [{with_funs, 1, 1}, {Fun, 1, 1}, {Fun, 1, 1}, {Named, 2, 2}, {Named, 2, 2}, {Named, 2, 2}] = Calls,
    "-with_funs/1-fn-" ++ _ = atom_to_list(Fun),
    "-with_funs/1-fn-" ++ _ = atom_to_list(Named),
    true = Fun =/= Named,
    %% At depth values they are none.
    [{call, {with_funs, 1}, [[1, 2]]}, {tail, {with_funs, 1}}] = recorded(rewrite_corpus, values, fun() -> rewrite_corpus:with_funs([1, 2]) end).

%% --- Elixir --------------------------------------------------------------------------------------------------------------------

elixir_names() ->
    {ok, <<"user">>} = elixirscope_rewrite_scope:name('_user@1'),
    {ok, <<"_ignored">>} = elixirscope_rewrite_scope:name('__ignored@12'),
    {ok, <<"ok?">>} = elixirscope_rewrite_scope:name('_ok?@3'),
    none = elixirscope_rewrite_scope:name('_@1'),
    none = elixirscope_rewrite_scope:name('_'),
    none = elixirscope_rewrite_scope:name('___STACKTRACE__@1'),
    {ok, <<"User">>} = elixirscope_rewrite_scope:name('User'),
    {ok, <<"_User">>} = elixirscope_rewrite_scope:name('_User'),
    <<"Enum.map/2">> = elixirscope_rewrite_label:label({call, 1, {remote, 1, {atom, 1, 'Elixir.Enum'}, {atom, 1, map}}, [{nil, 1}, {nil, 1}]}, erlang),
    <<":lists.map/2">> = elixirscope_rewrite_label:label({call, 1, {remote, 1, {atom, 1, lists}, {atom, 1, map}}, [{nil, 1}, {nil, 1}]}, elixir),
    <<"user = 1">> = elixirscope_rewrite_label:label({match, 1, {var, 1, '_user@1'}, {integer, 1, 1}}, elixir).

%% --- recording -----------------------------------------------------------------------------------------------------------------

recorded_lines(Module, Work) ->
    Self = self(),
    _ = recorded(Module, lines, Work, fun(Event) -> Self ! {seen, Event} end),
    seen().

seen() ->
    receive {seen, {line, _, _, _} = Event} -> [Event | seen()]; {seen, _} -> seen() after 0 -> [] end.

recorded(Module, Depth, Work) ->
    recorded(Module, Depth, Work, fun(_) -> ok end).

%% What a process did that does some work, with functions and points by their names.
recorded(Module, Depth, Work, Each) ->
    Self = self(),
    Reader = rewrite_same:session(wait),
    [#{functions := Functions, points := Points}] = rewrite_same:with_rewritten([Module], [Depth], fun([Declared]) ->
        ok = rewrite_same:sites(Declared),
        {Pid, Ref} = spawn_monitor(fun() -> Self ! {self(), Work()} end),
        receive {'DOWN', Ref, process, Pid, normal} -> ok; {'DOWN', Ref, process, Pid, Why} -> error(Why) end,
        receive {Pid, _} -> ok end,
        Declared
    end),
    ok = elixirscope_nif:stop(<<"{}">>),
    Records = wire_reader:records(wire_reader:result(Reader)),
    Atoms = wire_reader:atoms(Records),
    Names = maps:from_list([{Site, {F, A}} || #{site := Site, name := F, arity := A} <- Functions]),
    Places = maps:from_list([{Site, Point} || #{site := Site} = Point <- Points]),
    Own = [{Time, Ring, At, Kind, Payload} || {Ring, At, Kind, Flags, Time, _, Payload} <- Records, Kind =:= 26 orelse Kind =:= 27 orelse Flags =:= 2],
    [begin Event = event(Kind, Payload, Names, Places, Atoms), Each(placed(Kind, Payload, Names, Places)), Event end || {_, _, _, Kind, Payload} <- lists:sort(Own)].

event(Kind, <<Site:32/little, Rest/binary>>, Names, Places, Atoms) ->
    Value = case Rest of <<>> -> absent; _ when Kind =:= 14; Kind =:= 23 -> absent; _ -> element(1, term_decoder:t(Rest, Atoms)) end,
    case Kind of
        12 -> {call, maps:get(Site, Names), Value};
        13 -> {return, maps:get(Site, Names)};
        14 -> {exception, maps:get(Site, Names)};
        23 -> {tail, maps:get(Site, Names)};
        26 -> #{Site := #{names := Bound, function := F}} = Places, {line, maps:get(F, Names), maps:from_list(lists:zip([Name || {Name, _} <- Bound], Value))};
        27 -> #{Site := #{label := Label, function := F}} = Places, {value, maps:get(F, Names), Label, Value}
    end.

placed(26, <<Site:32/little, _/binary>>, Names, Places) ->
    #{Site := #{what := What, line := Line, function := F}} = Places,
    case What of line -> {line, maps:get(F, Names), What, Line}; bound -> {bound, maps:get(F, Names), What, Line} end;
placed(_, _, _, _) ->
    none.
