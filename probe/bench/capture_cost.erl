%% What one recorded event costs the process that makes it, in nanoseconds: rewritten code and messages under the probe, beside the same
%% under a process tracer (what dbg and everything on top of it uses), under a tracer that does nothing, and alone. All ways in turn,
%% several rounds in one VM, because machines are shared. Run by bench/capture/capture.mjs, which also reads what the probe sends:
%%     erl … -s capture_cost main SOCKET ROUNDS
%% Prints a line `WAY NS` for each round.
-module(capture_cost).

-export([main/1]).

-define(BASE, 16#f00000).
-define(POINT, 16#f00fff).
%% So many that a burst fits into the ring; of what takes long fewer, so that a burst is over within a millisecond or two and other work
%% on the machine seldom comes in between.
-define(BURST, 4000).
-define(RING_BYTES, 1 bsl 20).

main([Socket, Rounds]) ->
    Priv = filename:join(filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv"),
    ok = elixirscope_nif:load(filename:join(Priv, "elixirscope_nif")),
    ok = empty_tracer:load(filename:join(filename:dirname(code:which(empty_tracer)), "empty_tracer")),
    ok = elixirscope_nif:start(#{address => {unix, atom_to_binary(Socket, utf8)}, token => binary:copy(<<"b">>, 32), hello => <<"{}">>, owner => self(),
                                 on_full => wait, rings => 4, ring_bytes => ?RING_BYTES, limits => limits()}),
    Setup = setup(),
    Ways = ways(),
    _ = [once(Way, Setup) || Way <- Ways],
    _ = [begin
             {Name, _, _, _} = Way,
             io:format("~s ~.2f~n", [Name, once(Way, Setup)])
         end || _ <- lists:seq(1, list_to_integer(atom_to_list(Rounds))), Way <- Ways],
    #{dropped := 0, records := Records} = elixirscope_nif:stats(),
    io:format("records ~b~n", [Records]),
    ok = elixirscope_nif:stop(<<"{}">>),
    halt(0).

%% Those of `elixirscope run`.
limits() -> #{depth => 16, length => 256, binary => 4096, term_bytes => 8192, state_bytes => 65536, call_bytes => 2048, call_pairs => 32}.

setup() ->
    {capture_target, Original, File} = code:get_object_code(capture_target),
    {ok, Rewritten, #{functions := [#{site := Site}]}} = elixirscope_recompile:module(capture_target, Original, spec()),
    {Dead, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    #{original => Original, rewritten => Rewritten, file => File, site => Site, dead => Dead}.

spec() -> #{base => ?BASE, depth => fun(_) -> values end, gate => elixirscope_gate:name(capture_target)}.

%% {Name, how the code is, what is done, how many events that makes}
ways() ->
    Map = maps:from_list([{N, N} || N <- lists:seq(1, 100000)]),
    Deep = lists:duplicate(100, list_to_tuple(lists:seq(1, 100))),
    Call = {'$gen_call', {self(), [alias | make_ref()]}, {get, key}},
    [{empty_nif, original, nothing, ?BURST},
     {plain, original, {calls, 1}, ?BURST},
     {off, closed, {calls, 1}, ?BURST},
     {level0, {open, 0}, {calls, 1}, ?BURST},
     {count, {open, 1}, {calls, 1}, ?BURST},
     {without_values, {open, 2}, {calls, 1}, ?BURST},
     {rewritten, {open, 3}, {calls, 1}, ?BURST},
     {tracer, traced, {calls, 1}, ?BURST div 4},
     {rewritten_tuple, {open, 3}, {calls, {order, <<"tea-bowl">>, 7}}, ?BURST},
     {tracer_tuple, traced, {calls, {order, <<"tea-bowl">>, 7}}, ?BURST div 4},
     {rewritten_map, {open, 3}, {calls, Map}, ?BURST div 4},
     {rewritten_deep, {open, 3}, {calls, Deep}, ?BURST div 32},
     {tracer_deep, traced, {calls, Deep}, ?BURST div 32},
     {line, {open, 3}, {lines, 1}, ?BURST},
     {value, {open, 3}, {values, 1}, ?BURST}]
    ++ lists:append([[{join(Name, plain), original, {sends, Term}, N}, {join(Name, floor), {sent, empty_tracer}, {sends, Term}, N},
                      {join(Name, probe), {sent, elixirscope_nif}, {sends, Term}, N}, {join(Name, tracer), {sent, process}, {sends, Term}, N}]
                     || {Name, Term, N} <- [{message, Call, ?BURST div 2}, {message_small, {order, 1}, ?BURST div 2}, {message_deep, Deep, ?BURST div 64}]])
    ++ [{join(arrival, plain), original, {arrivals, Call}, ?BURST div 4}, {join(arrival, floor), {arrives, empty_tracer}, {arrivals, Call}, ?BURST div 4},
        {join(arrival, probe), {arrives, elixirscope_nif}, {arrivals, Call}, ?BURST div 4}, {join(arrival, tracer), {arrives, process}, {arrivals, Call}, ?BURST div 4}].

join(A, B) -> list_to_atom(atom_to_list(A) ++ "." ++ atom_to_list(B)).

%% Nanoseconds a turn.
once({_, Code, Work, N}, #{dead := Dead} = Setup) ->
    load(Code, Setup),
    Self = self(),
    Pid = spawn_opt(fun() ->
        receive go -> ok end,
        _ = [begin work(Work, Dead, N), quiet() end || _ <- lists:seq(1, warm_ups(Code))],
        Start = erlang:monotonic_time(nanosecond),
        work(Work, Dead, N),
        Self ! {self(), (erlang:monotonic_time(nanosecond) - Start) / N}
    end, [{min_heap_size, 1 bsl 16}]),
    Tracer = trace(Code, Pid),
    Pid ! go,
    Ns = receive {Pid, Answer} -> Answer end,
    erlang:trace_pattern({capture_target, f, 2}, false, [local]),
    erlang:trace_pattern('receive', true, []),
    _ = Tracer =:= none orelse begin unlink(Tracer), exit(Tracer, kill) end,
    quiet(),
    Ns.

warm_ups({open, _}) -> 3;
warm_ups({_, elixirscope_nif}) -> 3;
warm_ups(_) -> 1.

load(Code, #{original := Original, rewritten := Rewritten, file := File, site := Site}) ->
    Functions = [{f, 2}],
    Open = Code =/= closed,
    true = elixirscope_gate:load(capture_target, elixirscope_gate:code(capture_target, Functions, fun(_) -> Open end)),
    Used = case Code of closed -> Rewritten; {open, _} -> Rewritten; _ -> Original end,
    {module, capture_target} = code:load_binary(capture_target, File, Used),
    Level = case Code of {open, L} -> L; _ -> 3 end,
    ok = elixirscope_nif:levels([{Site, Level}, {?POINT, 3}]).

trace(traced, Pid) ->
    Tracer = swallow(),
    1 = erlang:trace_pattern({capture_target, f, 2}, [{'_', [], [{return_trace}]}], [local]),
    1 = erlang:trace(Pid, true, [call, timestamp, {tracer, Tracer}]),
    Tracer;
trace({arrives, process}, Pid) ->
    Tracer = swallow(),
    with_senders(),
    1 = erlang:trace(Pid, true, ['receive', timestamp, {tracer, Tracer}]),
    Tracer;
trace({arrives, Module}, Pid) ->
    with_senders(),
    1 = erlang:trace(Pid, true, ['receive', {tracer, Module, []}]),
    none;
trace({sent, process}, Pid) ->
    Tracer = swallow(),
    1 = erlang:trace(Pid, true, [send, timestamp, {tracer, Tracer}]),
    Tracer;
trace({sent, Module}, Pid) ->
    1 = erlang:trace(Pid, true, [send, {tracer, Module, []}]),
    none;
trace(_, _) ->
    none.

%% As the probe asks for them, and whoever wants to know as much must.
with_senders() -> erlang:trace_pattern('receive', [{['$1', '$2', '_'], [], [{message, {{'$1', '$2'}}}]}], []).

%% The cheapest of all process tracers: it looks at nothing.
swallow() -> spawn_link(fun Swallow() -> receive _ -> Swallow() end end).

work(nothing, _, N) -> capture_work:nothing(N);
work({calls, Term}, _, N) -> capture_work:calls(Term, N);
work({arrivals, Term}, _, N) -> capture_work:arrivals(Term, N);
work({lines, Term}, _, N) -> capture_work:lines(?POINT, Term, N);
work({values, Term}, _, N) -> capture_work:values(?POINT, Term, N);
work({sends, Term}, Dead, N) -> capture_work:sends({Dead, Term}, N).

%% Until the rings are empty: whoever measures next has the room that a recording has most of the time.
quiet() -> quiet(200).
quiet(0) -> ok;
quiet(Tries) ->
    timer:sleep(2),
    case elixirscope_nif:stats() of
        #{bytes := Bytes, sent := Sent} when Sent >= Bytes -> ok;
        _ -> quiet(Tries - 1)
    end.
