%% Shows that rewritten modules do what their originals do, take no more memory, and tell the truth about their calls. Run by
%% `make test`; needs only Erlang.
-module(rewrite_tests).

-export([main/0]).
-export([run_pairs/0]).

-define(DEPTHS, [values, lines, expressions]).

main() ->
    ok = elixirscope_nif:load(filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"])),
    logger:set_primary_config(level, none),
    rewrite_same:run([fun same_program/0, fun same_while_recorded/0, fun same_information/0, fun same_maybe/0, fun gates/0, fun flat_loops/0,
                      fun flat_while_recorded/0, fun pairs/0, fun stays_as_it_is/0]).

%% --- the same results ----------------------------------------------------------------------------------------------------------

same_program() ->
    Original = rewrite_same:in_process(fun run_sample/0),
    rewrite_same:with_rewritten([rewrite_sample], ?DEPTHS, fun(_) ->
        rewrite_same:compare(Original, rewrite_same:in_process(fun run_sample/0), [rewrite_sample])
    end),
    rewrite_same:compare(Original, rewrite_same:in_process(fun run_sample/0), []).

same_while_recorded() ->
    Original = rewrite_same:in_process(fun run_sample/0),
    rewrite_same:with_rewritten([rewrite_sample], ?DEPTHS, fun([Declared]) ->
        Reader = rewrite_same:session(wait),
        ok = rewrite_same:sites(Declared),
        rewrite_same:compare(Original, rewrite_same:in_process(fun run_sample/0), [rewrite_sample]),
        #{records := Records} = elixirscope_nif:stats(),
        ok = elixirscope_nif:stop(<<"{}">>),
        #{faults := []} = wire_reader:result(Reader),
        true = Records > 5000
    end).

run_sample() ->
    [{{F, A}, rewrite_sample:outcome(F, A)} || {F, A} <- rewrite_sample:cases()].

%% Everything that module_info tells but the digest.
same_information() ->
    Ask = fun() -> [lists:sort(rewrite_sample:module_info(Item)) || Item <- [attributes, compile, exports]] end,
    Original = Ask(),
    rewrite_same:with_rewritten([rewrite_sample], ?DEPTHS, fun(_) -> Original = Ask() end).

%% `maybe` is part of the language since OTP 27.
same_maybe() ->
    case list_to_integer(erlang:system_info(otp_release)) >= 27 of
        false -> ok;
        true ->
            File = filename:join(os:getenv("TMPDIR", "/tmp"), "rewrite_maybe_" ++ os:getpid()),
            ok = file:write_file(File ++ ".erl", "-module(rewrite_maybe).\n-export([go/1, on/1, loop/1, last/1, alone/1]).\n"
                "go(X) -> maybe {ok, Y} ?= X, true ?= Y > 1, on(Y) else {error, _} = E -> E; false -> on(0) end.\n"
                "on(X) -> maybe {ok, Y} ?= X, on({Y}) end.\n"
                "last(X) -> maybe {ok, Y} ?= X, {ok, _} ?= Y end.\n"
                "alone(X) -> maybe {ok, _} ?= X else {error, R} -> R end.\n"
                "loop(N) -> maybe true ?= N > 0, loop(N - 1) else false -> done end.\n"),
            {ok, M, Code, _} = compile:noenv_file(File ++ ".erl", [debug_info, binary, return]),
            ok = file:delete(File ++ ".erl"),
            {module, M} = code:load_binary(M, File, Code),
            Ask = fun() ->
                [{{F, A}, rewrite_same:outcome(fun() -> M:F(A) end)}
                 || {F, A} <- [{go, {ok, 5}}, {go, {ok, 0}}, {go, {error, x}}, {go, what}, {on, {ok, {ok, 2}}}, {last, {ok, {ok, 1}}}, {last, {ok, 2}}, {last, 3},
                               {alone, {ok, 1}}, {alone, {error, 2}}, {alone, 3}, {loop, 1000000}]]
            end,
            Original = rewrite_same:in_process(Ask),
            [begin
                {ok, New, _} = rewrite_same:rewritten(M, Code, Depth, none),
                {module, M} = code:load_binary(M, File, New),
                rewrite_same:compare(Original, rewrite_same:in_process(Ask), [M])
            end || Depth <- ?DEPTHS]
    end.

%% A function whose gate is closed records nothing, also where it calls itself.
gates() ->
    Gate = rewrite_gate,
    {rewrite_sample, Code, _} = code:get_object_code(rewrite_sample),
    Original = rewrite_same:in_process(fun run_sample/0),
    [begin
        {ok, New, #{functions := Functions} = Declared} = rewrite_same:rewritten(rewrite_sample, Code, Depth, Gate),
        ok = load_gate(Gate, Functions, true),
        ok = rewrite_same:exchange(rewrite_sample, New),
        try
            Reader = rewrite_same:session(wait),
            ok = rewrite_same:sites(Declared),
            rewrite_same:compare(Original, rewrite_same:in_process(fun run_sample/0), [rewrite_sample]),
            #{records := Open} = elixirscope_nif:stats(),
            true = Open > 5000,
            ok = load_gate(Gate, Functions, false),
            rewrite_same:compare(Original, rewrite_same:in_process(fun run_sample/0), [rewrite_sample]),
            #{records := Closed} = elixirscope_nif:stats(),
            %% Processes come and go.
            true = Closed - Open < 50,
            ok = elixirscope_nif:stop(<<"{}">>),
            wire_reader:result(Reader)
        after
            rewrite_same:exchange(rewrite_sample, Code)
        end
    end || Depth <- ?DEPTHS].

load_gate(Gate, Functions, IsOpen) ->
    Names = lists:usort([elixirscope_rewrite:gate_name(F, A) || #{name := F, arity := A} <- Functions]),
    {ok, Gate, Code} = compile:forms([{attribute, 1, module, Gate}, {attribute, 1, export, [{Name, 0} || Name <- Names]}
                                      | [{function, 1, Name, 0, [{clause, 1, [], [], [{atom, 1, IsOpen}]}]} || Name <- Names]]),
    rewrite_same:exchange(Gate, Code).

%% --- memory --------------------------------------------------------------------------------------------------------------------

%% Many turns of every kind of loop within a heap that ten thousand frames would not fit into.
flat_loops() ->
    N = case os:getenv("ELIXIRSCOPE_TURNS") of false -> 500000; Text -> list_to_integer(Text) end,
    rewrite_same:with_rewritten([rewrite_sample], ?DEPTHS, fun(_) -> turn(N) end).

flat_while_recorded() ->
    rewrite_same:with_rewritten([rewrite_sample], ?DEPTHS, fun([Declared]) ->
        Reader = rewrite_same:session(drop),
        ok = rewrite_same:sites(Declared),
        turn(100000),
        ok = elixirscope_nif:stop(<<"{}">>),
        wire_reader:result(Reader)
    end).

turn(N) ->
    [begin
        {Pid, Ref} = spawn_opt(rewrite_sample, F, [Turns], [monitor, {max_heap_size, #{size => 20000, kill => true, error_logger => false}}]),
        receive {'DOWN', Ref, process, Pid, Why} -> {F, normal} = {F, Why} end
     end || {F, Turns} <- [{count, N}, {even, N}, {wrapped, N}, {by_fun, N}, {by_named_fun, N}, {by_loop_apply, N}, {by_fold, N}, {turn, N div 20}]].

%% --- the truth -----------------------------------------------------------------------------------------------------------------

%% What a process tracer says of the same program.
pairs() ->
    Traced = traced(),
    Reader = rewrite_same:session(wait),
    Self = self(),
    [Sites] = rewrite_same:with_rewritten([rewrite_sample], fun([#{functions := Functions} = Declared]) ->
        ok = rewrite_same:sites(Declared),
        {Pid, Ref} = spawn_monitor(?MODULE, run_pairs, []),
        Self ! {ran, Pid},
        receive {'DOWN', Ref, process, Pid, normal} -> ok end,
        maps:from_list([{Site, {F, A}} || #{site := Site, name := F, arity := A} <- Functions])
    end),
    ok = elixirscope_nif:stop(<<"{}">>),
    Records = wire_reader:records(wire_reader:result(Reader)),
    Atoms = wire_reader:atoms(Records),
    Recorded = [decode(Kind, Payload, Sites, Atoms) || {_, _, _, Kind, Payload}
                <- lists:sort([{Time, Ring, At, Kind, P} || {Ring, At, Kind, 2, Time, _, P} <- Records])],
    same_events(Traced, returned(Recorded, [])).

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

decode(Kind, <<Site:32/little, R/binary>>, Sites, Atoms) ->
    #{Site := Function} = Sites,
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

same_events([], []) -> ok;
same_events([E | A], [E | B]) -> same_events(A, B);
same_events(A, B) -> error({different, {traced, lists:sublist(A, 3)}, {recorded, lists:sublist(B, 3)}}).

%% --- what cannot be -------------------------------------------------------------------------------------------------------------------

stays_as_it_is() ->
    Compile = fun(Text, Options) ->
        Forms = [begin {ok, T, _} = erl_scan:string(Line ++ "."), {ok, F} = erl_parse:parse_form(T), F end || Line <- Text],
        {ok, M, Code} = compile:forms(Forms, Options),
        {M, Code}
    end,
    {N, Native} = Compile(["-module(native)", "-on_load(go/0)", "-export([go/0])", "go() -> ok"], [debug_info]),
    {error, <<"it does something when it is loaded">>} = rewrite_same:rewritten(N, Native, values, none),
    {L, Late} = Compile(["-module(late)", "-export([go/0])", "go() -> erlang:load_nif(\"x\", 0)"], [debug_info]),
    {error, <<"it loads native code">>} = rewrite_same:rewritten(L, Late, values, none),
    {B, Bare} = Compile(["-module(bare)", "-export([go/0])", "go() -> ok"], []),
    {error, <<"it was compiled without debug information">>} = rewrite_same:rewritten(B, Bare, values, none),
    {error, _} = rewrite_same:rewritten(bare, <<"no code">>, values, none).

