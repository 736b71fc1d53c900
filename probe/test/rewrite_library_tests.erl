%% Standard libraries, each module recorded at depth `expressions`, against themselves as they are: generated calls of every exported
%% function, the examples of Elixir's documentation, and servers that are told at random what to do. Run by `make test`; takes Elixir's
%% modules in where there is Elixir. ELIXIRSCOPE_ALL=1 takes many more modules, ELIXIRSCOPE_CALLS=200 makes more calls (for each argument
%% that a function has), ELIXIRSCOPE_SEED others, ELIXIRSCOPE_ONLY=servers runs one test.
-module(rewrite_library_tests).

-export([main/0]).
-export([init/1, callback_mode/0, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, terminate/3, handle_event/4]).

main() ->
    %% Before the code server itself runs what calls it.
    ok = elixirscope_nif:load(filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"])),
    logger:set_primary_config(level, none),
    rewrite_same:run([fun servers/0, fun statems/0, fun erlang_library/0, fun elixir_library/0]).

calls() ->
    case os:getenv("ELIXIRSCOPE_CALLS") of false -> 8; Text -> list_to_integer(Text) end.

few(Modules) ->
    case os:getenv("ELIXIRSCOPE_ALL") of false -> lists:sublist(Modules, 10); _ -> Modules end.

seed() ->
    case os:getenv("ELIXIRSCOPE_SEED") of false -> {1, 2, 3}; Text -> {list_to_integer(Text), 5, 7} end.

%% --- calls ---------------------------------------------------------------------------------------------------------------------

erlang_library() ->
    compare_library(few([lists, maps, string, uri_string, proplists, orddict, sets, gb_trees, queue, base64, calendar, binary, ordsets, dict, gb_sets, array,
                         filename, io_lib, io_lib_pretty, io_lib_format, erl_scan, erl_parse, erl_anno, sofs, json]),
                    [{lists, duplicate, 2}, {lists, seq, 2}, {lists, seq, 3}, {calendar, local_time_to_universal_time, 2}], []).

elixir_library() ->
    rewrite_same:elixir(fun() ->
        Modules = [list_to_atom("Elixir." ++ Name)
                   || Name <- ["Enum", "Map", "Keyword", "List", "String", "URI", "MapSet", "Range", "Stream", "Date", "Tuple", "Version", "Version.Parser", "Integer", "Float",
                               "Time", "DateTime", "NaiveDateTime", "Calendar", "Calendar.ISO", "Date.Range", "Path", "Regex", "Macro", "Base",
                               "Access", "Atom", "Exception", "OptionParser", "Inspect.Algebra", "Inspect.List", "Inspect.Map", "Inspect.BitString",
                               "Enumerable.List", "Enumerable.Map", "Enumerable.Range", "Enumerable.MapSet", "Enumerable.Stream", "Collectable.Map", "Collectable.List",
                               "String.Chars.List", "List.Chars.List", "Stream.Reducers", "Bitwise", "Function", "Kernel", "Kernel.Utils"]],
        Now = [{list_to_atom("Elixir." ++ M), F, A}
               || {M, F, A} <- [{"DateTime", utc_now, 1}, {"DateTime", utc_now, 2}, {"DateTime", now, 1}, {"DateTime", now, 2}, {"DateTime", 'now!', 1}, {"DateTime", 'now!', 2},
                                {"Date", utc_today, 1}, {"Time", utc_now, 1}, {"Time", utc_now, 2}, {"NaiveDateTime", utc_now, 1}, {"NaiveDateTime", utc_now, 2},
                                {"NaiveDateTime", local_now, 1}, {"List", duplicate, 2}, {"String", duplicate, 2}, {"String", pad_leading, 2}, {"String", pad_leading, 3},
                                {"String", pad_trailing, 2}, {"String", pad_trailing, 3}, {"Tuple", duplicate, 2}, {"Enum", random, 1}, {"Enum", shuffle, 1},
                                {"Enum", take_random, 2}, {"String", to_atom, 1}, {"List", to_atom, 1}]],
        compare_library(few(Modules), Now, examples(few(Modules)))
    end).

compare_library(Wanted, Except, Examples) ->
    _ = rand:seed(exsss, seed()),
    Modules = [M || M <- Wanted, code:ensure_loaded(M) =:= {module, M}],
    true = length(Modules) > 1,
    Calls = [{M, F, [pick(pool()) || _ <- lists:seq(1, A)]}
             || M <- Modules, {F, A} <- lists:sort(M:module_info(exports)), not lists:member({M, F, A}, Except),
                hd(atom_to_list(F)) =/= $_, string:prefix(atom_to_list(F), "MACRO-") =:= nomatch, F =/= module_info, A > 0,
                _ <- lists:seq(1, calls() * A)],
    Ask = fun() -> [{Call, called(Call)} || Call <- Calls] ++ [{Example, evaluated(Example)} || Example <- Examples] end,
    %% Compiled by this compiler: another release of it may have other errors. All before any is exchanged, since the compiler itself calls them.
    Codes = [begin
        {M, Code, _} = code:get_object_code(M),
        {ok, Again} = elixirscope_recompile:transform(M, Code, fun(Forms) -> Forms end),
        {ok, New, _} = rewrite_same:rewritten(M, Code, expressions, none),
        {M, Code, Again, New}
    end || M <- Modules],
    _ = [ok = rewrite_same:exchange(M, Again) || {M, _, Again, _} <- Codes],
    Original = rewrite_same:in_process(Ask),
    io:format("     ~b have no end~n", [length([x || {_, no_end} <- Original])]),
    _ = [ok = rewrite_same:exchange(M, New) || {M, _, _, New} <- Codes],
    try
        Rewritten = rewrite_same:in_process(Ask),
        Both = [{A, B} || {{_, RA} = A, {_, RB} = B} <- lists:zip(Original, Rewritten), RA =/= no_end, RB =/= no_end],
        {As, Bs} = lists:unzip(Both),
        rewrite_same:compare(As, Bs, Modules)
    after
        [ok = rewrite_same:exchange(M, Code) || {M, Code, _, _} <- Codes]
    end,
    Good = [Name || {Name, {{value, _}, _}} <- Original],
    {GoodExamples, GoodCalls} = lists:partition(fun({example, _}) -> true; (_) -> false end, Good),
    io:format("     ~b modules, ~b calls (~b with a value), ~b examples (~b with a value)~n",
              [length(Modules), length(Calls), length(GoodCalls), length(Examples), length(GoodExamples)]),
    true = length(GoodCalls) > 100.

%% In a process that may go astray.
called({M, F, A}) ->
    Self = self(),
    {Pid, Ref} = spawn_opt(fun() ->
        _ = rand:seed(exsss, {1, 2, 3}),
        Outcome = rewrite_same:outcome(fun() -> apply(M, F, A) end),
        Self ! {self(), Outcome}
    end, [monitor, {max_heap_size, #{size => 20000000, kill => true, error_logger => false}}]),
    receive
        {Pid, Outcome} -> demonitor(Ref, [flush]), Outcome;
        {'DOWN', Ref, process, Pid, _} -> no_end
    after 200 ->
        exit(Pid, kill),
        demonitor(Ref, [flush]),
        receive {Pid, _} -> no_end after 0 -> no_end end
    end.

pool() ->
    [0, 1, 2, 3, -1, 1.5, a, b, true, nil, [], [1], [3, 1, 2], [a, b, c], [{a, 1}, {b, 2}], [{1, x}, {2, y}, {3, z}], "text", "a,b,,c", [[1, 2], [3]], [1 | 2],
     {}, {a, 1}, {1, 2, 3}, #{}, #{a => 1, b => 2}, #{1 => x, 2 => y}, <<>>, <<"text">>, <<"a,b,,c">>, <<"a b  ü"/utf8>>, <<1:3>>, {ok, 1}, {error, x},
     fun(X) -> X end, fun(X) -> X =:= 1 orelse X =:= a end, fun(X, Y) -> X =< Y end, fun(X, Y) -> {X, Y} end, fun(_, _, Z) -> Z end, fun() -> nothing end,
     fun(X) -> {X, X} end, fun(_, Y) -> Y end, fun(K, V) -> [{K, V}] end, fun(X, Acc) -> [X | Acc] end, fun(_) -> throw(out) end, fun(X) -> 1 div X end,
     orddict:from_list([{a, 1}, {b, 2}]), sets:from_list([1, 2, 3]), dict:from_list([{a, 1}]),
     gb_trees:from_orddict([{a, 1}, {b, 2}]), gb_sets:from_list([1, 2]), queue:from_list([1, 2, 3]), array:from_list([1, 2, 3]), ["ab", "cd"], [<<"ab">>, "cd"],
     {2020, 2, 29}, {{2020, 2, 29}, {23, 59, 59}}, {12, 0, 0}, <<"2020-02-29">>, <<"2020-02-29T23:59:59Z">>, "2020-02-29T23:59:59+02:00", <<"P1D">>,
     <<"http://user@example.com:80/a/b?c=d#e">>, "http://example.com/%20", <<"YWJj">>, "YWJj", <<"1.2.3-rc.1">>, <<"~> 1.2">>, "foo(Bar) -> {baz, [1|2]}.", "~p ~s~n",
     #{'__struct__' => 'Elixir.Range', first => 1, last => 5, step => 2}, #{'__struct__' => 'Elixir.MapSet', map => #{1 => [], 2 => []}, version => 2},
     #{'__struct__' => 'Elixir.Date', calendar => 'Elixir.Calendar.ISO', year => 2020, month => 2, day => 29},
     #{'__struct__' => 'Elixir.Time', calendar => 'Elixir.Calendar.ISO', hour => 1, minute => 2, second => 3, microsecond => {4, 6}},
     #{'__struct__' => 'Elixir.NaiveDateTime', calendar => 'Elixir.Calendar.ISO', year => 2020, month => 2, day => 29, hour => 1, minute => 2, second => 3, microsecond => {0, 0}},
     [x, y, {z, 1}], second, day, utc, 'Elixir.Calendar.ISO', extended, [{trim, true}], [{parts, 2}], [global]].

pick(Pool) -> lists:nth(rand:uniform(length(Pool)), Pool).

%% --- examples ------------------------------------------------------------------------------------------------------------------

%% What stands behind `iex>` in the documentation, where that is installed.
examples(Modules) ->
    lists:append([case code:get_object_code(M) of
        {M, Code, _} ->
            case beam_lib:chunks(Code, ["Docs"]) of
                {ok, {M, [{"Docs", Chunk}]}} ->
                    {docs_v1, _, _, _, Moduledoc, _, Docs} = binary_to_term(Chunk),
                    [{example, Group} || Doc <- [Moduledoc | [D || {_, _, _, D, _} <- Docs]], is_map(Doc), Text <- maps:values(Doc), Group <- groups(Text)];
                _ ->
                    []
            end;
        error ->
            []
    end || M <- Modules]).

%% Expressions that follow each other without an empty line share their variables.
groups(Text) ->
    Lines = [string:trim(Line) || Line <- binary:split(Text, <<"\n">>, [global])],
    {Last, Groups} = lists:foldl(fun
        (<<"iex>", Line/binary>>, {Group, All}) -> {[Line | Group], All};
        (<<"...>", Line/binary>>, {[First | Group], All}) -> {[<<First/binary, "\n", Line/binary>> | Group], All};
        (<<>>, {[], All}) -> {[], All};
        (<<>>, {Group, All}) -> {[], [lists:reverse(Group) | All]};
        (_, Acc) -> Acc
    end, {[], []}, Lines),
    lists:reverse([Group || Group <- [lists:reverse(Last) | Groups], Group =/= []]).

evaluated({example, Group}) ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() ->
        _ = rand:seed(exsss, {1, 2, 3}),
        Outcome = rewrite_same:outcome(fun() ->
            {Values, _} = lists:mapfoldl(fun(Text, Binding) -> 'Elixir.Code':eval_string(Text, Binding) end, [], Group),
            %% What a compiler has made of it stands in the dictionary.
            erase(),
            Values
        end),
        Self ! {self(), case Outcome of {{value, _}, _} -> Outcome; {{C, R, _}, _} -> {{C, R, no_stack}, []} end}
    end),
    receive
        {Pid, Outcome} -> demonitor(Ref, [flush]), Outcome;
        {'DOWN', Ref, process, Pid, _} -> no_end
    after 5000 ->
        exit(Pid, kill),
        demonitor(Ref, [flush]),
        receive {Pid, _} -> no_end after 0 -> no_end end
    end.

%% --- servers -------------------------------------------------------------------------------------------------------------------

%% Each message says what the callback gives.
servers() ->
    compare_servers(gen_server, server, server_answers()).

statems() ->
    compare_servers(gen_statem, statem, statem_answers()).

%% Copies under other names, since processes of the system are in the real ones all the time.
compare_servers(Behaviour, Kind, Answers) ->
    _ = rand:seed(exsss, seed()),
    Scripts = [script(Answers) || _ <- lists:seq(1, 10 * calls())],
    Renamed = #{Behaviour => copy(Behaviour), gen => copy(gen)},
    Copy = copy(Behaviour),
    Start = fun(Init) -> Copy:start(?MODULE, {Kind, Init}, []) end,
    Ask = fun() -> [{Script, rewrite_same:in_process(fun() -> rewrite_same:outcome(fun() -> play(Script, Start, fun Copy:call/3) end) end)} || Script <- Scripts] end,
    Codes = [copied(M, Renamed) || M <- maps:keys(Renamed)],
    [ok = rewrite_same:exchange(M, Code) || {M, Code} <- Codes],
    Original = rewrite_same:in_process(Ask),
    [begin
        {ok, New, _} = rewrite_same:rewritten(M, Code, expressions, none),
        ok = rewrite_same:exchange(M, New)
     end || {M, Code} <- Codes],
    rewrite_same:compare(Original, rewrite_same:in_process(Ask), maps:values(Renamed)),
    io:format("     ~b plays of ~s~n", [length(Scripts), Behaviour]).

copy(Module) -> list_to_atom("rewrite_copy_of_" ++ atom_to_list(Module)).

copied(Module, Renamed) ->
    {Module, Code, _} = code:get_object_code(Module),
    {ok, {_, [{abstract_code, {raw_abstract_v1, Forms}}]}} = beam_lib:chunks(Code, [abstract_code]),
    {ok, New, Copy} = compile:forms(renamed(Forms, Renamed), [debug_info, nowarn_deprecated_catch]),
    {New, Copy}.

renamed(Form, Renamed) when is_atom(Form) -> maps:get(Form, Renamed, Form);
renamed([H | T], Renamed) -> [renamed(H, Renamed) | renamed(T, Renamed)];
renamed(Form, Renamed) when is_tuple(Form) -> list_to_tuple(renamed(tuple_to_list(Form), Renamed));
renamed(Form, _) -> Form.

play({Init, Steps}, Start, Call) ->
    put(test, self()),
    case Start({self(), Init}) of
        {ok, Pid} ->
            Ref = monitor(process, Pid),
            fired(Init, Pid),
            Results = [step(Step, Pid, Call) || Step <- Steps],
            Pid ! {test_end, self()},
            End = receive {'DOWN', Ref, process, Pid, Why} -> frames(Why) after 2000 -> exit(Pid, kill), stuck end,
            {Results, End};
        Other ->
            frames(Other)
    end.

step({Kind, Answer}, Pid, Call) ->
    Result = case Kind of
        call -> try Call(Pid, Answer, 500) catch C:R -> {C, frames(R)} end;
        cast -> Pid ! {'$gen_cast', Answer}, ok;
        info -> Pid ! Answer, ok
    end,
    fired(Answer, Pid),
    Result.

%% A timer fires before the next message comes, or whether it did so would depend on how busy the machine is.
fired({Timer, T}, Pid) when T > 0, Timer =:= timeout orelse Timer =:= state_timeout orelse Timer =:= generic ->
    _ = try sys:get_state(Pid) catch exit:_ -> gone end,
    timer:sleep(T + 20);
fired(_, _) -> ok.

%% Stacks have more frames of rewritten modules; what raised stays.
frames([{M, F, A, Info} | _]) when is_atom(M), is_atom(F), is_list(Info) -> {stack, M, F, case A of _ when is_list(A) -> length(A); _ -> A end};
frames([H | T]) -> [frames(H) | frames(T)];
frames(T) when is_tuple(T) -> list_to_tuple(frames(tuple_to_list(T)));
frames(T) -> T.

script(Answers) ->
    {pick([good, good, good, good, {stop, no_start}, ignore, bad, {raise, init}, hibernate, {timeout, 1}, continue]),
     [{pick([call, cast, info]), pick(Answers)} || _ <- lists:seq(1, rand:uniform(6))]}.

server_answers() ->
    [{reply, a}, {reply, b}, noreply, {later, c}, {raise, error}, {raise, throw}, {raise, exit}, {stop, normal}, {stop, {odd, reason}}, {stop_reply, shutdown}, bad,
     hibernate, {timeout, 0}, {timeout, 5}, continue, {send, x}].

statem_answers() ->
    [{reply, a}, keep, keep_and, {next, other}, {next, first}, postpone, {timeout, 1}, {state_timeout, 1}, {generic, 1}, {event, inner}, {raise, error}, {raise, throw}, {stop, normal},
     {stop, {odd, reason}}, bad, hibernate, repeat, {send, x}].

init({server, {Test, Init}}) ->
    put(test, Test),
    case Init of
        good -> {ok, 0};
        hibernate -> {ok, 0, hibernate};
        {timeout, T} -> {ok, 0, T};
        continue -> {ok, 0, {continue, first}};
        {raise, R} -> error(R);
        Other -> Other
    end;
init({statem, {Test, Init}}) ->
    put(test, Test),
    case Init of
        good -> {ok, first, 0};
        hibernate -> {ok, first, 0, hibernate};
        {timeout, T} -> {ok, first, 0, [{timeout, T, early}]};
        continue -> {ok, first, 0, [{next_event, internal, {event, inner}}]};
        {raise, R} -> error(R);
        Other -> Other
    end.

callback_mode() -> [handle_event_function, state_enter].

handle_call(Answer, From, S) ->
    case Answer of
        {reply, V} -> {reply, {V, S}, S + 1};
        {later, V} -> gen_server:reply(From, V), {noreply, S};
        {stop_reply, Why} -> {stop, Why, bye, S};
        hibernate -> {reply, asleep, S, hibernate};
        {timeout, T} -> {reply, soon, S, T};
        continue -> {reply, on, S, {continue, call}};
        noreply -> {noreply, S};
        _ -> handle(Answer, S)
    end.

handle_cast(Answer, S) -> handle(Answer, S).
handle_info({test_end, _}, S) -> {stop, normal, S};
handle_info(timeout, S) -> tell(timeout), {noreply, S + 10};
handle_info(Answer, S) -> handle(Answer, S).
handle_continue(From, S) -> tell({continue, From}), {noreply, S + 100}.

terminate(Why, S) -> tell({terminate, frames(Why), S}), ok.

handle({raise, Class}, _) -> erlang:raise(case Class of error -> error; throw -> throw; exit -> exit end, {wanted, Class}, []);
handle({stop, Why}, S) -> {stop, Why, S};
handle(hibernate, S) -> {noreply, S, hibernate};
handle({timeout, T}, S) -> {noreply, S, T};
handle(continue, S) -> {noreply, S, {continue, handle}};
handle({send, M}, S) -> tell({sent, M, S}), {noreply, S};
handle(bad, _) -> bad;
handle(_, S) -> {noreply, S + 1}.

terminate(Why, State, S) -> tell({terminate, frames(Why), State, S}), ok.

handle_event(enter, Old, State, S) -> tell({enter, Old, State, S}), keep_state_and_data;
handle_event(info, {test_end, _}, _, _) -> {stop, normal};
handle_event({call, From}, Answer, State, S) ->
    case Answer of
        {reply, V} -> {keep_state, S + 1, [{reply, From, {V, State, S}}]};
        {stop, Why} -> {stop_and_reply, Why, [{reply, From, bye}]};
        postpone when State =:= first -> {next_state, other, S, [postpone]};
        _ -> gen_statem:reply(From, ok), event(Answer, State, S)
    end;
handle_event(Type, Answer, State, S) ->
    tell({Type, Answer, State, S}),
    event(Answer, State, S).

event(keep, _, S) -> {keep_state, S + 1};
event(keep_and, _, _) -> {keep_state_and_data, []};
event({next, New}, _, S) -> {next_state, New, S + 1};
event(postpone, first, S) -> {next_state, other, S, [postpone]};
event({timeout, T}, _, S) -> {keep_state, S, [{timeout, T, timed}]};
event({state_timeout, T}, _, S) -> {keep_state, S, [{state_timeout, T, timed}]};
event({generic, T}, _, S) -> {keep_state, S, [{{timeout, name}, T, timed}]};
event({event, E}, _, S) -> {keep_state, S, [{next_event, internal, E}]};
event({raise, Class}, _, _) -> erlang:raise(Class, {wanted, Class}, []);
event({stop, Why}, _, S) -> {stop, Why, S};
event(bad, _, _) -> {bad, result};
event(hibernate, _, _) -> {keep_state_and_data, [hibernate]};
event(repeat, _, _) -> repeat_state_and_data;
event({send, M}, _, _) -> tell({sent, M}), keep_state_and_data;
event(_, _, S) -> {keep_state, S}.

tell(Message) -> get(test) ! {told, Message}.
