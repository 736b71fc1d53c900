%% Shows that rewritten modules do what their originals do, take no more memory, and tell the truth about their calls. Run by
%% `make test`; needs only Erlang, and takes Elixir's modules in where there is Elixir.
-module(rewrite_tests).

-export([main/0]).
-export([run_pairs/0]).

main() ->
    ok = elixirscope_nif:load(filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"])),
    logger:set_primary_config(level, none),
    %% The last two exchange modules of the standard library.
    Tests = [fun same_program/0, fun same_while_recorded/0, fun same_information/0, fun same_maybe/0, fun flat_loops/0, fun pairs/0, fun stays_as_it_is/0,
             fun catches_loads/0, fun never_kills/0, fun globs/0, fun erlang_library/0, fun elixir_library/0],
    Failed = lists:sum([run(T) || T <- Tests]),
    case Failed of
        0 -> io:format("~b passed, 0 failed~n", [length(Tests)]);
        _ -> io:format("~b passed, ~b failed~n", [length(Tests) - Failed, Failed]), halt(1)
    end.

run(Test) ->
    {name, Name} = erlang:fun_info(Test, name),
    Start = erlang:monotonic_time(millisecond),
    {Pid, Ref} = spawn_monitor(Test),
    Failed = receive
        {'DOWN', Ref, _, Pid, normal} -> 0;
        {'DOWN', Ref, _, Pid, Why} -> io:format("FAILED ~s: ~P~n", [Name, Why, 80]), 1
    after 240000 -> exit(Pid, kill), io:format("FAILED ~s: no end~n", [Name]), 1
    end,
    io:format("~s ~s (~b ms)~n", [case Failed of 0 -> "  ok"; 1 -> "FAIL" end, Name, erlang:monotonic_time(millisecond) - Start]),
    _ = elixirscope_nif:stop(<<"{}">>),
    Failed.

%% --- the same results ----------------------------------------------------------------------------------------------------------

same_program() ->
    Original = in_process(fun run_sample/0),
    with_rewritten([rewrite_sample], fun() -> equal(Original, in_process(fun run_sample/0), [rewrite_sample]) end),
    Original = in_process(fun run_sample/0).

same_while_recorded() ->
    Original = in_process(fun run_sample/0),
    Reader = session(wait),
    with_rewritten([rewrite_sample], fun() -> equal(Original, in_process(fun run_sample/0), [rewrite_sample]) end),
    #{records := Records} = elixirscope_nif:stats(),
    ok = elixirscope_nif:stop(<<"{}">>),
    #{faults := []} = wire_reader:result(Reader),
    true = Records > 5000.

run_sample() ->
    [{F, A, rewrite_sample:outcome(F, A)} || {F, A} <- rewrite_sample:cases()].

%% Everything that module_info tells but the digest.
same_information() ->
    Ask = fun() -> [lists:sort(rewrite_sample:module_info(Item)) || Item <- [attributes, compile, exports]] end,
    Original = Ask(),
    with_rewritten([rewrite_sample], fun() -> Original = Ask() end).

%% `maybe` is part of the language since OTP 27.
same_maybe() ->
    case list_to_integer(erlang:system_info(otp_release)) >= 27 of
        false -> ok;
        true ->
            File = filename:join("/tmp", "rewrite_maybe_" ++ os:getpid()),
            ok = file:write_file(File ++ ".erl", "-module(rewrite_maybe).\n-export([go/1, on/1, loop/1]).\n"
                "go(X) -> maybe {ok, Y} ?= X, true ?= Y > 1, on(Y) else {error, _} = E -> E; false -> on(0) end.\n"
                "on(X) -> maybe {ok, Y} ?= X, on({Y}) end.\n"
                "loop(N) -> maybe true ?= N > 0, loop(N - 1) else false -> done end.\n"),
            Options = [debug_info, binary, return],
            {ok, M, Code, _} = compile:noenv_file(File ++ ".erl", Options),
            ok = file:delete(File ++ ".erl"),
            {module, M} = code:load_binary(M, File, Code),
            Ask = fun() -> [{F, A, {call(M, F, [A]), []}} || {F, A} <- [{go, {ok, 5}}, {go, {ok, 0}}, {go, {error, x}}, {go, what}, {on, {ok, {ok, 2}}}, {loop, 1000000}]] end,
            Original = Ask(),
            {ok, New} = elixirscope_recompile:module(M, Code),
            {module, M} = code:load_binary(M, File, New),
            equal(Original, Ask(), [M])
    end.

%% Ten million turns of every kind of loop within a heap that ten thousand frames would not fit into.
flat_loops() ->
    with_rewritten([rewrite_sample], fun() ->
        Loops = [{count, 10000000}, {even, 10000000}, {wrapped, 10000000}, {turn, 300000}],
        [begin
            {Pid, Ref} = spawn_opt(rewrite_sample, F, [N], [monitor, {max_heap_size, #{size => 20000, kill => true, error_logger => false}}]),
            receive {'DOWN', Ref, process, Pid, Why} -> {F, normal} = {F, Why} end
        end || {F, N} <- Loops],
        %% And while it is recorded.
        Reader = session(drop),
        {Pid, Ref} = spawn_opt(rewrite_sample, count, [300000], [monitor, {max_heap_size, #{size => 20000, kill => true, error_logger => false}}]),
        receive {'DOWN', Ref, process, Pid, Why} -> normal = Why end,
        ok = elixirscope_nif:stop(<<"{}">>),
        _ = wire_reader:result(Reader)
    end).

%% What a process tracer says of the same program.
pairs() ->
    Traced = traced(),
    Reader = session(wait),
    Self = self(),
    with_rewritten([rewrite_sample], fun() ->
        {Pid, Ref} = spawn_monitor(?MODULE, run_pairs, []),
        Self ! {ran, Pid},
        receive {'DOWN', Ref, process, Pid, normal} -> ok end
    end),
    ok = elixirscope_nif:stop(<<"{}">>),
    Records = wire_reader:records(wire_reader:result(Reader)),
    Atoms = wire_reader:atoms(Records),
    Recorded = [decode(Kind, Payload, Atoms) || {_, _, _, Kind, Payload}
                <- lists:sort([{Time, Ring, At, Kind, P} || {Ring, At, Kind, _, Time, _, P} <- Records, Kind =/= 1])],
    compare(Traced, returned(Recorded, [])).

run_pairs() ->
    _ = [rewrite_sample:plain(1, {two, "three"}), rewrite_sample:pair({1, 2}), rewrite_sample:branch(1, 2), rewrite_sample:branch(3, 4),
         rewrite_sample:branch(4, [3, 1]), rewrite_sample:count(50), rewrite_sample:even(31), rewrite_sample:every([1, 2]), rewrite_sample:turn(9),
         rewrite_sample:wrapped(7), rewrite_sample:caught(0), rewrite_sample:caught(2), rewrite_sample:caught(throw), rewrite_sample:by_apply(plain, [1, 2]),
         rewrite_sample:via_module(rewrite_sample, [5, 6]), rewrite_sample:deep(9), (catch rewrite_sample:passes(0)), rewrite_sample:passes(1)],
    ok.

traced() ->
    {module, _} = code:ensure_loaded(rewrite_sample),
    {Pid, Ref} = spawn_monitor(fun() -> receive go -> ?MODULE:run_pairs() end end),
    erlang:trace_pattern({rewrite_sample, '_', '_'}, [{'_', [], [{exception_trace}]}], [local]),
    1 = erlang:trace(Pid, true, [call]),
    Pid ! go,
    receive {'DOWN', Ref, process, Pid, normal} -> ok end,
    Delivered = erlang:trace_delivered(Pid),
    Events = collect(Pid, Delivered),
    erlang:trace_pattern({rewrite_sample, '_', '_'}, false, [local]),
    Events.

collect(Pid, Delivered) ->
    receive
        {trace, Pid, call, {_, F, A}} -> [{call, {F, length(A)}, A} | collect(Pid, Delivered)];
        {trace, Pid, return_from, {_, F, A}, V} -> [{return, {F, A}, V} | collect(Pid, Delivered)];
        {trace, Pid, exception_from, {_, F, A}, {C, R}} -> [{exception, {F, A}, {C, R}} | collect(Pid, Delivered)];
        {trace_delivered, Pid, Delivered} -> []
    end.

decode(Kind, <<M:32/little, F:32/little, A:32/little, R/binary>>, Atoms) ->
    rewrite_sample = maps:get(M, Atoms),
    Function = {maps:get(F, Atoms), A},
    case Kind of
        12 -> {call, Function, element(1, term_decoder:t(R, Atoms))};
        13 -> {return, Function, element(1, term_decoder:t(R, Atoms))};
        14 -> <<C:32/little, T/binary>> = R, {exception, Function, {maps:get(C, Atoms), element(1, term_decoder:t(T, Atoms))}};
        23 -> {tail, Function}
    end.

%% A function that has ended with a tail call returns what that call returns.
returned([{call, F, _} = Event | Events], Open) ->
    [Event | returned(Events, [{F, open} | Open])];
returned([{tail, F} | Events], [{F, open} | Open]) ->
    returned(Events, [{F, left} | Open]);
returned([{Kind, F, V} | Events], [{F, open} | Open]) ->
    {Left, Rest} = lists:splitwith(fun({_, State}) -> State =:= left end, Open),
    [{Kind, F, V} | [{Kind, L, V} || {L, left} <- Left]] ++ returned(Events, Rest);
returned([], []) ->
    [].

compare([], []) -> ok;
compare([E | A], [E | B]) -> compare(A, B);
compare(A, B) -> error({different, {traced, lists:sublist(A, 3)}, {recorded, lists:sublist(B, 3)}}).

%% --- loading -------------------------------------------------------------------------------------------------------------------

stays_as_it_is() ->
    Compile = fun(Text, Options) ->
        Forms = [begin {ok, T, _} = erl_scan:string(Line ++ "."), {ok, F} = erl_parse:parse_form(T), F end || Line <- Text],
        {ok, M, Code} = compile:forms(Forms, Options),
        {M, Code}
    end,
    {N, Native} = Compile(["-module(native)", "-on_load(go/0)", "-export([go/0])", "go() -> ok"], [debug_info]),
    {error, <<"it loads native code">>} = elixirscope_recompile:module(N, Native),
    {I, Inlining} = Compile(["-module(inlining)", "-compile(inline)", "-export([go/0])", "go() -> ok"], [debug_info]),
    {error, <<"it asks", _/binary>>} = elixirscope_recompile:module(I, Inlining),
    {B, Bare} = Compile(["-module(bare)", "-export([go/0])", "go() -> ok"], []),
    {error, <<"it was compiled without debug information">>} = elixirscope_recompile:module(B, Bare),
    {error, _} = elixirscope_recompile:module(bare, <<"no code">>).

%% From the first call on, however the module is loaded; and everything is as before in the end.
catches_loads() ->
    _ = code:purge(rewrite_sample),
    _ = code:delete(rewrite_sample),
    _ = code:purge(rewrite_sample),
    {rewrite_sample, Code, File} = code:get_object_code(rewrite_sample),
    {ok, {_, Digest}} = beam_lib:md5(Code),
    Before = code:module_info(md5),
    Reader = session(wait),
    Loader = elixirscope_loader:start(#{calls => [<<"rewrite_s*">>], mode => run}),
    ok = elixirscope_loader:begin_with(Loader, nif),
    true = Before =/= code:module_info(md5),
    1 = rewrite_sample:plain(1, 2),
    Rewritten = rewrite_sample:module_info(md5),
    true = Rewritten =/= Digest,
    File = code:which(rewrite_sample),
    {module, rewrite_sample} = code:load_binary(rewrite_sample, File, Code),
    2 = rewrite_sample:plain(2, 3),
    Rewritten = rewrite_sample:module_info(md5),
    {module, rewrite_sample} = code:load_file(rewrite_sample),
    Rewritten = rewrite_sample:module_info(md5),
    _ = code:purge(rewrite_sample), _ = code:delete(rewrite_sample), _ = code:purge(rewrite_sample),
    ok = code:ensure_modules_loaded([rewrite_sample]),
    Rewritten = rewrite_sample:module_info(md5),
    %% Loaded past all that.
    _ = code:purge(rewrite_sample),
    {module, rewrite_sample} = erlang:load_module(rewrite_sample, Code),
    Digest = rewrite_sample:module_info(md5),
    ok = elixirscope_loader:late([rewrite_sample]),
    wait(fun() -> erlang:get_module_info(rewrite_sample, md5) =:= Rewritten end),
    {error, nofile} = code:ensure_loaded(rewrite_s_no_such),
    %% Wrong arguments fail as ever.
    {error, {function_clause, [{code, load_binary, [1, 2, 3], _} | _]}} = try code:load_binary(1, 2, 3) catch C:R:S -> {C, {R, S}} end,
    ok = elixirscope_loader:stop(Loader),
    true = elixirscope_loader:is_clean(),
    Digest = rewrite_sample:module_info(md5),
    Before = code:module_info(md5),
    false = erlang:check_old_code(rewrite_sample) orelse erlang:check_old_code(code),
    ok = elixirscope_nif:stop(<<"{}">>),
    Calls = [x || {_, _, 12, _, _, _, _} <- wire_reader:records(wire_reader:result(Reader))],
    2 = length(Calls).

%% A process that sits in rewritten code is left alone, and what it calls stays.
never_kills() ->
    Reader = session(wait),
    Loader = elixirscope_loader:start(#{calls => [<<"rewrite_sample">>], mode => run}),
    ok = elixirscope_loader:begin_with(Loader, nif),
    _ = code:ensure_loaded(rewrite_sample),
    Self = self(),
    Pid = spawn(fun() -> Self ! {self(), rewrite_sample:via_fun(fun(_) -> receive go -> went end end, 1), rewrite_sample:caught(1)} end),
    Sitting = spawn(fun() -> rewrite_sample:caught(rewrite_sample:waits(4000)) end),
    timer:sleep(50),
    ok = elixirscope_loader:stop(Loader),
    true = is_process_alive(Pid) andalso is_process_alive(Sitting),
    Pid ! go,
    receive {Pid, went, 10} -> ok end,
    false = elixirscope_loader:is_clean(),
    persistent_term:erase({elixirscope_loader, left}),
    exit(Sitting, kill),
    ok = elixirscope_nif:stop(<<"{}">>),
    _ = wire_reader:result(Reader).

globs() ->
    Matches = fun(Module, Glob) -> elixirscope_glob:matches(Module, [Glob]) end,
    true = Matches('Elixir.Shop.Cart', <<"Shop.*">>),
    false = Matches('Elixir.Shop', <<"Shop.*">>),
    false = Matches('Elixir.Workshop.Cart', <<"Shop.*">>),
    true = Matches(rabbit_queue, <<"rabbit_?ueue">>),
    true = Matches('Elixir.A.B.C', <<"*.C">>),
    true = Matches(anything, <<"*">>),
    false = Matches(anything, <<"">>),
    false = elixirscope_glob:matches(anything, []).

%% --- libraries -----------------------------------------------------------------------------------------------------------------

%% Every exported function of these, with generated arguments, before and after.
erlang_library() ->
    compare_library([lists, maps, string, proplists, orddict, sets, gb_trees, queue, uri_string],
                    [{lists, duplicate, 2}, {lists, seq, 2}, {lists, seq, 3}]).

elixir_library() ->
    case os:find_executable("elixir") of
        false ->
            io:format("     (no Elixir here)~n");
        Elixir ->
            Directory = string:trim(os:cmd(Elixir ++ " -e 'IO.puts :code.lib_dir(:elixir)'")),
            ok = code:add_pathsz([filename:join(Directory, "ebin")]),
            {ok, _} = application:ensure_all_started(elixir),
            %% Elixir warns of much that the generated calls do.
            Standard = whereis(standard_error),
            unregister(standard_error),
            register(standard_error, spawn(fun swallow/0)),
            %% Of those that inline functions, which `run` leaves alone, only Enum.
            Modules = [M || M <- ['Elixir.Enum', 'Elixir.Map', 'Elixir.Keyword', 'Elixir.List', 'Elixir.String', 'Elixir.Tuple', 'Elixir.MapSet',
                                  'Elixir.Range', 'Elixir.Stream', 'Elixir.Version'],
                            M =:= 'Elixir.Enum' orelse elixirscope_recompile:is_exact(element(2, code:get_object_code(M)))],
            compare_library(Modules,
                            [{'Elixir.List', duplicate, 2}, {'Elixir.String', duplicate, 2}, {'Elixir.String', to_atom, 1}, {'Elixir.List', to_atom, 1},
                             {'Elixir.String', pad_leading, 2}, {'Elixir.String', pad_trailing, 2}, {'Elixir.Tuple', duplicate, 2}, {'Elixir.Enum', random, 1},
                             {'Elixir.Enum', shuffle, 1}, {'Elixir.Enum', take_random, 2}]),
            unregister(standard_error),
            register(standard_error, Standard)
    end.

swallow() ->
    receive
        {io_request, From, Ref, _} -> From ! {io_reply, Ref, ok}, swallow();
        _ -> swallow()
    end.

compare_library(Modules, Except) ->
    true = length(Modules) > 1,
    _ = rand:seed(exsss, {1, 2, 3}),
    _ = [code:ensure_loaded(M) || M <- Modules],
    Calls = [{M, F, [pick(pool()) || _ <- lists:seq(1, A)]}
             || M <- Modules, {F, A} <- lists:sort(M:module_info(exports)), not lists:member({M, F, A}, Except),
                hd(atom_to_list(F)) =/= $_, F =/= module_info, A > 0, _ <- lists:seq(1, 12 * A)],
    Ask = fun() -> [{F, A, {call(M, F, A), []}} || {M, F, A} <- Calls] end,
    Original = in_process(Ask),
    with_rewritten(Modules, fun() -> equal(Original, in_process(Ask), Modules) end),
    Good = length([x || {_, _, {{value, _}, _}} <- Original]),
    io:format("     ~b calls, ~b with a value~n", [length(Calls), Good]),
    true = Good > 100.

call(M, F, A) ->
    try {value, plain(apply(M, F, A))} catch C:R:S -> {C, plain(R), S} end.

%% Funs of a module that was compiled again are others.
plain(F) when is_function(F) -> {a_fun, erlang:fun_info(F, arity)};
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(M) when is_map(M) -> maps:from_list([{plain(K), plain(V)} || {K, V} <- maps:to_list(M)]);
plain(T) -> T.

pool() ->
    [0, 1, 2, 3, -1, 1.5, a, b, true, [], [1], [3, 1, 2], [a, b, c], [{a, 1}, {b, 2}], [{1, x}, {2, y}, {3, z}], "text", "a,b,,c", [[1, 2], [3]], [1 | 2],
     {}, {a, 1}, {1, 2, 3}, #{}, #{a => 1, b => 2}, #{1 => x, 2 => y}, <<>>, <<"text">>, <<"a,b,,c">>, <<"a b  ü"/utf8>>, <<1:3>>, {ok, 1}, {error, x},
     fun(X) -> X end, fun(X) -> X =:= 1 orelse X =:= a end, fun(X, Y) -> X =< Y end, fun(X, Y) -> {X, Y} end, fun(_, _, Z) -> Z end, fun() -> nothing end,
     fun(X) -> {X, X} end, fun(_, Y) -> Y end, fun(K, V) -> [{K, V}] end, orddict:from_list([{a, 1}, {b, 2}]), sets:from_list([1, 2, 3]), dict:from_list([{a, 1}]),
     gb_trees:from_orddict([{a, 1}, {b, 2}]), gb_sets:from_list([1, 2]), queue:from_list([1, 2, 3]), array:from_list([1, 2, 3]), ["ab", "cd"], [<<"ab">>, "cd"]].

pick(Pool) -> lists:nth(rand:uniform(length(Pool)), Pool).

%% --- tools ---------------------------------------------------------------------------------------------------------------------

%% Exchanges modules for the time of some work.
with_rewritten(Modules, Work) ->
    Codes = [begin
        {M, Code, _} = code:get_object_code(M),
        {M, Code, elixirscope_recompile:module(M, Code)}
    end || M <- Modules],
    _ = [ok = exchange(M, New) || {M, _, {ok, New}} <- Codes],
    [] = [{M, Why} || {M, _, {error, Why}} <- Codes],
    try Work() after [ok = exchange(M, Code) || {M, Code, _} <- Codes] end.

exchange(M, Code) ->
    wait(fun() -> code:soft_purge(M) end),
    {module, M} = erlang:load_module(M, Code),
    ok.

wait(Condition) -> wait(Condition, 500).
wait(Condition, 0) -> error({in_vain, Condition});
wait(Condition, N) -> Condition() orelse begin timer:sleep(10), wait(Condition, N - 1) end.

in_process(Work) ->
    Self = self(),
    Pid = spawn_link(fun() -> Self ! {self(), Work()} end),
    receive {Pid, Result} -> Result end.

session(OnFull) ->
    {Reader, Address} = wire_reader:listen(),
    ok = elixirscope_nif:start(#{address => Address, token => wire_reader:token(), hello => <<"{}">>, owner => self(), on_full => OnFull, rings => 8,
                                 ring_bytes => 1 bsl 20}),
    Reader.

%% Equal values, reasons and messages; stacks may have more frames of rewritten modules, see elixirscope_rewrite.
equal([{F, A, {Original, Messages}} | Left], [{F, _, {Rewritten, Messages}} | Right], Modules) ->
    case {plain(Original), plain(Rewritten)} of
        {{C, R, S1}, {C, R, S2}} -> same_stack(S1, S2, Modules) orelse error({other_stack, F, A, S1, S2});
        {Same, Same} -> ok;
        _ -> error({other_result, F, A, Original, Rewritten})
    end,
    equal(Left, Right, Modules);
equal([], [], _) -> ok;
equal([A | _], [B | _], _) -> error({different, A, B}).

same_stack([A | Left], [B | Right], Modules) ->
    case same_frame(A, B) of
        true -> same_stack(Left, Right, Modules);
        false -> lists:member(element(1, B), Modules) andalso same_stack([A | Left], Right, Modules)
    end;
%% As many as the VM keeps.
same_stack(_, [], _) -> true;
same_stack([], [B | Right], Modules) -> lists:member(element(1, B), Modules) andalso same_stack([], Right, Modules).

%% The VM does not always tell the line right where arithmetic fails in a function without a frame.
same_frame({M, F, A, I}, {M, G, A, J}) ->
    proplists:delete(line, I) =:= proplists:delete(line, J) andalso (F =:= G orelse made_up(F) =:= made_up(G));
same_frame(_, _) ->
    false.

%% `-f/1-fun-0-`: the compiler makes functions out of anonymous ones, comprehensions, and functions of lists that it puts in line,
%% and numbers them as it likes. What they were made for stays.
made_up(F) ->
    case string:split(atom_to_list(F), "/") of
        [[$- | Name], Rest] -> {Name, hd(string:split(Rest, "-"))};
        _ -> F
    end.
